import type { SnapkeepError } from '@snapkeep/sdk';
import { Args, formatBytes, SnapkeepCommand } from '../../host/base-command.ts';
import { verifyError } from '../../pipeline/version/problems.ts';
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
    version: Args.string({ description: 'One version (v3, latest~1, a date, a tag or a commit); absent: all.' }),
  };

  protected override execute(): Promise<VerifyResult> {
    return verifyVersions(this.runtime, this.args.name, this.args.version);
  }

  protected override failureOf(result: VerifyResult): SnapkeepError | undefined {
    return verifyError(result);
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
