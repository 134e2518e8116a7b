import { Args, Flags, formatBytes, formatCount, SnapkeepCommand } from '../../host/base-command.ts';
import { WAIT_FLAG } from '../../host/wait-flag.ts';
import { collectGarbage, type EvictedSnapshot, type GcResult } from '../../pipeline/version/gc/gc.ts';

export default class VersionGc extends SnapkeepCommand<typeof VersionGc, GcResult> {
  static override summary = 'Let the data of old versions leave, by the dataset’s retention.';
  static override description =
    'From the work tree, with --cache from DVC’s cache too. Nothing leaves that isn’t verified to be whole elsewhere, unless --confirm. Manifests and pointers leave HEAD in one commit and stay in history: list, show, diff, rollback and query --at go on working, and fetch what they need. The current version always stays.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events --keep-last 2 --dry-run',
    '<%= config.bin %> <%= command.id %> behavioral_events --cache',
    '<%= config.bin %> <%= command.id %> behavioral_events --keep-days 90 --no-keep-tagged --remote team',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset.' }) };
  static override flags = {
    ...WAIT_FLAG,
    cache: Flags.boolean({ summary: 'From DVC’s cache, too.' }),
    confirm: Flags.boolean({ summary: 'Also what is whole nowhere else: it will be lost.' }),
    'dry-run': Flags.boolean({ summary: 'Say what would leave; change nothing.' }),
    'keep-last': Flags.integer({ summary: 'Keep the newest N versions.', helpValue: 'N', min: 1 }),
    'keep-days': Flags.integer({ summary: 'Keep versions of the last N days.', helpValue: 'N', min: 1 }),
    'keep-tagged': Flags.boolean({ summary: 'Keep versions at which somebody set a tag (default).', allowNo: true }),
    remote: Flags.string({
      char: 'r',
      summary: 'Where copies must be; absent: the default DVC remote.',
      helpValue: 'NAME',
    }),
  };

  protected override execute(): Promise<GcResult> {
    const { cache, confirm, 'dry-run': dryRun, remote } = this.flags;
    const { 'keep-last': keepLast, 'keep-days': keepDays, 'keep-tagged': keepTagged } = this.flags;
    const retention = { keepLast, keepDays, keepTagged };
    return collectGarbage(this.runtime, { name: this.args.name, retention, cache, confirm, dryRun, remote });
  }

  protected override answers({ dryRun, snapshots }: GcResult): boolean {
    return dryRun || snapshots.some(({ stays }) => stays !== null);
  }

  protected override print({ dataset, kept, snapshots, freedBytes, commit, dryRun }: GcResult): void {
    const { out } = this;
    const { green, yellow, bold, dim } = out.colour;
    const leaving = snapshots.filter(({ stays }) => stays === null);
    for (const { versions, bytes, stays } of snapshots.filter((one) => one.stays !== null)) {
      out.line(`${yellow('!')} ${names(versions)}  ${formatBytes(bytes)}  stays: ${out.safe(stays ?? '')}`);
    }
    for (const one of leaving) {
      out.line(
        `${dryRun ? '·' : green('✓')} ${names(one.versions)}  ${formatBytes(one.bytes)}  ${dim(whereFrom(one))}`,
      );
    }
    if (leaving.length === 0) out.line(`${bold(dataset)}: nothing ${snapshots.length === 0 ? 'has to' : 'may'} leave`);
    else {
      const verb = dryRun ? 'would free' : 'freed';
      out.line(
        `${bold(dataset)}: ${formatCount(leaving.length, 'snapshots')}, ${formatBytes(freedBytes)} ${verb}; ${formatCount(kept.length, 'versions')} kept`,
      );
    }
    const lost = leaving.filter(({ remains }) => remains === null).flatMap(({ versions }) => versions);
    if (lost.length > 0) {
      out.note(`${names(lost)} can’t be restored ${dryRun ? 'then' : 'any more'}: no other copy was found.`);
    }
    if (leaving.length > 0 && freedBytes === 0)
      out.note('The bytes stay in DVC’s cache; --cache lets them leave it, too.');
    if (commit !== null) out.line(dim(`  commit ${commit.slice(0, 10)}`));
  }
}

function names(versions: readonly number[]): string {
  return versions.map((version) => `v${version}`).join(', ');
}

function whereFrom({ left, remains }: EvictedSnapshot): string {
  const places = left.length === 0 ? 'HEAD' : left.join(' and ');
  return `${places}; ${remains === null ? 'no other copy' : `whole in the ${remains}`}`;
}
