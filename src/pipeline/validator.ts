import type { Column, CompiledValidator, Instant, JsonSchema, SchemaKeyword } from '@snapkeep/sdk';
import type { Runtime } from './runtime.ts';

/** Every name in a schema, wherever it stands; without recursion, whatever the depth. */
function namesIn(schema: JsonSchema): Set<string> {
  const names = new Set<string>();
  const waiting: unknown[] = [schema];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) names.add(name);
      waiting.push(inner);
    }
  }
  return names;
}

/** The keywords of plugins that a schema may use, each with its own context. */
async function keywordsFor(runtime: Runtime, schema: JsonSchema): Promise<SchemaKeyword[]> {
  const names = namesIn(schema);
  const offered = (await runtime.capabilities()).filter(({ kind, name }) => kind === 'keyword' && names.has(name));
  return Promise.all(
    offered.map(async ({ name }): Promise<SchemaKeyword> => {
      const keyword = await runtime.capability('keyword', name);
      return {
        name,
        ...(keyword.types === undefined ? {} : { types: keyword.types }),
        prepare: (value) => keyword.prepare(value, runtime.context(name)),
      };
    }),
  );
}

/** Has the project's validator look at a schema. @throws SNAPKEEP_SCHEMA_INVALID */
export async function checkWithValidator(runtime: Runtime, schema: JsonSchema): Promise<void> {
  const { validator: name } = runtime.config.capabilities;
  const validator = await runtime.capability('validator', name);
  await validator.checkSchema(schema, runtime.context(name), await keywordsFor(runtime, schema));
}

/** @param name - of the validator, as the plan has it @throws SNAPKEEP_SCHEMA_INVALID, SNAPKEEP_COLUMN_UNKNOWN */
export async function compileWith(
  runtime: Runtime,
  name: string,
  request: { readonly schema: JsonSchema; readonly columns: readonly Column[]; readonly instant: Instant },
): Promise<CompiledValidator> {
  const validator = await runtime.capability('validator', name);
  const keywords = await keywordsFor(runtime, request.schema);
  return validator.compile({ ...request, keywords }, runtime.context(name));
}
