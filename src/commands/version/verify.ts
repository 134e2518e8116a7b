import type { SnapkeepError } from '@snapkeep/sdk';
import { Args, Flags, formatBytes, SnapkeepCommand } from '../../host/base-command.ts';
import { WAIT_FLAG } from '../../host/wait-flag.ts';
import { removedText } from '../../pipeline/version/problems.ts';
import { type VerifyResult, verifyVersions } from '../../pipeline/version/verify.ts';
import { verifyError } from '../../pipeline/version/verify-error.ts';

export default class VersionVerify extends SnapkeepCommand<typeof VersionVerify, VerifyResult> {
  static override summary = 'Read every byte of the versions and compare it with their manifests.';
  static override description =
    'In the work tree and DVC’s cache, and with --remote on a remote too: a single flipped bit is found, and where a good copy is. --repair takes it from there, and never touches a good copy. Versions whose data version gc --confirm let go for good are named, and are a failure only where one is asked for.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events v1 --repair',
    '<%= config.bin %> <%= command.id %> behavioral_events --remote --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Dataset.' }),
    version: Args.string({ description: 'One version (v3, latest~1, a date, a tag or a commit); absent: all.' }),
  };
  static override flags = {
    ...WAIT_FLAG,
    remote: Flags.boolean({ char: 'r', summary: 'Read the default DVC remote too.' }),
    'remote-name': Flags.string({ summary: 'Read this DVC remote too.', helpValue: 'NAME' }),
    repair: Flags.boolean({ summary: 'Put damaged and missing copies right from good ones; latest, too.' }),
  };

  protected override execute(): Promise<VerifyResult> {
    const { remote, 'remote-name': name, repair } = this.flags;
    const { name: dataset, version: selector } = this.args;
    return verifyVersions(this.runtime, { name: dataset, selector, remote: name ?? remote, repair });
  }

  protected override failureOf(result: VerifyResult): SnapkeepError | undefined {
    return verifyError(result);
  }

  protected override print({ versions, latest, repaired }: VerifyResult): void {
    const { out } = this;
    const { green, red, yellow, dim } = out.colour;
    for (const { snapshot, place, path, from } of repaired) {
      const what = place === 'latest' ? 'latest' : `${snapshot}/${out.safe(path ?? '(listing)')}`;
      out.line(`${green('✓')} ${what}: put right${from === null ? '' : ` in the ${place}, from the ${from}`}`);
    }
    for (const { version, bytes, ok, evicted, removed, good, problems } of versions) {
      if (this.flags.quiet && problems.length === 0) continue;
      if (removed !== null) {
        out.line(`${yellow('!')} v${version}  ${formatBytes(bytes)}  ${removedText(removed)}`);
        continue;
      }
      const kept = good.length > 0 ? `kept in the ${good.join(', ')}` : 'not looked for on a remote (--remote)';
      out.line(
        `${ok ? green('✓') : red('✗')} v${version}  ${formatBytes(bytes)}${evicted ? dim(`  evicted; ${kept}`) : ''}`,
      );
      for (const problem of problems) {
        const whole = problem.good.length > 0 ? `good copy: ${problem.good.join(', ')}` : 'no good copy found';
        const path = out.safe(problem.path ?? '(listing)');
        out.line(`    ${path} in the ${problem.place}: ${problem.problem}${problem.path === null ? '' : `; ${whole}`}`);
      }
    }
    if (!latest.ok) out.line(`${red('✗')} latest: ${latest.problem}; it must name ${latest.expected}`);
  }
}
