import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Column, type ExportPlan, type InexactPolicy, type Manifest, PLAN_FORMAT_VERSION } from '@snapkeep/sdk';
import { isMarked, otherDimensions, planColumn, stagedValue } from '../../src/engine/column-plan.ts';
import { RowStage } from '../../src/pipeline/export/row-stage.ts';
import { stagedNulls } from '../../src/pipeline/export/row-width.ts';
import { openStaging, type Staging, settleStaging, shapeStaging } from '../../src/pipeline/export/staging.ts';

export type TextRow = readonly (string | null)[];

export function column(name: string, type: Column['type'], nullable = true): Column {
  return { name, sourceType: type.kind, type, nullable };
}

/** A plan over these columns; what a test doesn't care about is the least. */
export function planOf(
  columns: readonly Column[],
  key: readonly string[],
  policies: readonly InexactPolicy[],
): ExportPlan {
  return {
    formatVersion: PLAN_FORMAT_VERSION,
    dataset: 'things',
    capabilities: { source: 'postgres', validator: null, writer: 'parquet' },
    relation: { kind: 'table', schema: 'public', name: 'things', columns, key, locked: true },
    instant: { time: '2026-01-01T00:00:00.000000Z', server: 'PostgreSQL 18' },
    columns: columns.map((one, index) => planColumn(one, policies[index])),
    key,
    sort: key,
    window: null,
    filters: [],
    limit: null,
    lane: 'row',
    batchRows: 1_000,
    validation: null,
    sensitive: [],
    predicate: null,
    distributions: [],
    rules: [],
    output: { directory: 'data/things', baseName: 'things', compression: 'zstd', rowGroupRows: 122_880 },
    versioned: true,
  };
}

export interface Staged extends AsyncDisposable {
  readonly staging: Staging;
  readonly folder: string;
}

/** Rows of server text in a staging database, brought there in the way of the product. */
export async function stage(
  columns: readonly Column[],
  rows: readonly TextRow[],
  key: readonly string[] = [],
  policies: readonly InexactPolicy[] = [],
  before?: Manifest,
): Promise<Staged> {
  const folder = await mkdtemp(join(tmpdir(), 'snapkeep-staged-'));
  const plan = planOf(columns, key, policies);
  const opened = await openStaging(folder, plan);
  const stage = await RowStage.open(opened);
  for (const row of rows) if (stage.add(row)) await stage.flush();
  await stage.end();
  const staging = await settleStaging(await shapeStaging(opened, before), before);
  return {
    staging,
    folder,
    [Symbol.asyncDispose]: async () => {
      staging.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What became of each text of the first column: `refused`, the value, or the value and a star where it is a substitute. */
export async function outcomes({ staging }: Staged): Promise<string[]> {
  const { engine, plan } = staging;
  const [column] = plan.columns;
  if (!column) throw new Error('no column');
  const value = stagedValue(column, 0, stagedNulls(plan, column));
  const other = otherDimensions(column, 0) ?? 'false';
  const substituted = isMarked(column) ? 's0' : 'false';
  const rows = await engine.rows(
    `SELECT ${value}::VARCHAR AS v, refused IS NOT NULL AS r, ${substituted} AS s, ${other} AS o FROM staged`,
  );
  return rows.map(({ v, r, s, o }) => {
    if (r === true || (o === true && column.onInexact !== 'null')) return 'refused';
    return `${v ?? 'NULL'}${s === true || o === true ? ' *' : ''}`;
  });
}
