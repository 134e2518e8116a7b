import { _, type Ajv, type CodeKeywordDefinition, type KeywordCxt, Name } from 'ajv';

/** Far below what V8's parser bears: it gives up at some 1,500. */
const MAX_NESTED = 100;

/** ajv's own count of errors in a generated function. */
const ERRORS = new Name('errors');

/**
 * ajv's `properties` for any number of columns. A validator that stops at the first error has the check of each
 * property inside the `if` of the one before; 1,600 of them exhaust V8's stack. Here the nesting ends now and then.
 */
export function wideProperties(ajv: Ajv): CodeKeywordDefinition {
  const original = ajv.getKeyword('properties');
  if (typeof original !== 'object' || !('code' in original)) throw new Error('ajv has no code for properties');
  return {
    keyword: 'properties',
    type: 'object',
    schemaType: 'object',
    // Its own place among the keywords, so that errors come in ajv's order.
    before: 'patternProperties',
    code(context, ruleType) {
      const { gen, schema } = context;
      const members = Object.entries<unknown>(schema);
      if (members.length <= MAX_NESTED) return original.code(context, ruleType);
      for (let start = 0; start < members.length; start += MAX_NESTED) {
        const part = Object.fromEntries(members.slice(start, start + MAX_NESTED));
        const before = gen.const('_errs', ERRORS);
        gen.block(() => original.code(withSchema(context, part), ruleType));
        context.ok(_`${before} === ${ERRORS}`);
      }
    },
  };
}

/** The same place in the same code, with some of its properties. */
function withSchema(context: KeywordCxt, schema: Readonly<Record<string, unknown>>): KeywordCxt {
  return Object.create(context, { schema: { value: schema } }) as KeywordCxt;
}
