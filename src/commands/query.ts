import { Args, Flags, SnapkeepCommand } from '../host/base-command.ts';
import { csvText } from '../pipeline/csv.ts';
import { type QueryAnswer, type QueryColumn, queryVersions } from '../pipeline/query.ts';

const TABLE_ROWS = 40;
const CSV_ROWS_AT_ONCE = 1_000;

/** The `data` of `query --json`. */
export interface QueryResult {
  readonly columns: readonly QueryColumn[];
  readonly rows: readonly (readonly unknown[])[];
  readonly versions: Readonly<Record<string, number>>;
}

type Cell = string | number | null;

/** A table shows NULL by name, so that it isn't taken for an empty text. */
function shownOf(value: unknown): Cell {
  return value === null ? 'NULL' : cellOf(value);
}

function cellOf(value: unknown): Cell {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export default class Query extends SnapkeepCommand<typeof Query, QueryResult> {
  static override summary = 'Run SQL over the snapshots: every dataset is a view by its name.';
  static override description =
    'A table at a terminal, CSV in a pipe. The SQL sees the project’s data and nothing else.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> "SELECT experimentPhase, count(*) FROM behavioral_events GROUP BY ALL"',
    '<%= config.bin %> <%= command.id %> "SELECT count(*) FROM behavioral_events" --at yesterday',
    '<%= config.bin %> <%= command.id %> "SELECT * FROM orders JOIN users USING (user_id)" --at orders=v3 --at users=latest > rows.csv',
  ];
  static override args = { sql: Args.string({ required: true, description: 'One SELECT, in DuckDB’s SQL.' }) };
  static override flags = {
    at: Flags.string({
      summary: 'A date, tag or commit for all datasets; v1 where one is meant; or NAME=v1, as often as needed.',
      helpValue: 'VERSION',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  protected override execute(): Promise<QueryResult> {
    return queryVersions(this.runtime, { sql: this.args.sql, at: this.flags.at }, (answer) => this.#take(answer));
  }

  protected override print({ columns, rows }: QueryResult): void {
    if (!this.out.isTerminal) return;
    const titles = columns.map(({ name, type }) => ({
      title: name,
      ...(isNumber(type) ? { align: 'right' as const } : {}),
    }));
    this.out.table(
      titles,
      rows.slice(0, TABLE_ROWS).map((row) => row.map(shownOf)),
    );
    const left = rows.length - TABLE_ROWS;
    if (left > 0) this.out.note(`… and more rows; in a pipe (| cat) all of them come as CSV`);
  }

  /** All rows for JSON, the first ones for a table; CSV is written as it comes. */
  async #take(answer: QueryAnswer): Promise<QueryResult> {
    const { columns, versions } = answer;
    const rows: unknown[][] = [];
    if (!this.flags.json && !this.out.isTerminal) {
      await this.#writeCsv(answer);
      return { columns, rows, versions };
    }
    for await (const row of answer.rows()) {
      rows.push(row);
      if (!this.flags.json && rows.length > TABLE_ROWS) break;
    }
    return { columns, rows, versions };
  }

  async #writeCsv({ columns, rows }: QueryAnswer): Promise<void> {
    let lines: (string | null)[][] = [columns.map(({ name }) => name)];
    for await (const row of rows()) {
      lines.push(row.map((value) => (value === null ? null : String(cellOf(value)))));
      if (lines.length < CSV_ROWS_AT_ONCE) continue;
      await this.out.raw(csvText(lines));
      lines = [];
    }
    await this.out.raw(csvText(lines));
  }
}

function isNumber(type: string): boolean {
  return /INT|DECIMAL|DOUBLE|FLOAT/.test(type);
}
