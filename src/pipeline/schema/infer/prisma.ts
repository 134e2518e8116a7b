import { readFile } from 'node:fs/promises';
import { type Column, type LogicalType, messageOf, nearest, SnapkeepError } from '@snapkeep/sdk';
import type { DescribedRelation } from './origin.ts';

/** What of Prisma's DMMF is read here; its `datamodel` as `get_dmmf` of prisma-engines gives it. */
interface Datamodel {
  readonly enums: readonly {
    readonly name: string;
    readonly values: readonly { readonly name: string; readonly dbName: string | null }[];
  }[];
  readonly models: readonly Model[];
}

interface Model {
  readonly name: string;
  readonly dbName: string | null;
  readonly documentation?: string;
  readonly fields: readonly Field[];
  readonly primaryKey: { readonly fields: readonly string[] } | null;
}

interface Field {
  readonly name: string;
  readonly dbName?: string;
  readonly kind: 'scalar' | 'enum' | 'object' | 'unsupported';
  readonly isList: boolean;
  readonly isRequired: boolean;
  readonly isId: boolean;
  readonly type: string;
  readonly nativeType: readonly [name: string, args: readonly string[]] | null;
  readonly documentation?: string;
}

/**
 * A model of a Prisma schema as a relation, read by Prisma's own parser. Columns that Prisma's client doesn't see
 * (`Unsupported`, `@ignore`) are not in it.
 * @param file - absolute
 * @param wanted - names of models or of their tables, in the order in which they are tried
 * @throws SNAPKEEP_SCHEMA_INVALID, SNAPKEEP_TABLE_NOT_FOUND
 */
export async function readPrisma(file: string, wanted: readonly string[]): Promise<DescribedRelation> {
  const { enums, models } = await datamodelOf(file);
  const names = wanted.map((name) => name.slice(name.lastIndexOf('.') + 1));
  const model = names
    .map((name) => models.find((candidate) => candidate.name === name || candidate.dbName === name))
    .find((found) => found !== undefined);
  if (!model) {
    const all = models.flatMap(({ name, dbName }) => (dbName === null ? [name] : [name, dbName]));
    const near = nearest(names[0] ?? '', all);
    throw new SnapkeepError(
      'SNAPKEEP_TABLE_NOT_FOUND',
      `${file}: no model and no table is called ${names.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
      { hint: `Its models: ${models.map(({ name }) => name).join(', ')}`, details: { tried: names, models: all } },
    );
  }
  const labels = new Map(enums.map(({ name, values }) => [name, values.map((value) => value.dbName ?? value.name)]));
  const fields = model.fields.filter(({ kind }) => kind === 'scalar' || kind === 'enum');
  const columnOf = (name: string) => fields.find((field) => field.name === name)?.dbName ?? name;
  return {
    relation: {
      kind: 'table',
      name: model.dbName ?? model.name,
      columns: fields.map((field) => toColumn(field, labels)),
      key: (model.primaryKey?.fields ?? fields.filter(({ isId }) => isId).map(({ name }) => name)).map(columnOf),
      locked: false,
      ...(model.documentation === undefined ? {} : { comment: model.documentation }),
    },
    checks: [],
    mayHaveMore: true,
  };
}

async function datamodelOf(file: string): Promise<Datamodel> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SnapkeepError('SNAPKEEP_USAGE', `${file} can’t be read: ${messageOf(cause)}`, { cause });
  });
  const { default: prisma } = await import('@prisma/prisma-schema-wasm');
  try {
    const dmmf: { datamodel: Datamodel } = JSON.parse(
      prisma.get_dmmf(JSON.stringify({ prismaSchema: [[file, text]] })),
    );
    return dmmf.datamodel;
  } catch (cause) {
    throw new SnapkeepError('SNAPKEEP_SCHEMA_INVALID', `${file} is no valid Prisma schema: ${problemOf(cause)}`, {
      hint: 'npx prisma validate says the same, with the lines around it.',
      cause,
    });
  }
}

/** The first problem with its place, of a message that is made for a terminal. */
function problemOf(error: unknown): string {
  const text = messageOf(error);
  const { message = text } = text.startsWith('{') ? (JSON.parse(text) as { message?: string }) : {};
  const plain = message.replaceAll(/\u001b\[[0-9;]*m/g, '');
  const [, problem = plain.split('\n')[0] ?? ''] = /error: (?:Error [^:]*: )?(.+)/.exec(plain) ?? [];
  const line = /-->\s+.*:(\d+)\n/.exec(plain)?.[1];
  return line === undefined ? problem : `line ${line}: ${problem}`;
}

function toColumn(field: Field, labels: ReadonlyMap<string, readonly string[]>): Column {
  const type = scalarType(field, labels);
  const [native, args] = field.nativeType ?? [field.type, []];
  return {
    name: field.dbName ?? field.name,
    sourceType: `${native}${args.length > 0 ? `(${args.join(',')})` : ''}${field.isList ? '[]' : ''}`,
    type: field.isList ? { kind: 'list', of: type } : type,
    // A list that Prisma never leaves NULL may be so in PostgreSQL: the column it makes has no NOT NULL.
    nullable: !field.isRequired || field.isList,
    ...(field.documentation === undefined ? {} : { comment: field.documentation }),
  };
}

/** https://www.prisma.io/docs/orm/overview/databases/postgresql#type-mapping-between-postgresql-and-prisma-schema */
function scalarType({ type, nativeType, kind }: Field, labels: ReadonlyMap<string, readonly string[]>): LogicalType {
  if (kind === 'enum') return { kind: 'enum', labels: labels.get(type) ?? [] };
  const [name, [first, second] = []] = nativeType ?? [];
  switch (name) {
    case 'VarChar':
    case 'Char':
      return first === undefined ? { kind: 'string' } : { kind: 'string', maxLength: Number(first) };
    case 'Uuid':
      return { kind: 'uuid' };
    case 'SmallInt':
      return { kind: 'integer', bits: 16 };
    case 'Oid':
      return { kind: 'integer', bits: 64 };
    case 'Real':
      return { kind: 'float', bits: 32 };
    case 'Decimal':
      return first === undefined
        ? { kind: 'numeric' }
        : { kind: 'decimal', precision: Number(first), scale: Number(second ?? 0) };
    case 'Timestamptz':
      return { kind: 'timestamp', utc: true };
    case 'Date':
      return { kind: 'date' };
    case 'Time':
      return { kind: 'time' };
    case 'Money':
    case 'Timetz':
    case 'Inet':
    case 'Bit':
    case 'VarBit':
    case 'Xml':
      return { kind: 'opaque' };
    default:
      return SCALARS[type] ?? { kind: 'opaque' };
  }
}

const SCALARS: Readonly<Record<string, LogicalType>> = {
  String: { kind: 'string' },
  Boolean: { kind: 'boolean' },
  Int: { kind: 'integer', bits: 32 },
  BigInt: { kind: 'integer', bits: 64 },
  Float: { kind: 'float', bits: 64 },
  // decimal(65,30): more digits than a Parquet DECIMAL has.
  Decimal: { kind: 'numeric' },
  DateTime: { kind: 'timestamp', utc: false },
  Json: { kind: 'json' },
  Bytes: { kind: 'bytes' },
};
