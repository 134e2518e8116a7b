import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeTZValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBUUIDValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { quoteLiteral } from '@snapkeep/sdk';
import type { ReadColumn, ReadType, ReadValue } from '../read-value.ts';
import { floatText } from './float-text.ts';

/** Numbers of days and of microseconds that DuckDB, and nobody else, takes for infinity. */
const INFINITE: ReadonlyMap<bigint, string> = new Map(
  [2n ** 31n - 1n, 2n ** 63n - 1n].flatMap((most) => [
    [most, 'infinity'],
    [-most, '-infinity'],
  ]),
);

function typeOf(type: DuckDBType): ReadType {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return { kind: 'boolean' };
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.UBIGINT:
      return { kind: 'integer' };
    case DuckDBTypeId.FLOAT:
      return { kind: 'float', bits: 32 };
    case DuckDBTypeId.DOUBLE:
      return { kind: 'float', bits: 64 };
    case DuckDBTypeId.DECIMAL:
      return { kind: 'decimal' };
    case DuckDBTypeId.VARCHAR:
      return { kind: type.alias === 'JSON' ? 'json' : 'text' };
    case DuckDBTypeId.BLOB:
      return { kind: 'bytes' };
    case DuckDBTypeId.UUID:
      return { kind: 'uuid' };
    case DuckDBTypeId.DATE:
      return { kind: 'date' };
    case DuckDBTypeId.TIME:
      return { kind: 'time', unit: 'us', utc: false };
    case DuckDBTypeId.TIME_TZ:
      return { kind: 'time', unit: 'us', utc: true };
    case DuckDBTypeId.TIMESTAMP_NS:
      return { kind: 'timestamp', unit: 'ns', utc: false };
    case DuckDBTypeId.INTERVAL:
      return { kind: 'interval' };
    case DuckDBTypeId.MAP:
      return { kind: 'map', key: typeOf(type.keyType), value: typeOf(type.valueType) };
    case DuckDBTypeId.TIMESTAMP:
      return { kind: 'timestamp', unit: 'us', utc: false };
    case DuckDBTypeId.TIMESTAMP_TZ:
      return { kind: 'timestamp', unit: 'us', utc: true };
    case DuckDBTypeId.LIST:
      return { kind: 'list', of: typeOf(type.valueType) };
    case DuckDBTypeId.STRUCT:
      return {
        kind: 'struct',
        fields: type.entryNames.map((name, index) => ({
          name,
          type: typeOf(type.entryTypes[index] ?? type),
        })),
      };
    default:
      return { kind: 'other' };
  }
}

function readValue(type: ReadType, value: DuckDBValue): ReadValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return type.kind === 'float' ? floatText(value, type.bits) : String(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof DuckDBDecimalValue || value instanceof DuckDBUUIDValue) return value.toString();
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex');
  if (value instanceof DuckDBDateValue) return INFINITE.get(BigInt(value.days)) ?? String(value.days);
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return INFINITE.get(value.micros) ?? String(value.micros);
  }
  if (value instanceof DuckDBTimeValue || value instanceof DuckDBTimeTZValue) return String(value.micros);
  if (value instanceof DuckDBTimestampNanosecondsValue) return String(value.nanos);
  if (value instanceof DuckDBIntervalValue) return [value.months, value.days, value.micros * 1_000n].map(String);
  if (value instanceof DuckDBMapValue && type.kind === 'map') {
    return value.entries.map((entry) => [readValue(type.key, entry.key), readValue(type.value, entry.value)]);
  }
  if (value instanceof DuckDBListValue && type.kind === 'list') {
    return value.items.map((item) => readValue(type.of, item));
  }
  if (value instanceof DuckDBStructValue && type.kind === 'struct') {
    return type.fields.map((field) => readValue(field.type, value.entries[field.name] ?? null));
  }
  throw new Error(`DuckDB gave ${String(value)} for ${JSON.stringify(type)}`);
}

/** What DuckDB reads from a Parquet file. */
export async function readByDuckdb(file: string): Promise<ReadColumn[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet(${quoteLiteral(file)})`);
    const types = reader.columnTypes().map(typeOf);
    const values = reader.getColumns();
    return reader.columnNames().map((name, index) => {
      const type: ReadType = types[index] ?? { kind: 'other' };
      return { name, type, values: (values[index] ?? []).map((value) => readValue(type, value)) };
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
