import type { CompiledValidator, JsonRow, JsonSchema } from '@snapkeep/sdk';
import { createTestContext, prepared, TEST_INSTANT, textColumn } from '@snapkeep/sdk/conformance';
import { ajvValidator } from '../src/validator.ts';

export function compile(schema: JsonSchema, columns: readonly string[] = []): Promise<CompiledValidator> {
  const request = { schema, columns: columns.map(textColumn), instant: TEST_INSTANT };
  return prepared(ajvValidator.compile(request, createTestContext()));
}

/** The check of one column, `a`. */
export async function checkOf(schema: JsonSchema): Promise<(value: JsonRow[string]) => readonly string[]> {
  const { check } = await compile({ type: 'object', properties: { a: schema } }, ['a']);
  return (value) => check({ a: value }).map(({ keyword }) => keyword);
}
