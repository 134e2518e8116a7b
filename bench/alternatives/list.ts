import { messageOf } from '@snapkeep/sdk';
import type { Alternative, OpenedAlternative, Place } from './alternative.ts';
import { FLOOR } from './floor.ts';
import { PG2PARQUET } from './pg2parquet.ts';
import { PYTHON_TOOLS } from './python.ts';
import { SLING } from './sling.ts';
import { SNAPKEEP } from './snapkeep.ts';

/** In the order in which every round runs them. */
export const ALTERNATIVES: readonly Alternative[] = [FLOOR, ...SNAPKEEP, ...PYTHON_TOOLS, PG2PARQUET, SLING];

export interface Found {
  readonly about: Alternative;
  readonly opened: OpenedAlternative;
}

export interface Missing {
  readonly id: string;
  readonly name: string;
  readonly docs: string;
  /** Why it can't be had here. */
  readonly why: string;
}

/** The floor and those that are wanted, as far as they can be had. */
export async function openAlternatives(
  place: Place,
  wanted: (id: string) => boolean,
): Promise<{ readonly found: readonly Found[]; readonly missing: readonly Missing[] }> {
  const found: Found[] = [];
  const missing: Missing[] = [];
  for (const about of ALTERNATIVES) {
    if (about !== FLOOR && !wanted(about.id)) continue;
    try {
      found.push({ about, opened: await about.open(place) });
    } catch (error) {
      missing.push({ id: about.id, name: about.name, docs: about.docs, why: messageOf(error) });
    }
  }
  return { found, missing };
}
