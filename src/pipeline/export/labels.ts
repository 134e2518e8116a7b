import { quoteIdentifier } from '@snapkeep/sdk';
import { stagedValue } from '../../engine/column-plan.ts';
import type { Engine } from '../../engine/engine.ts';
import { VECTOR_ROWS } from './row-group-size.ts';
import { stagedNulls } from './row-width.ts';
import type { Staging } from './staging.ts';

/** Every so many vectors one is looked at: what is only in one of the others may be as many values for each of them. */
const SAMPLED = 8;
/** What the different values of all columns in the sample may take, in memory: all of them may be eight times as many. */
const MOST_BYTES = 3_000_000;
/** What DuckDB keeps of a value of an ENUM beside its characters. */
const VALUE_BYTES = 48;
/** Each value comes so often in the sample, on average. */
const LEAST_REPEATED = 2;

/** A column of texts of which few are different. */
export interface LabelColumn {
  readonly name: string;
  /** Of a value, NULLs included. */
  readonly averageBytes: number;
}

/** Columns of texts that repeat, by a look at some of the rows, those whose different values take least first; none of those by which they are sorted. */
export async function findLabels({ engine, plan }: Staging): Promise<LabelColumn[]> {
  const texts = plan.columns.flatMap((column, index) =>
    column.fileType === 'VARCHAR' && !plan.sort.includes(column.name)
      ? [{ name: column.name, index, value: stagedValue(column, index, stagedNulls(plan, column)) }]
      : [],
  );
  if (texts.length === 0) return [];
  const asked = texts.map(
    ({ index, value }) => `count(${value}) AS n${index}, approx_count_distinct(${value}) AS different${index},
      sum(strlen(${value})) AS bytes${index}`,
  );
  const found = await engine.row(
    `SELECT count(*) AS n, ${asked.join(', ')} FROM staged WHERE rowid // ${VECTOR_ROWS} % ${SAMPLED} = 0`,
  );
  const repeated = texts.flatMap(({ index, name }) => {
    const filled = Number(found[`n${index}`]);
    const different = Number(found[`different${index}`]);
    if (filled === 0 || different * LEAST_REPEATED > filled) return [];
    const bytes = Number(found[`bytes${index}`]);
    const label = { name, averageBytes: bytes / Number(found.n) };
    return [{ label, heldBytes: different * (bytes / filled + VALUE_BYTES) }];
  });
  let held = 0;
  return repeated
    .sort((one, other) => one.heldBytes - other.heldBytes)
    .filter(({ heldBytes }) => {
      held += heldBytes;
      return held <= MOST_BYTES;
    })
    .map(({ label }) => label);
}

/** Each type is one pass over its column, by a connection's one thread: where there are two, by two at a time. */
async function createTypes(engines: readonly Engine[], types: ReadonlyMap<string, string>): Promise<void> {
  const open = types.entries();
  const failures: unknown[] = [];
  const create = async (engine: Engine) => {
    for (const [name, type] of open) {
      if (failures.length > 0) return;
      const value = quoteIdentifier(name);
      const values = `SELECT DISTINCT ${value} FROM content WHERE ${value} IS NOT NULL`;
      await engine.run(`CREATE OR REPLACE TYPE ${type} AS ENUM (${values})`).catch((error) => failures.push(error));
    }
  };
  await Promise.all(engines.map(create));
  if (failures.length > 0) throw failures[0];
}

/**
 * From here on `snapshot` sorts labels as the numbers of an ENUM, which are texts again once they are in order: a sort moves whole rows, and
 * what exceeds the memory is written and read again.
 * @param beside - another connection that has nothing else to do
 */
export async function sortLabelsAsNumbers(
  { engine, plan }: Staging,
  labels: readonly LabelColumn[],
  beside?: Engine,
): Promise<void> {
  if (labels.length === 0) return;
  const types = new Map(labels.map(({ name }, index) => [name, `label${index}`]));
  await createTypes(beside ? [engine, beside] : [engine], types);
  const columns = plan.columns.map(({ name }) => ({ value: quoteIdentifier(name), type: types.get(name) }));
  const numbered = columns.map(({ value, type }) => (type === undefined ? value : `${value}::${type} AS ${value}`));
  const texts = columns.map(({ value, type }) => (type === undefined ? value : `${value}::VARCHAR AS ${value}`));
  const order = plan.sort.map(quoteIdentifier).join(', ');
  await engine.run(
    `CREATE OR REPLACE VIEW snapshot AS SELECT ${texts.join(', ')} FROM (SELECT ${numbered.join(', ')} FROM content ORDER BY ${order})`,
  );
}
