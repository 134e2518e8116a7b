import {
  type CompiledValidator,
  type Instant,
  type JsonSchema,
  type Log,
  messageOf,
  type SchemaKeyword,
  type Validator,
} from '@snapkeep/sdk';
import type { ValidateFunction } from 'ajv';
import { definitionsOf, prepareKeywords } from './ajv/own-keywords.ts';
import { prepareSchema } from './ajv/prepare.ts';
import { createCheck, type Stages } from './check.ts';
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
    const { schema, load } = await readSchema(original, instant, keywords, log);
    checkColumns(original, columns, log);
    let check: CompiledValidator['check'] | undefined;
    return {
      async prepare() {
        check ??= createCheck(await load());
      },
      check(row) {
        if (!check) throw new Error('prepare() comes before the first check()');
        return check(row);
      },
      predicate: (names) => sqlPredicate(schema, columns, instant, names),
    };
  },
};

interface ReadSchema extends Pick<Inspected, 'schema'> {
  /** ajv itself, which takes longer to load than all else here: where SQL decides every row nobody needs it. */
  readonly load: () => Promise<Stages>;
}

async function readSchema(
  original: JsonSchema,
  instant: Instant,
  keywords: readonly SchemaKeyword[],
  log: Log,
): Promise<ReadSchema> {
  const inspected = inspectSchema(original, new Set(keywords.map(({ name }) => name)));
  const own = definitionsOf(await prepareKeywords(original, keywords));

  async function load(): Promise<Stages> {
    const { createAjv } = await import('./ajv/create.ts');
    const { schema, ownProperties } = prepareSchema(inspected.schema);
    const compile = (allErrors: boolean): ValidateFunction => {
      try {
        return createAjv({ instant, allErrors, ownProperties, own, log }).compile(schema);
      } catch (error) {
        throw schemaError('', `can’t be used: ${reasonOf(error)}`, { cause: error });
      }
    };
    return { verdict: compile(false), everything: () => compile(true), schemaSize: inspected.size };
  }

  return { schema: inspected.schema, load };
}

/** ajv ends its stack over a chain of some thousand references. */
function reasonOf(error: unknown): string {
  return error instanceof RangeError ? 'its references are followed without an end' : messageOf(error);
}
