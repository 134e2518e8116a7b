import { md5Of } from './hash.ts';

/** One file of a folder, as the object `<md5>.dir` lists it. */
export interface ListingEntry {
  readonly md5: string;
  /** Relative to the folder, `/` between parts. */
  readonly relpath: string;
}

/** @returns `undefined` where it is no listing, or not the one of that name */
export function parseListing(text: string, oid: string): readonly ListingEntry[] | undefined {
  if (`${md5Of(text)}.dir` !== oid) return undefined;
  try {
    const entries: unknown = JSON.parse(text);
    return Array.isArray(entries) && entries.every(isEntry) ? entries : undefined;
  } catch {
    return undefined;
  }
}

export function isEntry(value: unknown): value is ListingEntry {
  if (typeof value !== 'object' || value === null || !('md5' in value) || !('relpath' in value)) return false;
  return typeof value.md5 === 'string' && /^[0-9a-f]{32}$/.test(value.md5) && typeof value.relpath === 'string';
}
