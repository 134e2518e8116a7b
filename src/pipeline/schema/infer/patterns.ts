import type { JsonSchema } from '@snapkeep/sdk';

/** A kind of text that is known by its form. */
export interface KnownPattern {
  readonly name: string;
  readonly regExp: RegExp;
  readonly schema: JsonSchema;
}

function byPattern(name: string, pattern: string): KnownPattern {
  return { name, regExp: new RegExp(pattern, 'u'), schema: { pattern } };
}

/** Most telling first. A format's expression takes no text that the validator's own refuses. */
export const PATTERNS: readonly KnownPattern[] = [
  // https://github.com/paralleldrive/cuid: Prisma's cuid()
  byPattern('CUID', '^c[a-z0-9]{24}$'),
  {
    name: 'UUID',
    regExp: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
    schema: { format: 'uuid' },
  },
  // https://github.com/ulid/spec
  byPattern('ULID', '^[0-7][0-9A-HJKMNP-TV-Z]{25}$'),
  {
    name: 'e-mail address',
    regExp: /^[a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\.)+[a-z]{2,63}$/i,
    schema: { format: 'email' },
  },
  byPattern('SHA-256', '^[0-9a-f]{64}$'),
  byPattern('web address', '^https?://[^\\s/?#]+(?:[/?#][^\\s]*)?$'),
  byPattern('telephone number (E.164)', '^\\+[1-9][0-9]{6,14}$'),
  {
    name: 'date',
    regExp: /^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])$/,
    schema: { format: 'date' },
  },
  byPattern('code of capital letters', '^[A-Z]{2,3}$'),
  byPattern('digits', '^[0-9]+$'),
];
