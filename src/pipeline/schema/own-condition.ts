import type { JsonSchema, JsonValue } from '@snapkeep/sdk';

type Keywords = { readonly [keyword: string]: JsonValue };

interface OwnCondition {
  readonly column: string;
  readonly condition: Keywords;
}

function isKeywords(value: JsonValue | undefined): value is Keywords {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a condition of the row says of the one column that it speaks of; every row has it. `undefined`: it speaks of several. */
export function ownCondition(ofRow: JsonSchema): OwnCondition | undefined {
  const [[keyword, value] = [], ...others] = Object.entries(ofRow);
  if (keyword === undefined || others.length > 0) return undefined;
  if (keyword === 'properties' && isKeywords(value)) {
    const [[column, condition] = [], ...more] = Object.entries(value);
    return column !== undefined && more.length === 0 && isKeywords(condition) ? { column, condition } : undefined;
  }
  if (keyword === 'not' && isKeywords(value)) {
    const inner = ownCondition(value);
    return inner && { column: inner.column, condition: { not: inner.condition } };
  }
  if ((keyword !== 'anyOf' && keyword !== 'allOf') || !Array.isArray(value)) return undefined;
  const parts = (value as readonly JsonSchema[]).map(ownCondition);
  const column = parts[0]?.column;
  if (column === undefined || parts.some((part) => part?.column !== column)) return undefined;
  const conditions = parts.flatMap((part) => (part ? flat(keyword, part.condition) : []));
  return { column, condition: composed(keyword, conditions) };
}

/** An alternative that is several alternatives is so many. */
function flat(keyword: 'anyOf' | 'allOf', condition: Keywords): readonly Keywords[] {
  const inner = condition[keyword];
  return Array.isArray(inner) && Object.keys(condition).length === 1 ? (inner as readonly Keywords[]) : [condition];
}

function composed(keyword: 'anyOf' | 'allOf', conditions: readonly Keywords[]): Keywords {
  const isList = (condition: Keywords) => Array.isArray(condition.enum) && Object.keys(condition).length === 1;
  const lists = keyword === 'anyOf' ? conditions.filter(isList) : [];
  const values = distinct(lists.flatMap(({ enum: list }) => list as readonly JsonValue[]));
  const others = conditions.filter((condition) => !lists.includes(condition));
  const all = distinct([...(values.length === 0 ? [] : [{ enum: values }]), ...others]);
  const [only] = all;
  return all.length === 1 && only ? only : { [keyword]: all };
}

function distinct<T extends JsonValue>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
