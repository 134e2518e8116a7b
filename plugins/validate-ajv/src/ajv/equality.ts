import type { JsonValue } from '@snapkeep/sdk';
import { _, type Ajv, type CodeKeywordDefinition } from 'ajv';
import { canonical } from './canonical.ts';
import { originalOf } from './original.ts';

/**
 * ajv's `enum` and `const`, whose comparison of objects calls the value's own `toString` or `valueOf`: a document that
 * has a member of that name would end the run.
 */
export function safeEquality(ajv: Ajv, keyword: 'enum' | 'const'): CodeKeywordDefinition {
  const { definition, code } = originalOf(ajv, keyword);
  return {
    ...definition,
    code(context, ruleType) {
      const allowed: readonly JsonValue[] = keyword === 'enum' ? context.schema : [context.schema];
      if (!allowed.some((value) => typeof value === 'object' && value !== null)) return code(context, ruleType);
      const texts = new Set(allowed.map(canonical));
      const isAllowed = context.gen.scopeValue('func', { ref: (value: JsonValue) => texts.has(canonical(value)) });
      context.pass(_`${isAllowed}(${context.data})`);
    },
  };
}
