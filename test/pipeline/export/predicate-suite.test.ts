import type { JsonSchema, JsonValue, LogicalType } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../../src/engine/engine.ts';
import { suiteCases } from '../../support/json-schema-suite.ts';
import { bothVerdicts, plannedColumns, stagedRows } from '../../support/predicate-bench.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({});
});
afterAll(() => engine.close());

const TYPES = {
  json: { kind: 'json' },
  string: { kind: 'string' },
  boolean: { kind: 'boolean' },
  smallint: { kind: 'integer', bits: 16 },
  bigint: { kind: 'integer', bits: 64 },
  real: { kind: 'float', bits: 32 },
  double: { kind: 'float', bits: 64 },
  decimal: { kind: 'decimal', precision: 18, scale: 4 },
  numeric: { kind: 'numeric' },
  uuid: { kind: 'uuid' },
  date: { kind: 'date' },
  texts: { kind: 'list', of: { kind: 'string' } },
  doubles: { kind: 'list', of: { kind: 'float', bits: 64 } },
  documents: { kind: 'list', of: { kind: 'json' } },
} as const satisfies Record<string, LogicalType>;
type TypeName = keyof typeof TYPES;

/** The server's text of an instance in a column of a type; `undefined` where such a column can't hold just this. */
function textIn(type: TypeName, value: JsonValue): string | null | undefined {
  if (type === 'json') return JSON.stringify(value);
  if (value === null) return null;
  if (Array.isArray(value)) return arrayIn(type, value);
  if (typeof value === 'boolean') return type === 'boolean' ? (value ? 't' : 'f') : undefined;
  if (typeof value === 'number') return numberIn(type, value);
  if (typeof value !== 'string' || value.includes('\0')) return undefined;
  if (type === 'string') return value;
  if (type === 'uuid') return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(value) ? value : undefined;
  if (type !== 'date' || !/^\d{4}-\d\d-\d\d$/.test(value)) return undefined;
  const time = Date.parse(value);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value) ? value : undefined;
}

const ELEMENTS: Partial<Readonly<Record<TypeName, TypeName>>> = {
  texts: 'string',
  doubles: 'double',
  documents: 'json',
};

function arrayIn(type: TypeName, values: readonly JsonValue[]): string | undefined {
  const element = ELEMENTS[type];
  const texts = values.map((value) => element && textIn(element, value));
  if (element === undefined || texts.includes(undefined)) return undefined;
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  return `{${texts.map((text) => (typeof text === 'string' ? quoted(text) : 'NULL')).join(',')}}`;
}

function numberIn(type: TypeName, value: number): string | undefined {
  const whole = Number.isInteger(value);
  switch (type) {
    case 'smallint':
      return whole && Math.abs(value) < 2 ** 15 ? String(value) : undefined;
    case 'bigint':
      return whole && Math.abs(value) < 2 ** 63 ? String(BigInt(value)) : undefined;
    case 'real':
      return Math.fround(value) === value && Math.abs(value) < 2 ** 24 ? String(value) : undefined;
    case 'double':
      return String(value);
    case 'decimal':
      return Math.abs(value) < 1e13 && Number(value.toFixed(4)) === value ? value.toFixed(4) : undefined;
    case 'numeric':
      return whole ? String(BigInt(value)) : String(value).includes('e') ? undefined : String(value);
    default:
      return undefined;
  }
}

/** A schema one level lower, so that references within it are found again; `undefined` where it has a base of its own. */
function asColumn(schema: JsonSchema): JsonSchema | undefined {
  let ownBase = false;
  const moved = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value as JsonSchema).map(([key, inner]): [string, JsonValue] => {
        if (key === '$id' || key === '$anchor') ownBase = true;
        if (key === 'enum' || key === 'const') return [key, inner];
        if (key !== '$ref' || typeof inner !== 'string') return [key, moved(inner)];
        return [key, inner.startsWith('#') ? `#/properties/a${inner.slice(1)}` : inner];
      }),
    );
  };
  const { $schema: _, ...others } = moved(schema) as JsonSchema;
  return ownBase
    ? undefined
    : { type: 'object', properties: { a: others }, required: ['a'], additionalProperties: false };
}

