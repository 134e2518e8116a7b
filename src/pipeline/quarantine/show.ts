import { quoteLiteral, SnapkeepError } from '@snapkeep/sdk';
import { type Engine, readParquet } from '../../engine/engine.ts';
import { type CauseSummary, MAX_CAUSES } from '../invalid/causes.ts';
import { maskedPointer } from '../invalid/shown.ts';
import { requireColumn } from '../require-column.ts';
import type { Runtime } from '../runtime.ts';
import { type OpenQuarantine, openQuarantine, quarantineEngine } from './open.ts';
import { keptRows, keptText, rowViewer, type ShownRow } from './rows.ts';

export interface ShowRequest {
  readonly name: string;
  readonly at?: string | undefined;
  /** Rows that break a rule of this column. */
  readonly column?: string | undefined;
  /** `COLUMN=VALUE`, the source's text. */
  readonly where?: readonly string[] | undefined;
  readonly limit: number;
  /** Every column of each row, its rules and values whole; so is a row that is the only one asked for. */
  readonly full: boolean;
}

/** The `data` of `quarantine show --json`. */
export interface ShownQuarantine {
  readonly dataset: string;
  readonly version: number;
  readonly snapshot: string;
  /** Rows that the version keeps. */
  readonly rows: number;
  /** Of them those that were asked for; `items` has at most `--limit`. */
  readonly matching: number;
  /** Whether rules and values are whole: what `--full` asks for, and what one row gets. */
  readonly full: boolean;
  /** Of all rows, most frequent first, at most 1,000. */
  readonly causes: readonly CauseSummary[];
  readonly items: readonly ShownRow[];
}

/** SQL: the rows that are asked for. @throws SNAPKEEP_USAGE, SNAPKEEP_COLUMN_UNKNOWN */
export function conditionOf({ manifest, sensitive }: OpenQuarantine, request: Pick<ShowRequest, 'column' | 'where'>) {
  const { columns } = manifest.plan;
  const conditions: string[] = [];
  if (request.column !== undefined) {
    requireColumn(columns, request.column, '--column');
    conditions.push(`list_contains(list_transform(violations, lambda v: v."column"), ${quoteLiteral(request.column)})`);
  }
  for (const text of request.where ?? []) {
    const equals = text.indexOf('=');
    const name = text.slice(0, equals);
    if (equals < 1) throw new SnapkeepError('SNAPKEEP_USAGE', `--where ${text} is not of the form COLUMN=VALUE`);
    requireColumn(columns, name, '--where');
    if (sensitive.has(name)) {
      throw new SnapkeepError('SNAPKEEP_USAGE', `--where ${name}=…: the schema calls the column x-sensitive`, {
        hint: 'Who may read the data may read the quarantine’s Parquet file: snapkeep quarantine list names its folder.',
      });
    }
    conditions.push(`${keptText(name)} = ${quoteLiteral(text.slice(equals + 1))}`);
  }
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

/** Why the rows are kept; the pointer is that of one of them. */
async function causesOf(engine: Engine, { files, sensitive }: OpenQuarantine): Promise<CauseSummary[]> {
  const causes = await engine.rows(
    `SELECT v."column" AS "column", v.schema_path AS "schemaPath", min(v.pointer) AS pointer, min(v.keyword) AS keyword,
       min(v.message) AS message, count(DISTINCT file_row_number) AS "rows"
     FROM (SELECT file_row_number, unnest(violations) AS v FROM ${readParquet(files, 'file_row_number = true')})
     GROUP BY ALL ORDER BY "rows" DESC, "schemaPath", "column" LIMIT ${MAX_CAUSES}`,
  );
  return causes.map((cause) => {
    const column = String(cause.column);
    const pointer = String(cause.pointer);
    return {
      column,
      pointer: sensitive.has(column) ? maskedPointer(pointer) : pointer,
      keyword: String(cause.keyword),
      schemaPath: String(cause.schemaPath),
      message: String(cause.message),
      rows: Number(cause.rows),
    };
  });
}

/** Rows that a version keeps, and why. */
export async function showQuarantine(runtime: Runtime, request: ShowRequest): Promise<ShownQuarantine> {
  const open = await openQuarantine(runtime, request.name, request.at);
  const { manifest, quarantine, files } = open;
  const where = conditionOf(open, request);
  const items: ShownRow[] = [];
  let causes: CauseSummary[] = [];
  let matching = 0;
  let { full } = request;
  if (quarantine !== null) {
    const engine = await quarantineEngine(runtime);
    try {
      const { n } = await engine.row(`SELECT count(*) AS n FROM ${readParquet(files)} WHERE ${where}`);
      matching = Number(n);
      full ||= matching === 1;
      causes = await causesOf(engine, open);
      const { show } = rowViewer(manifest, open.sensitive, full);
      for await (const kept of keptRows(engine, open, { where, limit: request.limit })) items.push(show(kept));
    } finally {
      engine.close();
    }
  }
  return {
    dataset: open.layout.dataset,
    version: open.version,
    snapshot: manifest.snapshot,
    rows: quarantine?.rows ?? 0,
    matching,
    full,
    causes,
    items,
  };
}
