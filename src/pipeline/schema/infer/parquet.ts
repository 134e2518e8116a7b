import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Column, type LogicalType, quoteLiteral, SnapkeepError } from '@snapkeep/sdk';
import { type Engine, openEngine, readParquet } from '../../../engine/engine.ts';
import { type FileType, parseFileType } from '../../../engine/file-type.ts';
import { parquetTexts } from '../../../engine/parquet-texts.ts';
import type { DescribedRelation, TextRows } from './origin.ts';

/** A Parquet file, open: its relation, and its rows where they are wanted. */
export interface OpenParquet {
  readonly described: DescribedRelation;
  rows(batchRows: number, limit: number | undefined): TextRows;
  close(): void;
}

/**
 * The columns of any Parquet file as DuckDB reads them; a file of ours also says its key and the source's types.
 * @param file - absolute
 * @throws SNAPKEEP_USAGE
 */
export async function openParquet(file: string): Promise<OpenParquet> {
  await access(file).catch((cause: unknown) => {
    throw new SnapkeepError('SNAPKEEP_USAGE', `${file} is not there, or can’t be read`, { cause });
  });
  const engine = await openEngine();
  try {
    const columns = await columnsOf(engine, file);
    const footer = await footerOf(engine, file);
    const sourceTypes = new Map<string, string>(footer.columns.map(([name, type]) => [name, type]));
    const named = columns.map((column) => {
      const sourceType = sourceTypes.get(column.name);
      return sourceType === undefined ? column : { ...column, sourceType, type: typeAtSource(column.type, sourceType) };
    });
    return {
      described: {
        relation: { kind: 'table', name: basename(file), columns: named, key: footer.key, locked: false },
        checks: [],
        mayHaveMore: false,
      },
      rows: (batchRows, limit) => parquetTexts(engine, [file], named, { batchRows, limit }),
      close: () => engine.close(),
    };
  } catch (error) {
    engine.close();
    throw error instanceof SnapkeepError && error.code !== 'SNAPKEEP_INTERNAL'
      ? error
      : new SnapkeepError('SNAPKEEP_USAGE', `${file} is no Parquet file that DuckDB can read`, { cause: error });
  }
}

async function columnsOf(engine: Engine, file: string): Promise<Column[]> {
  const described = await engine.rows(`DESCRIBE SELECT * FROM ${readParquet([file])}`);
  const required = await engine.rows(
    `SELECT name FROM parquet_schema(${quoteLiteral(file)}) WHERE repetition_type = 'REQUIRED'`,
  );
  const names = new Set(required.map(({ name }) => String(name)));
  return described.map(({ column_name, column_type }) => ({
    name: String(column_name),
    sourceType: String(column_type),
    type: logicalType(parseFileType(String(column_type))),
    nullable: !names.has(String(column_name)),
  }));
}

/** Fields of what an interval is in a file of ours. */
const INTERVAL_FIELDS = 'months,days,micros';

/** What stands in the file in another form than it came: a part of it is told by the source's name of the type. */
function typeAtSource(type: LogicalType, sourceType: string): LogicalType {
  if (type.kind === 'list') return { kind: 'list', of: typeAtSource(type.of, sourceType) };
  const isInterval = type.kind === 'struct' && type.fields.map(({ name }) => name).join() === INTERVAL_FIELDS;
  if (isInterval && /^interval\b/.test(sourceType)) return { kind: 'interval' };
  return type.kind === 'string' && /^numeric\b/.test(sourceType) ? { kind: 'numeric' } : type;
}

interface Footer {
  readonly key: readonly string[];
  readonly columns: readonly (readonly [name: string, type: string])[];
}

/** docs/formats.md, "Parquet". */
async function footerOf(engine: Engine, file: string): Promise<Footer> {
  const rows = await engine.rows(
    `SELECT decode(key) AS "key", decode(value) AS "value" FROM parquet_kv_metadata(${quoteLiteral(file)})`,
  );
  const values = new Map(rows.map(({ key, value }) => [String(key), String(value)]));
  const parsed = (key: string) => JSON.parse(values.get(key) ?? '[]');
  return values.has('snapkeep.format')
    ? { key: parsed('snapkeep.key'), columns: parsed('snapkeep.columns') }
    : { key: [], columns: [] };
}

const PLAIN: Readonly<Record<string, LogicalType>> = {
  BOOLEAN: { kind: 'boolean' },
  TINYINT: { kind: 'integer', bits: 16 },
  UTINYINT: { kind: 'integer', bits: 16 },
  SMALLINT: { kind: 'integer', bits: 16 },
  USMALLINT: { kind: 'integer', bits: 32 },
  INTEGER: { kind: 'integer', bits: 32 },
  UINTEGER: { kind: 'integer', bits: 64 },
  BIGINT: { kind: 'integer', bits: 64 },
  UBIGINT: { kind: 'decimal', precision: 20, scale: 0 },
  FLOAT: { kind: 'float', bits: 32 },
  DOUBLE: { kind: 'float', bits: 64 },
  VARCHAR: { kind: 'string' },
  UUID: { kind: 'uuid' },
  JSON: { kind: 'json' },
  BLOB: { kind: 'bytes' },
  DATE: { kind: 'date' },
  TIME: { kind: 'time' },
  TIMESTAMP: { kind: 'timestamp', utc: false },
  TIMESTAMP_S: { kind: 'timestamp', utc: false },
  TIMESTAMP_MS: { kind: 'timestamp', utc: false },
  TIMESTAMP_NS: { kind: 'timestamp', utc: false },
  'TIMESTAMP WITH TIME ZONE': { kind: 'timestamp', utc: true },
};

function logicalType(type: FileType): LogicalType {
  switch (type.kind) {
    case 'plain':
      return PLAIN[type.name] ?? { kind: 'opaque' };
    case 'decimal':
      return { kind: 'decimal', precision: type.precision, scale: type.scale };
    case 'list':
      return { kind: 'list', of: logicalType(type.of) };
    case 'struct':
      return { kind: 'struct', fields: type.fields.map(({ name, type: of }) => ({ name, type: logicalType(of) })) };
  }
}
