import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { csvText } from '../csv.ts';
import { ruleText } from '../invalid/shown.ts';
import type { Runtime } from '../runtime.ts';
import { checkPlace, writeWhole } from '../version/diff/output.ts';
import { openQuarantine, quarantineEngine } from './open.ts';
import { keptRows, rowViewer, type ShownRow } from './rows.ts';
import { conditionOf, type ShowRequest } from './show.ts';

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface QuarantineExportRequest extends Omit<ShowRequest, 'limit' | 'full'> {
  /** Absent: what the file's name says, else CSV. */
  readonly format?: ExportFormat | undefined;
  /** Absolute; absent: `write` gets the text. */
  readonly output?: string | undefined;
  /** Whether the file may be there already. */
  readonly force: boolean;
  /** Whether values of `x-sensitive` columns are shown. */
  readonly unmasked: boolean;
}

/** The `data` of `quarantine export --json`. */
export interface ExportedQuarantine {
  readonly dataset: string;
  readonly version: number;
  readonly rows: number;
  readonly format: ExportFormat;
  /** Absolute; `null`: stdout. */
  readonly output: string | null;
  /** Columns whose values are `***`. */
  readonly masked: readonly string[];
}

const ROWS_AT_ONCE = 500;
/** The column of the CSV that says why; the others are the source's. */
const REASONS = 'violations';

const FORMAT_OF: ReadonlyMap<string, ExportFormat> = new Map<string, ExportFormat>([
  ['', 'csv'],
  ['.csv', 'csv'],
  ['.txt', 'csv'],
  ['.ndjson', 'ndjson'],
  ['.jsonl', 'ndjson'],
]);

/** @throws SNAPKEEP_USAGE for a name that promises another format */
function formatOf(file: string): ExportFormat {
  const ending = extname(file).toLowerCase();
  const format = FORMAT_OF.get(ending);
  if (format !== undefined) return format;
  throw new SnapkeepError('SNAPKEEP_USAGE', `rows of a quarantine are not written as ${ending}`, {
    hint: 'Name a file that ends in .csv or .ndjson, or say --format. The Parquet file is there already: snapkeep quarantine list.',
    details: { file },
  });
}

/** One line of a CSV: why, then the source's text of each column. */
function csvLine({ violations, source }: ShownRow): (string | null)[] {
  const reasons = [...new Set(violations.map((violation) => ruleText(violation)))];
  return [reasons.join('; '), ...Object.values(source)];
}

async function* texts(
  rows: AsyncIterable<ShownRow>,
  format: ExportFormat,
  columns: readonly string[],
): AsyncGenerator<string> {
  if (format === 'csv') yield csvText([[REASONS, ...columns]]);
  let waiting: ShownRow[] = [];
  const textOf = () =>
    format === 'csv' ? csvText(waiting.map(csvLine)) : waiting.map((row) => `${JSON.stringify(row)}\n`).join('');
  for await (const row of rows) {
    waiting.push(row);
    if (waiting.length < ROWS_AT_ONCE) continue;
    yield textOf();
    waiting = [];
  }
  if (waiting.length > 0) yield textOf();
}

/**
 * The rows of a quarantine as CSV for people, or as one JSON document a line.
 * @param write - takes the text where no file is named
 */
export async function exportQuarantine(
  runtime: Runtime,
  request: QuarantineExportRequest,
  write: (text: string) => Promise<void>,
): Promise<ExportedQuarantine> {
  const { output, unmasked } = request;
  const format = request.format ?? formatOf(output ?? '');
  if (output !== undefined) await checkPlace(runtime, output, request.force);
  const opened = await openQuarantine(runtime, request.name, request.at);
  const sensitive = unmasked ? new Set<string>() : opened.sensitive;
  const where = conditionOf({ ...opened, sensitive }, request);
  const engine = await quarantineEngine(runtime);
  let rows = 0;
  const shown = async function* (): AsyncGenerator<ShownRow> {
    const { show } = rowViewer(opened.manifest, sensitive);
    for await (const kept of keptRows(engine, opened, { where })) {
      runtime.signal.throwIfAborted();
      rows += 1;
      yield show(kept);
    }
  };
  const columns = opened.manifest.plan.columns.map(({ name }) => name);
  try {
    if (output === undefined) for await (const text of texts(shown(), format, columns)) await write(text);
    else
      await writeWhole(output, async (temporary) => {
        const file = await open(temporary, 'w', 0o600);
        try {
          for await (const text of texts(shown(), format, columns)) await file.write(text);
        } finally {
          await file.close();
        }
      });
  } finally {
    engine.close();
  }
  const { layout, version } = opened;
  return { dataset: layout.dataset, version, rows, format, output: output ?? null, masked: [...sensitive] };
}
