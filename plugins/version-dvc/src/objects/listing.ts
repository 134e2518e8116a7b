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

/**
 * The listing as DVC writes it: Python's `json.dumps(entries, sort_keys=True)`, entries in the order of code points.
 * Whether it is the one that a pointer names, its MD5 says.
 */
export function listingText(entries: readonly ListingEntry[]): string {
  const sorted = [...entries].sort((a, b) => compareCodePoints(a.relpath, b.relpath));
  const texts = sorted.map(({ md5, relpath }) => `{"md5": ${pythonText(md5)}, "relpath": ${pythonText(relpath)}}`);
  return `[${texts.join(', ')}]`;
}

function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function pythonText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
