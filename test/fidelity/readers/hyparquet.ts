import { zstdDecompressSync } from 'node:zlib';
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet';
import type { ReadColumn, ReadType, ReadValue, TimeUnit } from '../read-value.ts';
import { floatText } from './float-text.ts';

const UNITS = { MILLIS: 'ms', MICROS: 'us', NANOS: 'ns' } as const satisfies Record<string, TimeUnit>;

/** How values come as the file has them: its own parsers make numbers of decimals and `Date`s of timestamps. */
const RAW = {
  dateFromDays: (days: number) => days,
  timestampFromMilliseconds: (millis: bigint) => millis,
  timestampFromMicroseconds: (micros: bigint) => micros,
  timestampFromNanoseconds: (nanos: bigint) => nanos,
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes),
};

type Decimal = { readonly kind: 'decimal'; readonly scale: number };

function leafType({
  type,
  converted_type: converted,
  logical_type: logical,
  scale,
}: SchemaElement): ReadType | Decimal {
  switch (logical?.type) {
    case 'STRING':
      return { kind: 'text' };
    case 'JSON':
      return { kind: 'json' };
    case 'UUID':
      return { kind: 'uuid' };
    case 'DATE':
      return { kind: 'date' };
    case 'DECIMAL':
      return { kind: 'decimal', scale: logical.scale };
    case 'TIME':
      return { kind: 'time', unit: UNITS[logical.unit], utc: logical.isAdjustedToUTC };
    case 'TIMESTAMP':
      return { kind: 'timestamp', unit: UNITS[logical.unit], utc: logical.isAdjustedToUTC };
    default:
  }
  switch (converted) {
    case 'UTF8':
      return { kind: 'text' };
    case 'JSON':
      return { kind: 'json' };
    case 'DATE':
      return { kind: 'date' };
    case 'DECIMAL':
      return { kind: 'decimal', scale: scale ?? 0 };
    case 'TIME_MICROS':
      return { kind: 'time', unit: 'us', utc: true };
    case 'TIMESTAMP_MICROS':
      return { kind: 'timestamp', unit: 'us', utc: true };
    default:
  }
  switch (type) {
    case 'BOOLEAN':
      return { kind: 'boolean' };
    case 'INT32':
    case 'INT64':
      return { kind: 'integer' };
    case 'FLOAT':
      return { kind: 'float', bits: 32 };
    case 'DOUBLE':
      return { kind: 'float', bits: 64 };
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return { kind: 'bytes' };
    default:
      return { kind: 'other' };
  }
}

function typeOf({ element, children }: SchemaTree): ReadType | Decimal {
  const [only] = children;
  if (element.converted_type === 'LIST' || element.logical_type?.type === 'LIST') {
    const [item] = only?.children ?? [];
    return item ? { kind: 'list', of: typeOf(item) } : { kind: 'other' };
  }
  if (children.length === 0) return leafType(element);
  return { kind: 'struct', fields: children.map((child) => ({ name: child.element.name, type: typeOf(child) })) };
}

function decimalText(raw: unknown, scale: number): string {
  const unscaled =
    raw instanceof Uint8Array ? BigInt.asIntN(raw.length * 8, BigInt(`0x${hex(raw)}`)) : BigInt(String(raw));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return unscaled < 0n ? `-${text}` : text;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function readValue(type: ReadType | Decimal, value: unknown): ReadValue {
  if (value === null || value === undefined) return null;
  if ('scale' in type) return decimalText(value, type.scale);
  if (type.kind === 'list') return (value as readonly unknown[]).map((item) => readValue(type.of, item));
  if (type.kind === 'struct') {
    const entries = value as Readonly<Record<string, unknown>>;
    return type.fields.map((field) => readValue(field.type, entries[field.name]));
  }
  if (typeof value === 'boolean') return value;
  if (type.kind === 'float') return floatText(Number(value), type.bits);
  return value instanceof Uint8Array ? hex(value) : String(value);
}

/** Without this hyparquet would give decimals as numbers. */
function withoutDecimals(metadata: FileMetaData): FileMetaData {
  return {
    ...metadata,
    schema: metadata.schema.map((element) => {
      if (element.converted_type !== 'DECIMAL') return element;
      const { converted_type: _converted, logical_type: _logical, ...raw } = element;
      return raw;
    }),
  };
}

/** What hyparquet, pure JavaScript, reads from a Parquet file. */
export async function readByHyparquet(path: string): Promise<ReadColumn[]> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const { children } = parquetSchema(metadata);
  let rows: unknown[][] = [];
  await parquetRead({
    file,
    metadata: withoutDecimals(metadata),
    utf8: false,
    parsers: RAW,
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    onComplete: (all) => {
      rows = all;
    },
  });
  return children.map((child, index) => {
    const type = typeOf(child);
    return { name: child.element.name, type, values: rows.map((row) => readValue(type, row[index])) };
  });
}
