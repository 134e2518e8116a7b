/** Kinds of {@link InexactPolicy}; all but `decimal` are also how a policy is written. */
export const INEXACT_POLICIES = ['refuse', 'null', 'string', 'double', 'decimal', 'infinity'] as const;
export type InexactPolicyKind = (typeof INEXACT_POLICIES)[number];

/**
 * What becomes of a value that its column's type in the file can't hold exactly:
 *
 * - `refuse`: nothing is published.
 * - `null`: it becomes NULL; inside of a list, struct or range that part does.
 * - `string`: the whole column is the source's text, so that every value is held.
 * - `double`: a decimal number becomes the nearest 64-bit float.
 * - `decimal(p,s)`: a decimal number is rounded to `s` decimals, half away from zero.
 * - `infinity`: the infinity of a date or timestamp becomes that of the engine, which few other readers know.
 */
export type InexactPolicy =
  | { readonly kind: Exclude<InexactPolicyKind, 'decimal'> }
  /** 0 <= scale <= precision, 1 <= precision <= 38. */
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number };

const MAX_PRECISION = 38;

/** How policies are written, for messages and suggestions. */
export const INEXACT_POLICY_FORMS = INEXACT_POLICIES.map((kind) => (kind === 'decimal' ? 'decimal(P,S)' : kind));

/** A policy as people write it: `null`, `decimal(12,2)`; `undefined` where it is none. */
export function parseInexactPolicy(text: string): InexactPolicy | undefined {
  const kind = INEXACT_POLICIES.find((known) => known === text);
  if (kind !== undefined) return kind === 'decimal' ? undefined : { kind };
  const match = /^decimal\( *(\d{1,2}) *, *(\d{1,2}) *\)$/.exec(text);
  if (!match) return undefined;
  const [precision, scale] = match.slice(1).map(Number);
  if (precision === undefined || scale === undefined || precision < 1 || precision > MAX_PRECISION) return undefined;
  return scale <= precision ? { kind: 'decimal', precision, scale } : undefined;
}

/** The inverse of {@link parseInexactPolicy}. */
export function inexactPolicyText(policy: InexactPolicy): string {
  return policy.kind === 'decimal' ? `decimal(${policy.precision},${policy.scale})` : policy.kind;
}
