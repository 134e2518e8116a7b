import type { JsonValue } from '@snapkeep/sdk';
import type { FuncKeywordDefinition } from 'ajv';
import { canonical } from './canonical.ts';

/** `uniqueItems` in time proportional to the items: ajv compares each with each, hours for 500,000 objects. */
export const uniqueItems: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  errors: false,
  error: { message: 'must NOT have duplicate items' },
  compile(wanted: boolean) {
    if (!wanted) return () => true;
    return (items: readonly JsonValue[]) => {
      const seen = new Set<string>();
      for (const item of items) {
        const text = canonical(item);
        if (seen.has(text)) return false;
        seen.add(text);
      }
      return true;
    };
  },
};
