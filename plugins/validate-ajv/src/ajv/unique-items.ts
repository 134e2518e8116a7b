import type { JsonValue } from '@snapkeep/sdk';
import type { FuncKeywordDefinition } from 'ajv';

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

/** JSON with the names of objects in order, so that equal values are equal texts. */
function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
