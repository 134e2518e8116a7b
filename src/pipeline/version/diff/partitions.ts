import { quoteLiteral } from '@snapkeep/sdk';
import type { Engine } from '../../../engine/engine.ts';
import { type FileType, fileTypeName } from '../../../engine/file-type.ts';
import type { SharedColumn } from './forms.ts';
import type { Relation, Side } from './side.ts';

/** What the rows of one version may take in memory at once. A join that outgrows it makes DuckDB spill, or give up. */
const PARTITION_BYTES = 64 * 1024 * 1024;
/** DuckDB's own for a value in a hash table; longer texts come on top. */
const VALUE_BYTES = 16;
const PROBED_ROWS = 2048;
const SAMPLED_ROWS = 4096;

/** SQL conditions over the older and over the newer version; each row of either fulfils exactly one of them. */
export interface Partition {
  readonly from: string;
  readonly to: string;
}

const WHOLE: readonly Partition[] = [{ from: 'true', to: 'true' }];

/**
 * Parts of the key's space that can be joined one after the other in bounded memory, however many rows there are.
 * Ranges of the first column where that divides them: files are sorted by it, so that of each only its own part is read.
 */
export async function partition(
  engine: Engine,
  sides: readonly (readonly [Side, Relation])[],
  key: readonly SharedColumn[],
  partitionBytes = PARTITION_BYTES,
): Promise<readonly Partition[]> {
  const [first] = key;
  if (!first) return WHOLE;
  const sizes = await Promise.all(sides.map(([side, relation]) => estimateBytes(engine, side, relation)));
  const count = Math.ceil(Math.max(...sizes) / partitionBytes);
  if (count <= 1) return WHOLE;
  return (await ranges(engine, sides, first, count)) ?? hashes(key, count);
}

/** A guess from the first rows and from what the file says of its columns: the larger of both. */
async function estimateBytes(engine: Engine, { columns }: Side, { source, files, rows }: Relation): Promise<number> {
  if (files.length === 0) return 0;
  const { bytes } = await engine.row(
    `SELECT coalesce(avg(strlen(r::VARCHAR)), 0)::DOUBLE AS bytes FROM (SELECT * FROM ${source} LIMIT ${PROBED_ROWS}) AS r`,
  );
  const stored = await engine.row(
    `SELECT coalesce(sum(total_uncompressed_size), 0)::DOUBLE AS bytes FROM parquet_metadata([${files.map(quoteLiteral).join(', ')}])`,
  );
  const values = rows * columns.length * VALUE_BYTES;
  return values + Math.max(Number(bytes) * rows, Number(stored.bytes));
}

/** Types whose text reads back as the same value, so that it can stand in a condition that skips row groups. */
const RANGED = new Set([
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'VARCHAR',
  'DATE',
  'TIMESTAMP',
  'TIMESTAMP WITH TIME ZONE',
  'UUID',
]);

function isRanged(type: FileType): boolean {
  return type.kind === 'decimal' || (type.kind === 'plain' && RANGED.has(type.name));
}

async function ranges(
  engine: Engine,
  sides: readonly (readonly [Side, Relation])[],
  column: SharedColumn,
  count: number,
): Promise<readonly Partition[] | undefined> {
  if (!column.plain || !isRanged(column.type)) return undefined;
  const samples = sides.flatMap(([, { files, rows }]) => {
    if (files.length === 0) return [];
    const every = Math.max(1, Math.floor(rows / SAMPLED_ROWS));
    const source = `read_parquet([${files.map(quoteLiteral).join(', ')}], file_row_number => true) AS s`;
    return `SELECT ${column.from} AS v FROM ${source} WHERE s.file_row_number % ${every} = 0 AND ${column.from} IS NOT NULL`;
  });
  const sample = await engine.rows(`SELECT v::VARCHAR AS t FROM (${samples.join(' UNION ALL ')}) ORDER BY v`);
  const texts = sample.map(({ t }) => String(t));
  const bounds = Array.from(
    { length: count - 1 },
    (_, index) => texts[Math.floor(((index + 1) * texts.length) / count)],
  );
  // A value that fills more than one part can't be divided by ranges.
  if (bounds.some((bound, index) => bound === undefined || bound === bounds[index - 1])) return undefined;
  const type = fileTypeName(column.type);
  const literals = bounds.map((bound) => `${quoteLiteral(bound ?? '')}::${type}`);
  return Array.from({ length: count }, (_, index) => {
    const [lower, upper] = [literals[index - 1], literals[index]];
    const conditions = [
      ...(lower === undefined ? [] : [`${column.from} >= ${lower}`]),
      ...(upper === undefined ? [] : [`${column.from} < ${upper}`]),
    ].join(' AND ');
    const condition = index === 0 ? `(${conditions} OR ${column.from} IS NULL)` : conditions;
    return { from: condition, to: condition };
  });
}

/** Equal keys have equal hashes. Every part reads all of both files. */
function hashes(key: readonly SharedColumn[], count: number): readonly Partition[] {
  const hash = (side: 'from' | 'to') => `hash(${key.map((column) => column[side]).join(', ')})`;
  return Array.from({ length: count }, (_, index) => ({
    from: `${hash('from')} % ${count} = ${index}`,
    to: `${hash('to')} % ${count} = ${index}`,
  }));
}
