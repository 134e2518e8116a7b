import { SnapkeepError } from '@snapkeep/sdk';
import { Args, formatBytes, SnapkeepCommand } from '../../host/base-command.ts';
import { type VerifyResult, verifyVersions } from '../../pipeline/version/verify.ts';

export default class VersionVerify extends SnapkeepCommand<typeof VersionVerify, VerifyResult> {
  static override summary = 'Read every byte of the versions and compare it with their manifests.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events v1',
    '<%= config.bin %> <%= command.id %> behavioral_events --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Dataset.' }),
    version: Args.string({ description: 'One version; absent: all.' }),
  };

  protected override execute(): Promise<VerifyResult> {
    return verifyVersions(this.runtime, this.args.name, this.args.version);
  }

  protected override failureOf(result: VerifyResult): SnapkeepError | undefined {
    if (result.ok) return undefined;
    const bad = result.versions.filter(({ ok }) => !ok).map(({ version }) => `v${version}`);
    const what =
      bad.length > 0 ? `${bad.join(', ')} can't be trusted` : `latest names ${result.latest.target ?? 'nothing'}`;
    return new SnapkeepError('SNAPKEEP_INTEGRITY', `${result.dataset}: ${what}`, { details: { ...result } });
  }

  protected override print({ versions, latest }: VerifyResult): void {
    const { out } = this;
    const { green, red } = out.colour;
    for (const { version, bytes, ok, problems } of versions) {
      out.line(`${ok ? green('✓') : red('✗')} v${version}  ${formatBytes(bytes)}`);
      for (const { path, problem } of problems) out.line(`    ${out.safe(path)}: ${problem}`);
    }
    if (!latest.ok) out.line(`${red('✗')} latest names ${latest.target ?? 'nothing'} instead of ${latest.expected}`);
  }
}
