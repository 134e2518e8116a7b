import type { LogicalType } from '@snapkeep/sdk';
import type { TypeCatalog } from './type-catalog.ts';

/** `money` is a 64-bit number of the smallest unit: 19 digits. */
const MONEY_PRECISION = 19;

/** A type that the server can cast to `numeric`, money or arrays of it, and the meaning that it then has. */
export interface MoneyAsNumeric {
  readonly cast: 'numeric' | 'numeric[]';
  readonly type: LogicalType;
}

/**
 * The text of money depends on `lc_monetary`, its cast to numeric is exact, with as many decimals as that locale has
 * (cash_numeric in src/backend/utils/adt/cash.c).
 * @returns `undefined` for what is not money, or holds it where no cast reaches (composites, ranges)
 */
export function moneyAsNumeric(oid: string, types: TypeCatalog): MoneyAsNumeric | undefined {
  let type = types.get(oid);
  let isArray = false;
  // Nothing is nested deeper than there are types.
  for (let steps = 0; type && steps <= types.size; steps += 1) {
    if (type.decimals !== null) {
      const decimal: LogicalType = { kind: 'decimal', precision: MONEY_PRECISION, scale: type.decimals };
      return isArray ? { cast: 'numeric[]', type: { kind: 'list', of: decimal } } : { cast: 'numeric', type: decimal };
    }
    // An array over a domain over an array has no cast.
    if (type.kind !== 'd' && (type.element === null || isArray)) return undefined;
    isArray ||= type.element !== null;
    type = types.get(type.element ?? type.baseType);
  }
  return undefined;
}