interface Counts {
  /** Rows that a predicate was asked about. */
  rows: number;
  /** Valid ones that it let through, so that ajv need not see them. */
  decided: number;
  valid: number;
  /** Rows of schemas for which there is no predicate. */
  withoutPredicate: number;
}
const none = (): Counts => ({ rows: 0, decided: 0, valid: 0, withoutPredicate: 0 });

function report(counts: Readonly<Record<string, Counts>>): string {
  return Object.entries(counts)
    .map(
      ([name, { rows, decided, valid, withoutPredicate }]) =>
        `${name.padEnd(10)} ${decided} of ${valid} valid ones decided by SQL, ${rows - decided} of ${rows} rows to ajv, ${withoutPredicate} without a predicate`,
    )
    .join('\n');
}

test('the official test suite in columns of every type: what SQL decides, the suite says too', async () => {
  const wrong: unknown[] = [];
  const counts = Object.fromEntries(Object.keys(TYPES).map((name) => [name, none()])) as Record<TypeName, Counts>;
  for (const { file, description, schema, tests } of suiteCases()) {
    const row = asColumn(schema);
    if (!row) continue;
    for (const [name, type] of Object.entries(TYPES) as [TypeName, LogicalType][]) {
      const texts = tests.flatMap(({ data, valid }) => {
        const text = textIn(name, data);
        return text === undefined ? [] : [{ text, data, valid }];
      });
      if (texts.length === 0) continue;
      const rows = texts.map(({ text }) => [text]);
      const {
        undecidable,
        rows: verdicts,
        sql,
      } = await bothVerdicts(engine, stagedRows(plannedColumns({ a: type }), rows), row);
      const count = counts[name];
      if (undecidable !== undefined) count.withoutPredicate += texts.length;
      for (const {
        texts: [text],
        ...verdict
      } of verdicts) {
        const expected = texts.find((one) => one.text === text)?.valid ?? false;
        count.rows += 1;
        if (verdict.ajv) count.valid += 1;
        if (verdict.sql) count.decided += 1;
        const otherwise = file.includes('format') && verdict.ajv !== expected;
        if ((verdict.sql && !verdict.ajv) || (verdict.ajv !== expected && !otherwise))
          wrong.push({ file, description, name, text, expected, ...verdict, predicate: sql });
      }
    }
  }
  process.stdout.write(`${report(counts)}\n`);
  expect(wrong).toEqual([]);
});

test('the official test suite as whole rows: an object is a row, its members are columns', async () => {
  const wrong: unknown[] = [];
  const count = none();
  for (const { file, description, schema, tests } of suiteCases()) {
    for (const { data, valid, description: title } of tests) {
      if (typeof data !== 'object' || data === null || Array.isArray(data)) continue;
      const members = Object.entries(data as Readonly<Record<string, JsonValue>>);
      if (members.length === 0) continue;
      for (const typed of [true, false]) {
        const kinds = members.map(([name, value]): [string, TypeName, string | null] => {
          const fitting = (Object.keys(TYPES) as TypeName[]).filter((type) => textIn(type, value) !== undefined);
          const type = typed ? (fitting.at(-1) ?? 'json') : 'json';
          return [name, type, textIn(type, value) ?? null];
        });
        const columns = plannedColumns(Object.fromEntries(kinds.map(([name, type]) => [name, TYPES[type]])));
        const { undecidable, rows, sql } = await bothVerdicts(
          engine,
          stagedRows(columns, [kinds.map(([, , text]) => text)]),
          schema,
        );
        if (undecidable !== undefined) count.withoutPredicate += 1;
        for (const verdict of rows) {
          count.rows += 1;
          if (verdict.ajv) count.valid += 1;
          if (verdict.sql) count.decided += 1;
          if ((verdict.sql && !verdict.ajv) || verdict.ajv !== valid)
            wrong.push({ file, description, title, kinds, valid, ...verdict, predicate: sql });
        }
      }
    }
  }
  process.stdout.write(`${report({ rows: count })}\n`);
  expect(wrong).toEqual([]);
});
