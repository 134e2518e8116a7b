/** What must hold between one contract and the next; docs/schemas.md says for whom. */
export const COMPATIBILITIES = ['backward', 'forward', 'full', 'none'] as const;
export type Compatibility = (typeof COMPATIBILITIES)[number];
