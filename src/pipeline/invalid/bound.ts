import { SnapkeepError } from '@snapkeep/sdk';

/** How many rows may be kept out: so many, or so many hundredths of those read. */
export type InvalidBound =
  | { readonly unit: 'rows'; readonly rows: number }
  /** `digits` · 10^-`scale` per cent. */
  | { readonly unit: 'share'; readonly digits: bigint; readonly scale: number };

/** `100`, `5%`, `0.25%`. `undefined` where it is none. */
export function parseBound(text: string): InvalidBound | undefined {
  if (/^\d{1,15}$/.test(text)) return { unit: 'rows', rows: Number(text) };
  const [, whole, fraction = ''] = /^(\d{1,3})(?:\.(\d{1,6}))?%$/.exec(text) ?? [];
  if (whole === undefined || Number(`${whole}.${fraction}`) > 100) return undefined;
  return { unit: 'share', digits: BigInt(whole + fraction), scale: fraction.length };
}

/** Whether more rows were rejected than may be. A share is of all rows: it is known once they were read. */
export function exceeds(bound: InvalidBound, rejected: number, read: number): boolean {
  if (bound.unit === 'rows') return rejected > bound.rows;
  // Over integers: in binary fractions 0.1 % of 1,000 rows may be more than one.
  return BigInt(rejected) * 100n * 10n ** BigInt(bound.scale) > bound.digits * BigInt(read);
}

/** @param origin - who says so, e.g. `--max-invalid` @throws SNAPKEEP_USAGE */
export function requireBound(text: string, origin: string): string {
  if (parseBound(text)) return text;
  throw new SnapkeepError('SNAPKEEP_USAGE', `${origin} ${text} is neither a number of rows nor a share`, {
    hint: 'Write a number of rows, e.g. 100, or a share of the rows read, e.g. 5% or 0.25%.',
  });
}
