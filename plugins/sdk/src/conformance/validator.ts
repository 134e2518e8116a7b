import assert from 'node:assert/strict';
import type { Column } from '../columns.ts';
import type { JsonRow, JsonValue } from '../json-form.ts';
import type { Instant } from '../source.ts';
import type { CompiledValidator, JsonSchema, Validator, Violation } from '../validator.ts';
import { createTestContext } from './context.ts';
import { assertFails, type ConformanceTest } from './test-case.ts';

/** A schema in the validator's own language, rows that keep it and rows that break it. */
export interface ValidatorCase {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly columns: readonly Column[];
  readonly valid: readonly JsonRow[];
  /** Each with the column that the first violation must name; empty where it is the row as a whole. */
  readonly invalid: readonly { readonly row: JsonRow; readonly column: string }[];
}

export interface ValidatorConformance {
  readonly validator: Validator;
  /** At least one; one of them with a hostile column name such as `__proto__`. */
  readonly cases: readonly ValidatorCase[];
  /** Schemas that must be refused. */
  readonly badSchemas: readonly JsonSchema[];
  /** A row with more than 100 errors. */
  readonly manyErrors?: { readonly schema: JsonSchema; readonly columns: readonly Column[]; readonly row: JsonRow };
}

export const TEST_INSTANT: Instant = { time: '2025-10-27T10:00:00.123456Z', server: 'conformance' };

/** A column of text, for cases that care about names only. */
export function textColumn(name: string): Column {
  return { name, sourceType: 'text', type: { kind: 'string' }, nullable: true };
}

/** Compiled, and prepared for `check`. */
export async function prepared(compiling: Promise<CompiledValidator>): Promise<CompiledValidator> {
  const compiled = await compiling;
  await compiled.prepare?.();
  return compiled;
}

export function validatorConformance({
  validator,
  cases,
  badSchemas,
  manyErrors,
}: ValidatorConformance): ConformanceTest[] {
  const compile = ({ schema, columns }: Pick<ValidatorCase, 'schema' | 'columns'>): Promise<CompiledValidator> =>
    prepared(validator.compile({ schema, columns, instant: TEST_INSTANT }, createTestContext()));

  const perCase = cases.flatMap((one): ConformanceTest[] => [
    {
      name: `${one.name}: a row that keeps the schema has no violation`,
      run: async () => {
        await validator.checkSchema(one.schema, createTestContext());
        const { check } = await compile(one);
        for (const row of one.valid) assert.deepEqual([...check(row)], []);
      },
    },
    {
      name: `${one.name}: a row that breaks the schema has violations with column, pointer, keyword, schema path and message`,
      run: async () => {
        const { check } = await compile(one);
        for (const { row, column } of one.invalid) {
          const violations = check(copyOf(row));
          assert.equal(violations[0]?.column, column);
          for (const violation of violations) assertWhole(violation, row);
        }
      },
    },
    {
      name: `${one.name}: rows are not changed, and one verdict does not depend on another`,
      run: async () => {
        const { check } = await compile(one);
        const rows = [...one.valid, ...one.invalid.map(({ row }) => row)].map(frozen);
        const once = rows.map((row) => [...check(row)]);
        const before = JSON.stringify(once);
        const again = rows.toReversed().map((row) => [...check(row)]);
        assert.deepEqual(again.toReversed(), once);
        assert.equal(JSON.stringify(once), before, 'violations already given must stay as they are');
      },
    },
    {
      name: `${one.name}: a predicate, where there is one, is SQL for DuckDB`,
      run: async () => {
        const compiled = await compile(one);
        const names = new Map(one.columns.map(({ name }, index) => [name, `c${index}`]));
        const predicate = compiled.predicate?.(names);
        if (predicate === undefined || 'reason' in predicate) return;
        assert.equal(predicate.dialect, 'duckdb');
        assert.notEqual(predicate.sql.trim(), '');
      },
    },
  ]);

  return [
    ...perCase,
    {
      name: 'a schema that is not valid is refused with SNAPKEEP_SCHEMA_INVALID, before any row',
      run: async () => {
        for (const schema of badSchemas) {
          await assertFails(() => validator.checkSchema(schema, createTestContext()), 'SNAPKEEP_SCHEMA_INVALID');
          await assertFails(() => compile({ schema, columns: [] }), 'SNAPKEEP_SCHEMA_INVALID');
        }
      },
    },
    {
      name: 'a row with very many errors gives at most 100 violations',
      run: async () => {
        if (!manyErrors) return;
        const { check } = await compile(manyErrors);
        const { length } = check(manyErrors.row);
        assert.ok(length > 0 && length <= 100, `${length} violations`);
      },
    },
  ];
}

function assertWhole({ column, pointer, keyword, schemaPath, message }: Violation, row: JsonRow): void {
  assert.equal(typeof column, 'string');
  assert.match(pointer, /^(?:\/|$)/, 'pointer is a JSON pointer (RFC 6901)');
  assert.notEqual(keyword, '');
  assert.match(schemaPath, /^#/);
  assert.notEqual(message, '');
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  // A short text may be part of the message by chance.
  if (typeof value === 'string' && value.length >= 8)
    assert.ok(!message.includes(value), 'a message must not show the value');
}

function copyOf<T extends JsonValue>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** A copy that throws where somebody changes it. */
function frozen<T extends JsonValue>(value: T): T {
  const copy = copyOf(value);
  freeze(copy);
  return copy;
}

function freeze(value: JsonValue): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}
