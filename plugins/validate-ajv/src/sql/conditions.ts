export const ALWAYS = 'true';
export const NEVER = 'false';

/** Of one value, not of an expression that ends so. */
const IS_NULL = /^(\S+) IS NULL$/;
const IS_NOT_FILLED = /^NOT (\S+) IS NOT NULL$/;

function joined(conditions: readonly string[], by: 'AND' | 'OR'): string {
  return conditions.length === 1 ? (conditions[0] ?? '') : `(${conditions.join(` ${by} `)})`;
}

/** SQL: every one of them is TRUE. */
export function allOf(conditions: readonly string[]): string {
  if (conditions.includes(NEVER)) return NEVER;
  const open = [...new Set(conditions)].filter((condition) => condition !== ALWAYS);
  return open.length === 0 ? ALWAYS : joined(open, 'AND');
}

/** SQL: at least one of them is TRUE. That a value is there or not there DuckDB doesn't see to be always so. */
export function anyOf(conditions: readonly string[]): string {
  const given = new Set(conditions.map((condition) => condition.replace(IS_NOT_FILLED, '$1 IS NULL')));
  const either = [...given].some((one) => IS_NULL.test(one) && given.has(one.replace(IS_NULL, '$1 IS NOT NULL')));
  if (either || given.has(ALWAYS)) return ALWAYS;
  const open = [...given].filter((condition) => condition !== NEVER);
  return open.length === 0 ? NEVER : joined(open, 'OR');
}
