import { join, relative } from 'node:path';
import { execa } from 'execa';
import { Flags, formatDuration, SnapkeepCommand } from '../host/base-command.ts';
import { type DemoResult, type DemoShell, runDemo } from '../pipeline/demo/demo.ts';

function quoted(word: string): string {
  if (/^[\w./:=~-]+$/.test(word)) return word;
  return word.includes("'") ? `"${word.replace(/(["\\$`])/g, '\\$1')}"` : `'${word}'`;
}

export default class Demo extends SnapkeepCommand<typeof Demo, DemoResult> {
  static override summary = 'See it all once: a new project, a database, two versions, a diff, a rollback, a bad row.';
  static override description =
    'Every command is run for real, in a new folder that is kept, and echoed before its output.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --rows 5000',
    '<%= config.bin %> <%= command.id %> --directory ~/snapkeep-demo',
  ];
  static override flags = {
    directory: Flags.string({ summary: 'The new project’s folder.', helpValue: 'DIR' }),
    rows: Flags.integer({ summary: 'Events in the first version.', helpValue: 'N', default: 50_000, min: 1_000 }),
  };
  static override project = 'ignored' as const;

  protected override execute(): Promise<DemoResult> {
    return runDemo(this.runtime, this.#shell(), { directory: this.flags.directory, rows: this.flags.rows });
  }

  protected override print({ directory, durationMs }: DemoResult): void {
    const { out } = this;
    const { bold } = out.colour;
    const here = relative(process.cwd(), directory) || '.';
    out.line();
    out.line(bold(`Done in ${formatDuration(durationMs)}. Everything lies in ${here}/`));
    out.line(`  data/behavioral_events/latest/   the current snapshot, Parquet`);
    out.line(`  analytics.duckdb                 research.behavioral_events, with indexes`);
    out.line(`  git log --oneline --decorate     one commit and one tag a version`);
    out.line();
    out.line('Try next, in that folder:');
    out.line('  snapkeep export behavioral_events --non-strict   leaves the bad row out and reports it');
    out.line('  snapkeep version show behavioral_events          columns, nulls, distributions');
    out.line('  snapkeep version verify behavioral_events        reads every byte again');
    out.line('Then with a database of your own:');
    out.line('  snapkeep export public.orders --url postgres://localhost/shop --no-version');
    out.line(
      `(here snapkeep is: npm --prefix ${quoted(this.config.root)} exec snapkeep -- …, or npm link in ${quoted(this.config.root)})`,
    );
  }

  /** With --json the one document has stdout for itself: what the steps print goes to stderr. */
  #shell(): DemoShell {
    const bin = join(this.config.root, 'bin', 'run.js');
    const argv = ([program, ...rest]: readonly [string, ...string[]]): [string, string[]] =>
      program === 'snapkeep' ? [process.execPath, [bin, ...rest]] : [program, rest];
    const { json, quiet } = this.flags;
    const { out } = this;
    const write = (text: string) => {
      if (json) process.stderr.write(`${text}\n`);
      else out.line(text);
    };
    return {
      say: (text) => write(`\n${out.colour.bold.cyan(`── ${text}`)}`),
      run: async (command, cwd) => {
        write(`\n${out.colour.bold(`$ ${command.map(quoted).join(' ')}`)}`);
        const stdout = json || quiet ? 2 : 'inherit';
        const { exitCode } = await execa(...argv(command), {
          cwd,
          reject: false,
          stdin: 'ignore',
          stdout,
          stderr: 'inherit',
          env: { DATABASE_URL: undefined, SNAPKEEP_CONFIG: undefined },
        });
        return exitCode ?? 1;
      },
      succeeds: async (command, cwd) =>
        (await execa(...argv(command), { cwd, reject: false, stdio: 'ignore' })).exitCode === 0,
    };
  }
}
