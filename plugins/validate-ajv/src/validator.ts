import { type Instant, type JsonSchema, type Log, messageOf, type SchemaKeyword, type Validator } from '@snapkeep/sdk';
import type { ValidateFunction } from 'ajv';
import { createAjv } from './ajv/create.ts';
import { definitionsOf, prepareKeywords } from './ajv/own-keywords.ts';
import { prepareSchema } from './ajv/prepare.ts';
import { createCheck, type Stages } from './check.ts';
import { checkColumns } from './schema/columns.ts';
import { inspectSchema } from './schema/inspect.ts';
import { schemaError } from './schema/schema-error.ts';
import { sqlPredicate } from './sql/predicate.ts';

/** Where no instant is known yet: a schema is right or wrong at any time. */
const ANY_TIME: Instant = { time: '1970-01-01T00:00:00.000000Z', server: '' };

/** JSON Schema, draft 2020-12, by ajv. */
export const ajvValidator: Validator = {
  async checkSchema(schema, { log }, keywords = []) {
    await compileStages(schema, ANY_TIME, keywords, log);
  },

  async compile({ schema, columns, instant, keywords = [] }, { log }) {
    const stages = await compileStages(schema, instant, keywords, log);
    checkColumns(schema, columns, log);
    return {
      check: createCheck(stages),
      predicate: (names) => sqlPredicate(stages.schema, columns, instant, names),
    };
  },
};

async function compileStages(
  original: JsonSchema,
  instant: Instant,
  keywords: readonly SchemaKeyword[],
  log: Log,
): Promise<Stages & { readonly schema: JsonSchema }> {
  const inspected = inspectSchema(original, new Set(keywords.map(({ name }) => name)));
  const own = definitionsOf(await prepareKeywords(original, keywords));
  const { schema, ownProperties } = prepareSchema(inspected.schema);

  function compile(allErrors: boolean): ValidateFunction {
    try {
      return createAjv({ instant, allErrors, ownProperties, own, log }).compile(schema);
    } catch (error) {
      throw schemaError('', `can’t be used: ${reasonOf(error)}`, { cause: error });
    }
  }

  return {
    verdict: compile(false),
    everything: () => compile(true),
    schemaSize: inspected.size,
    schema: inspected.schema,
  };
}

/** ajv ends its stack over a chain of some thousand references. */
function reasonOf(error: unknown): string {
  return error instanceof RangeError ? 'its references are followed without an end' : messageOf(error);
}
