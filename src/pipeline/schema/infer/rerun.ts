import { createHash } from 'node:crypto';
import { escapePointer, type JsonSchema, type JsonValue } from '@snapkeep/sdk';

/** Where a schema remembers what was inferred: JSON pointer → first digits of a SHA-256. */
const STAMP = 'x-inferred';
const DIGITS = 12;

type Units = ReadonlyMap<string, JsonValue>;

/** What became of a schema that was there before. Parts are JSON pointers into it. */
export interface Rerun {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Changed by hand, and now otherwise at the origin too: they stay as they are. */
  readonly kept: readonly string[];
}

/** With sorted keys: the same value gives the same digits however it was written. */
function digitsOf(value: JsonValue): string {
  return createHash('sha256').update(JSON.stringify(value, sortedKeys)).digest('hex').slice(0, DIGITS);
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isObject(value: JsonValue | undefined): value is { readonly [name: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const PROPERTY = '/properties/';

/** The parts that are inferred or written by hand as a whole: each column, and each keyword beside them. */
function unitsOf(schema: JsonSchema): Units {
  const units = new Map<string, JsonValue>();
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === STAMP || keyword === 'required') continue;
    if (keyword !== 'properties' || !isObject(value)) {
      units.set(`/${escapePointer(keyword)}`, value);
      continue;
    }
    // The place of the columns among the keywords.
    units.set('/properties', {});
    for (const [name, property] of Object.entries(value)) units.set(`${PROPERTY}${escapePointer(name)}`, property);
  }
  return units;
}

function schemaOf(units: Units, required: JsonValue | undefined, stamp: JsonValue): JsonSchema {
  const entries: [string, JsonValue][] = [];
  const properties = [...units].flatMap(([unit, value]): [string, JsonValue][] =>
    unit.startsWith(PROPERTY) ? [[unescaped(unit.slice(PROPERTY.length)), value]] : [],
  );
  for (const [unit, value] of units) {
    if (unit.startsWith(PROPERTY)) continue;
    if (unit !== '/properties') entries.push([unescaped(unit.slice(1)), value]);
    else {
      entries.push(['properties', Object.fromEntries(properties)]);
      if (required !== undefined) entries.push(['required', required]);
    }
  }
  return Object.fromEntries([...entries, [STAMP, stamp]]);
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function stampOf(inferred: Units): { readonly [unit: string]: string } {
  return Object.fromEntries(
    [...inferred].filter(([unit]) => unit !== '/properties').map(([unit, value]) => [unit, digitsOf(value)]),
  );
}

/** A schema that remembers what was inferred. */
export function stamped(inferred: JsonSchema): JsonSchema {
  const units = unitsOf(inferred);
  return schemaOf(units, inferred.required, stampOf(units));
}

/** Whether a schema was inferred at some time, whatever was changed in it since. */
export function isStamped(schema: JsonSchema): boolean {
  return isObject(schema[STAMP]);
}

/**
 * A schema that is there and what is inferred now, as one. A part (a column, or a keyword beside the columns) that
 * nobody changed since it was inferred becomes what is inferred now; one that somebody changed, wrote or removed
 * stays so. Of `required` the columns that came or went are added or removed, nothing else.
 */
export function mergeInferred(present: JsonSchema, inferred: JsonSchema): { schema: JsonSchema; rerun: Rerun } {
  const before = isObject(present[STAMP]) ? present[STAMP] : {};
  const own = unitsOf(present);
  const now = unitsOf(inferred);
  const merged = new Map<string, JsonValue>();
  const rerun = { added: [] as string[], changed: [] as string[], removed: [] as string[], kept: [] as string[] };
  for (const [unit, value] of own) {
    const wanted = now.get(unit);
    const untouched = before[unit] === digitsOf(value);
    if (unit === '/properties') merged.set(unit, value);
    else if (wanted === undefined) {
      if (untouched) rerun.removed.push(unit);
      else merged.set(unit, value);
    } else if (untouched) {
      merged.set(unit, wanted);
      if (digitsOf(wanted) !== before[unit]) rerun.changed.push(unit);
    } else {
      merged.set(unit, value);
      if (before[unit] !== undefined && before[unit] !== digitsOf(wanted)) rerun.kept.push(unit);
    }
  }
  for (const [unit, value] of now) {
    if (own.has(unit) || before[unit] !== undefined) continue;
    merged.set(unit, value);
    if (unit !== '/properties') rerun.added.push(unit);
  }
  return { schema: schemaOf(merged, requiredOf(present, inferred, rerun), stampOf(now)), rerun };
}

function requiredOf(present: JsonSchema, inferred: JsonSchema, { added, removed }: Rerun): JsonValue | undefined {
  const columnsOf = (units: readonly string[]) =>
    new Set(units.filter((unit) => unit.startsWith(PROPERTY)).map((unit) => unescaped(unit.slice(PROPERTY.length))));
  const [came, went] = [columnsOf(added), columnsOf(removed)];
  const listed = (schema: JsonSchema) => (Array.isArray(schema.required) ? schema.required.map(String) : []);
  const required = [
    ...listed(present).filter((name) => !went.has(name)),
    ...listed(inferred).filter((name) => came.has(name) && !listed(present).includes(name)),
  ];
  return required.length === 0 && present.required === undefined ? undefined : required;
}
