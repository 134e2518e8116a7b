import { SnapkeepError } from '@snapkeep/sdk';
import { openDataset, resolveDataset } from './dataset.ts';
import { schemaHash } from './export/plan.ts';
import type { ExportRequest } from './export/request.ts';
import { scanOf } from './export/scan.ts';
import { withPlannedSession } from './export/session.ts';
import { type RejectionPlan, Rejections } from './invalid/rejections.ts';
import { newReport } from './invalid/reports.ts';
import { type RowCounts, rowsInvalid } from './invalid/rows-invalid.ts';
import { columnsNamed, requireColumn } from './require-column.ts';
import type { Runtime } from './runtime.ts';
import { sensitiveColumns } from './schema/sensitive.ts';
import { judgeRows } from './validate/judge.ts';
import { openFileRows, openVersionRows, type ParquetRows } from './validate/parquet-rows.ts';
import { schemaFor } from './validate/schema.ts';
import { compileWith } from './validator.ts';

export interface ValidateRequest extends Omit<ExportRequest, 'name'> {
  /** Absent where a file is checked by a schema that is given. */
  readonly name?: string | undefined;
  /** A version, in place of the source. */
  readonly at?: string | undefined;
  /** A Parquet file, in place of the source: absolute. */
  readonly file?: string | undefined;
}

export interface ValidateResult {
  /** `null` where a file is no dataset's. */
  readonly dataset: string | null;
  /** `null` where the source, or a file, was checked. */
  readonly version: number | null;
  /** As it was named: absolute; `null` where it wasn't a file. */
  readonly file: string | null;
  readonly rows: number;
  readonly rejected: 0;
  /** A path relative to the project, `inferred`, or whose schema it was. */
  readonly schema: string;
  /** How often reading was begun. */
  readonly attempts: number;
  readonly durationMs: number;
}

function rejectionsOf(runtime: Runtime, plan: RejectionPlan, baseName: string): Rejections {
  return new Rejections(plan, newReport(runtime.root, baseName));
}

/** Closes the report, or removes it where not all rows came. */
async function reporting(rejections: Rejections, judge: () => Promise<RowCounts>): Promise<RowCounts> {
  try {
    const counts = await judge();
    await rejections.close();
    return counts;
  } catch (error) {
    await rejections.discard();
    throw error;
  }
}

/** Every row of the source against the schema. */
async function validateSource(runtime: Runtime, request: ExportRequest): Promise<Omit<ValidateResult, 'durationMs'>> {
  const dataset = await openDataset(runtime, request.name, request.as);
  const planned = { ...request, onInvalid: 'fail', lane: 'row' } as const;
  return withPlannedSession(runtime, dataset, planned, async ({ session, plan, validator, attempt }) => {
    const rejections = rejectionsOf(runtime, plan, dataset.name);
    const context = runtime.context(plan.capabilities.source);
    const batches = session.rows(scanOf(plan), { batchRows: plan.batchRows }, context);
    await runtime.emit('validate:before', { dataset: dataset.name });
    const task = runtime.progress.start(`validate ${dataset.name}`, { unit: 'rows' });
    const counts = await reporting(rejections, async () => {
      const found = await judgeRows(runtime, plan, batches, validator, rejections, task);
      if (!found.stopped) await session.finish(context);
      return found;
    }).finally(() => task.end());
    const { read, rejected } = counts;
    await runtime.emit('validate:after', { dataset: dataset.name, rows: read, rejected });
    if (rejected > 0) {
      throw rowsInvalid({ what: dataset.name, counts, rejections, hint: 'Correct the rows at the source.' });
    }
    const schema = plan.validation?.origin ?? 'inferred';
    return { dataset: dataset.name, version: null, file: null, rows: read, rejected: 0, schema, attempts: attempt };
  });
}

/** The rows, with the key by which they are named: one that is asked for must be there. */
async function openRows(runtime: Runtime, { name, at, file, key: asked }: ValidateRequest): Promise<ParquetRows> {
  const rows =
    file === undefined ? await openVersionRows(runtime, name ?? '', at ?? 'latest') : await openFileRows(file);
  const names = rows.columns.map((column) => column.name);
  const dataset = name === undefined || file === undefined ? undefined : resolveDataset(runtime, name);
  const own = (dataset?.config.key ?? rows.key).filter((column) => names.includes(column));
  const key = asked ? columnsNamed(asked, names) : own;
  try {
    for (const column of key) requireColumn(rows.columns, column, 'the key');
  } catch (error) {
    rows.close();
    throw error;
  }
  return { ...rows, key, dataset: dataset?.name ?? rows.dataset };
}

/** Every row of a version, or of a Parquet file, against a schema. */
async function validateParquet(
  runtime: Runtime,
  request: ValidateRequest,
): Promise<Omit<ValidateResult, 'durationMs'>> {
  const rows = await openRows(runtime, request);
  try {
    const { columns, key, instant, dataset, what } = rows;
    const { schema, origin } = await schemaFor(runtime, { given: request.schema, dataset, own: rows.own });
    const name = runtime.config.capabilities.validator;
    const compiled = await compileWith(runtime, name, { schema, columns, instant });
    const sensitive = sensitiveColumns(
      schema,
      columns.map((column) => column.name),
    );
    const failFast = request.failFast ?? false;
    const validation = {
      schema,
      origin,
      sha256: schemaHash(schema),
      onInvalid: 'fail',
      maxInvalid: null,
      failFast,
    } as const;
    const rejections = rejectionsOf(runtime, { columns, key, sensitive, validation }, rows.baseName);
    if (dataset !== null) await runtime.emit('validate:before', { dataset });
    const task = runtime.progress.start(`validate ${what}`, { unit: 'rows' });
    const counts = await reporting(rejections, () =>
      judgeRows(runtime, { columns }, rows.batches(), compiled, rejections, task),
    ).finally(() => task.end());
    const { read, rejected } = counts;
    if (dataset !== null) await runtime.emit('validate:after', { dataset, rows: read, rejected });
    if (rejected > 0) {
      throw rowsInvalid({
        what,
        counts,
        rejections,
        hint: 'Correct the schema, or the rows at the source, and export again.',
      });
    }
    const file = request.file ?? null;
    return { dataset, version: rows.version, file, rows: read, rejected: 0, schema: origin, attempts: 1 };
  } finally {
    rows.close();
  }
}

/**
 * Every row of the source, of a version or of a Parquet file against the schema; nothing is written but a report of what
 * breaks it.
 * @throws SNAPKEEP_USAGE, SNAPKEEP_ROWS_INVALID
 */
export async function validateDataset(runtime: Runtime, request: ValidateRequest): Promise<ValidateResult> {
  const started = performance.now();
  const { name, at, file } = request;
  if (name === undefined && file === undefined) {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'name a dataset, or a Parquet file with --file');
  }
  const result =
    name !== undefined && at === undefined && file === undefined
      ? await validateSource(runtime, { ...request, name })
      : await validateParquet(runtime, request);
  return { ...result, durationMs: Math.round(performance.now() - started) };
}
