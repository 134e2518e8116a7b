import { _, type Ajv, type CodeKeywordDefinition, type KeywordCxt, Name } from 'ajv';
import { originalOf } from './original.ts';

/**
 * ajv's `unevaluatedItems`, which takes what other keywords have evaluated for a number. Of items under `anyOf` it is
 * known at run time only, and then it may be `true` (all of them) or nothing at all.
 */
export function countedUnevaluatedItems(ajv: Ajv): CodeKeywordDefinition {
  const { definition, code } = originalOf(ajv, 'unevaluatedItems');
  return {
    ...definition,
    code(context, ruleType) {
      const { gen, data, it } = context;
      const { items } = it;
      if (items instanceof Name) it.items = gen.const('items', _`${items} === true ? ${data}.length : ${items} || 0`);
      return code(context, ruleType);
    },
  };
}

/** ajv's `if`, which counts what the condition looked at as evaluated where the condition does not hold, too. */
export function conditionalIf(ajv: Ajv): CodeKeywordDefinition {
  const { definition, code } = originalOf(ajv, 'if');
  return {
    ...definition,
    code(context, ruleType) {
      let holds: Name | undefined;
      const subschema: KeywordCxt['subschema'] = (application, valid) => {
        if (application.keyword === 'if') holds = valid;
        return context.subschema(application, valid);
      };
      const mergeEvaluated: KeywordCxt['mergeEvaluated'] = (inner) => {
        if (holds) context.mergeValidEvaluated(inner, holds);
      };
      const value = { subschema: { value: subschema }, mergeEvaluated: { value: mergeEvaluated } };
      return code(Object.create(context, value) as KeywordCxt, ruleType);
    },
  };
}
