import { type Instant, type JsonSchema, type Log, messageOf, type SchemaKeyword, type Validator } from '@snapkeep/sdk';
import type { ValidateFunction } from 'ajv';
import { definitionsOf, prepareKeywords } from './ajv/own-keywords.ts';
import { prepareSchema } from './ajv/prepare.ts';
import { createCheck } from './check.ts';
import { checkColumns } from './schema/columns.ts';
import { type Inspected, inspectSchema } from './schema/inspect.ts';
import { schemaError } from './schema/schema-error.ts';
import { sqlPredicate } from './sql/predicate.ts';

/** Where no instant is known yet: a schema is right or wrong at any time. */
const ANY_TIME: Instant = { time: '1970-01-01T00:00:00.000000Z', server: '' };

/** JSON Schema, draft 2020-12, by ajv. */
export const ajvValidator: Validator = {
  async checkSchema(schema, { log }, keywords = []) {
    const { load } = await readSchema(schema, ANY_TIME, keywords, log);
    await load();
  },

  async compile({ schema: original, columns, instant, keywords = [] }, { log }) {
    const { schema, size, load } = await readSchema(original, instant, keywords, log);
    checkColumns(original, columns, log);
    let loaded: Loaded | undefined;
    const stages = () => {
      if (!loaded) throw new Error('prepare() comes before the first check()');
      return loaded;
    };
    return {
      async prepare() {
        loaded ??= await load();
      },
      check: createCheck({
        verdict: () => stages().verdict,
        everything: () => stages().everything(),
        schemaSize: size,
      }),
      predicate: (names) => sqlPredicate(schema, columns, instant, names),
    };
  },
};

interface Loaded {
  readonly verdict: ValidateFunction;
  readonly everything: () => ValidateFunction;
}

interface ReadSchema extends Inspected {
  /** ajv itself, which takes longer to load than all else here: where SQL decides every row nobody needs it. */
  readonly load: () => Promise<Loaded>;
}

async function readSchema(
  original: JsonSchema,
  instant: Instant,
  keywords: readonly SchemaKeyword[],
  log: Log,
): Promise<ReadSchema> {
  const inspected = inspectSchema(original, new Set(keywords.map(({ name }) => name)));
  const own = definitionsOf(await prepareKeywords(original, keywords));

  async function load(): Promise<Loaded> {
    const { createAjv } = await import('./ajv/create.ts');
    const { schema, ownProperties } = prepareSchema(inspected.schema);
    const compile = (allErrors: boolean): ValidateFunction => {
      try {
        return createAjv({ instant, allErrors, ownProperties, own, log }).compile(schema);
      } catch (error) {
        throw schemaError('', `can’t be used: ${reasonOf(error)}`, { cause: error });
      }
    };
    return { verdict: compile(false), everything: () => compile(true) };
  }

  return { ...inspected, load };
}

/** ajv ends its stack over a chain of some thousand references. */
function reasonOf(error: unknown): string {
  return error instanceof RangeError ? 'its references are followed without an end' : messageOf(error);
}
