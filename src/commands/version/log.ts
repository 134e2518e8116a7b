import { Args, Flags, formatBytes, formatCount, SnapkeepCommand } from '../../host/base-command.ts';
import { changeText } from '../../pipeline/version/change-text.ts';
import type { ListedVersion, VersionList } from '../../pipeline/version/list.ts';
import { versionLog } from '../../pipeline/version/log.ts';

export default class VersionLog extends SnapkeepCommand<typeof VersionLog, VersionList> {
  static override summary = 'Show the history of a dataset, or of all, newest first, with tags and notes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --oneline',
    '<%= config.bin %> <%= command.id %> --limit 10 --json',
  ];
  static override args = { name: Args.string({ description: 'Dataset; absent: all.' }) };
  static override flags = {
    limit: Flags.integer({ char: 'n', summary: 'The newest N.', helpValue: 'N', min: 1 }),
    oneline: Flags.boolean({ summary: 'One line for each.' }),
  };

  protected override execute(): Promise<VersionList> {
    return versionLog(this.runtime, this.args.name, this.flags.limit);
  }

  protected override print({ versions }: VersionList): void {
    if (versions.length === 0) this.out.note('No dataset has a version yet. Make one: snapkeep export NAME');
    const several = new Set(versions.map(({ dataset }) => dataset)).size > 1;
    for (const version of versions) {
      if (this.flags.oneline) this.#printLine(version, several);
      else this.#printVersion(version);
    }
  }

  #printLine(version: ListedVersion, several: boolean): void {
    const { out } = this;
    const { bold, dim, yellow } = out.colour;
    const name = `${several ? `${version.dataset} ` : ''}v${version.version}`;
    const named = namesOf(version);
    out.line(
      [
        bold(name),
        dim(version.createdAt.slice(0, 10)),
        ...(named === '' ? [] : [yellow(out.safe(`(${named})`))]),
        out.safe(version.message),
        dim(amount(version)),
      ].join(' '),
    );
  }

  #printVersion(version: ListedVersion): void {
    const { out } = this;
    const { bold, dim, yellow } = out.colour;
    const named = namesOf(version);
    const head = bold(`${version.dataset} v${version.version}`);
    out.line(named === '' ? head : `${head} ${yellow(out.safe(`(${named})`))}`);
    out.line(
      dim(`    ${version.createdAt.slice(0, 19).replace('T', ' ')} UTC, ${amount(version)}${commitOf(version)}`),
    );
    out.line(`    ${out.safe(version.message)}`);
    for (const { created, text } of version.notes) {
      const [first = '', ...rest] = text.split('\n');
      out.line(`    ${dim(`note ${created.slice(0, 10)}`)} ${out.safe(first)}`);
      for (const line of rest) out.line(`      ${out.safe(line)}`);
    }
    out.line();
  }
}

function namesOf({ current, tags, removed }: ListedVersion): string {
  return [...(current ? ['current'] : []), ...tags, ...(removed === null ? [] : ['data removed'])].join(', ');
}

function amount({ rows, bytes, change }: ListedVersion): string {
  const changed = changeText(change);
  return `${formatCount(rows)}${changed === '' ? '' : ` (${changed})`}, ${formatBytes(bytes)}`;
}

function commitOf({ commit }: ListedVersion): string {
  return commit === null ? '' : `, commit ${commit.slice(0, 10)}`;
}
