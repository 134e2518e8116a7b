import { quoteIdentifier } from '@snapkeep/sdk';
import type { Staging } from './staging.ts';

/** Every so many vectors one is looked at: what is only in one of the others may be as many values for each of them. */
const SAMPLED = 8;
/** DuckDB's vectors. */
const VECTOR_ROWS = 2_048;
/** Different values of a column in the sample: eight times as many take some 10 MB in memory. */
const MOST_VALUES = 32_768;
/** Each value comes so often in the sample, on average. */
const LEAST_REPEATED = 2;

/** A column of texts of which few are different. */
export interface LabelColumn {
  readonly name: string;
  /** Of a value, NULLs included. */
  readonly averageBytes: number;
}

/** Columns of texts that repeat, by a look at some of the rows; none of those by which they are sorted. */
export async function findLabels({ engine, plan }: Staging): Promise<LabelColumn[]> {
  const texts = [...plan.columns.entries()].filter(
    ([, { name, fileType }]) => fileType === 'VARCHAR' && !plan.sort.includes(name),
  );
  if (texts.length === 0) return [];
  const asked = texts.map(
    ([index]) => `count(v${index}) AS n${index}, approx_count_distinct(v${index}) AS different${index},
      sum(strlen(v${index})) AS bytes${index}`,
  );
  const found = await engine.row(
    `SELECT count(*) AS n, ${asked.join(', ')} FROM staged WHERE rowid // ${VECTOR_ROWS} % ${SAMPLED} = 0`,
  );
  return texts.flatMap(([index, { name }]) => {
    const different = Number(found[`different${index}`]);
    const filled = Number(found[`n${index}`]);
    if (filled === 0 || different > MOST_VALUES || different * LEAST_REPEATED > filled) return [];
    return [{ name, averageBytes: Number(found[`bytes${index}`]) / Math.max(1, Number(found.n)) }];
  });
}

/**
 * From here on `snapshot` sorts labels as the numbers of an ENUM, which are texts again once they are in order: a sort moves whole rows, and
 * what exceeds the memory is written and read again.
 */
export async function sortLabelsAsNumbers({ engine, plan }: Staging, labels: readonly LabelColumn[]): Promise<void> {
  if (labels.length === 0) return;
  const types = new Map(labels.map(({ name }, index) => [name, `label${index}`]));
  for (const [name, type] of types) {
    const value = quoteIdentifier(name);
    await engine.run(
      `CREATE OR REPLACE TYPE ${type} AS ENUM (SELECT DISTINCT ${value} FROM content WHERE ${value} IS NOT NULL)`,
    );
  }
  const columns = plan.columns.map(({ name }) => ({ value: quoteIdentifier(name), type: types.get(name) }));
  const numbered = columns.map(({ value, type }) => (type === undefined ? value : `${value}::${type} AS ${value}`));
  const texts = columns.map(({ value, type }) => (type === undefined ? value : `${value}::VARCHAR AS ${value}`));
  const order = plan.sort.map(quoteIdentifier).join(', ');
  await engine.run(
    `CREATE OR REPLACE VIEW snapshot AS SELECT ${texts.join(', ')} FROM (SELECT ${numbered.join(', ')} FROM content ORDER BY ${order})`,
  );
}
