import assert from 'node:assert/strict';
import type { PluginContext } from '../context.ts';
import type { JsonValue } from '../json-form.ts';
import { JSON_TYPES, type Keyword } from '../keyword.ts';
import { createTestContext } from './context.ts';
import { assertFails, type ConformanceTest } from './test-case.ts';

export interface KeywordConformance {
  readonly keyword: Keyword;
  readonly context?: Partial<PluginContext>;
  /** At least one: what stands behind the keyword, values that keep it and values that don't. */
  readonly cases: readonly {
    readonly value: JsonValue;
    readonly valid: readonly JsonValue[];
    readonly invalid: readonly JsonValue[];
  }[];
  /** What may not stand behind it. */
  readonly badValues: readonly JsonValue[];
}

export function keywordConformance({ keyword, context, cases, badValues }: KeywordConformance): ConformanceTest[] {
  const prepare = (value: JsonValue) => keyword.prepare(value, createTestContext(context));
  return [
    {
      name: 'the types of which it speaks are those of JSON Schema',
      run: async () => {
        for (const type of keyword.types ?? []) assert.ok(JSON_TYPES.includes(type), type);
      },
    },
    {
      name: 'values keep it or break it, each time anew, and are not changed',
      run: async () => {
        for (const { value, valid, invalid } of cases) {
          const { holds } = await prepare(value);
          for (const round of [1, 2]) {
            for (const one of valid) assert.equal(holds(one), true, `${JSON.stringify(one)} in round ${round}`);
            for (const one of invalid) assert.equal(holds(one), false, `${JSON.stringify(one)} in round ${round}`);
          }
        }
      },
    },
    {
      name: 'the message is one line that says what must hold, without the value',
      run: async () => {
        for (const { value, invalid } of cases) {
          const { message } = await prepare(value);
          assert.match(message, /^must [^\n]+$/);
          for (const one of invalid)
            if (typeof one === 'string' && one.length >= 8)
              assert.ok(!message.includes(one), 'must not show the value');
        }
      },
    },
    {
      name: 'what may not stand behind it is refused with SNAPKEEP_SCHEMA_INVALID, before any row',
      run: async () => {
        for (const value of badValues) await assertFails(() => prepare(value), 'SNAPKEEP_SCHEMA_INVALID');
      },
    },
  ];
}
