import type { SnapkeepError } from '@snapkeep/sdk';
import { Flags, SnapkeepCommand } from '../host/base-command.ts';
import { type DoctorResult, doctorFailure, examineProject, type Finding } from '../pipeline/doctor.ts';

export default class Doctor extends SnapkeepCommand<typeof Doctor, DoctorResult> {
  static override summary = 'Say what is there, what is missing, and how to get it.';
  static override description = `✓ there  ! works, but look at it  ✗ missing.
Ends with 0 where nothing is missing, else with the exit code that a command which needs it would have.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --fix',
    '<%= config.bin %> <%= command.id %> --url postgres://localhost/shop --json',
  ];
  static override flags = {
    fix: Flags.boolean({ summary: 'Make the git repository, install DVC into the project; then look again.' }),
  };

  protected override execute(): Promise<DoctorResult> {
    return examineProject(this.runtime, { fix: this.flags.fix });
  }

  protected override failureOf(result: DoctorResult): SnapkeepError | undefined {
    return doctorFailure(result);
  }

  protected override print({ checks, capabilities }: DoctorResult): void {
    const { out } = this;
    const { bold, dim } = out.colour;
    const shown = this.flags.quiet ? checks.filter(({ ok, hint }) => !ok || hint !== null) : checks;
    const width = Math.max(0, ...shown.map(({ name }) => name.length));
    let area = '';
    for (const check of shown) {
      if (check.area !== area) out.line(`${area === '' ? '' : '\n'}${bold(check.area)}`);
      area = check.area;
      out.line(`${this.#mark(check)} ${out.safe(check.name).padEnd(width)}  ${out.safe(check.message)}`);
      if (check.hint !== null) out.line(dim(`  ${' '.repeat(width)}  → ${out.safe(check.hint)}`));
    }
    // The checks name them already; who provides them is for those who look closer.
    if (!this.flags.verbose) return;
    out.line(`\n${bold('capabilities')}`);
    out.table(
      ['kind', 'name', 'plugin', 'version'],
      capabilities.map(({ kind, name, plugin, version }) => [kind, name, plugin, version]),
    );
  }

  #mark({ ok, hint }: Finding): string {
    const { green, red, yellow } = this.out.colour;
    if (!ok) return red('✗');
    return hint === null ? green('✓') : yellow('!');
  }
}
