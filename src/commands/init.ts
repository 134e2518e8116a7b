import { Flags, SnapkeepCommand } from '../host/base-command.ts';
import { ask } from '../host/terminal/ask.ts';
import { EXAMPLES, type InitResult, initProject } from '../pipeline/init/init.ts';

export default class Init extends SnapkeepCommand<typeof Init, InitResult> {
  static override summary =
    'Make this folder a project: git, DVC, a configuration, and one commit of just these files.';
  static override description = `Asks at a terminal, unless --yes is given. What is there already stays as it is.
DVC goes, pinned, into the project's own .venv where no suitable one is found and one is needed.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --yes --example behavioral-events',
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --yes --url postgres://ada@localhost/shop --table public.orders',
    '<%= config.bin %> <%= command.id %> --yes --no-dvc',
    '<%= config.bin %> <%= command.id %> --yes --dvc-writer native',
  ];
  static override flags = {
    yes: Flags.boolean({ char: 'y', summary: 'Ask nothing.' }),
    table: Flags.string({ summary: 'Table of the first dataset.', helpValue: 'TABLE' }),
    example: Flags.option({ summary: 'Begin with a complete example.', options: EXAMPLES })(),
    dvc: Flags.boolean({ summary: 'Track snapshots with DVC.', allowNo: true, default: true }),
    'dvc-writer': Flags.option({
      summary:
        'Who writes what DVC tracks: DVC itself, or snapkeep, which then needs no Python until there is a remote.',
      options: ['dvc', 'native'] as const,
      default: 'dvc',
    })(),
  };
  static override project = 'ignored' as const;

  protected override async execute(): Promise<InitResult> {
    const { flags } = this;
    const asks = !flags.yes && !flags.json && flags.example === undefined && process.stdin.isTTY === true;
    const url =
      flags.url ?? (asks ? await ask('Database URL, without its password (empty: DATABASE_URL or PG*):') : undefined);
    const table = flags.table ?? (asks ? await ask('First table to snapshot (empty: none yet):') : undefined);
    return initProject(this.runtime, {
      url,
      table,
      example: flags.example,
      versionStore: flags.dvc ? ['dvc', 'git'] : ['git'],
      plugins: flags.dvc && flags['dvc-writer'] === 'native' ? { dvc: { writer: 'native' } } : {},
      packageRoot: this.config.root,
    });
  }

  protected override answers(): boolean {
    return false;
  }

  protected override print({ root, files, commit }: InitResult): void {
    const { out } = this;
    const { green, dim } = out.colour;
    out.line(`${green('✓')} ${out.safe(root)} is a snapkeep project`);
    for (const file of files) out.line(dim(`  ${file}`));
    if (commit !== null) out.line(dim(`  commit ${commit.slice(0, 10)}`));
    out.note('Next: snapkeep doctor, then snapkeep export NAME');
  }
}
