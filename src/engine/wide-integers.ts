import type { EngineValue } from './engine.ts';

const WIDE_INTEGERS = new Set(['BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT']);

/** Whether DuckDB's JSON form gives values of this type as text although most of them are numbers to JavaScript. */
export function isWideInteger(type: string): boolean {
  return WIDE_INTEGERS.has(type);
}

/** An integer that came as text, as a number where that is exact. */
export function narrowInteger(value: EngineValue): EngineValue {
  if (typeof value !== 'string') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
