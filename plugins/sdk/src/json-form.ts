import type { LogicalType } from './columns.ts';
import { elementOf, isNested, parseNested, shapeOf, type TextTree } from './nested-text.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** One row as a validator sees it: column name → value in JSON form. */
export type JsonRow = { readonly [column: string]: JsonValue };

/** Turns a column's text into its JSON form. The text is never NULL. */
export type ToJson = (text: string) => JsonValue;

const asText: ToJson = (text) => text;

/** The stored value is not touched by this: 64-bit integers and decimals are rounded for the check only. */
function asNumber(text: string): JsonValue {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/** Keeps what can't be parsed as a text, so that a schema can reject it. */
function asDocument(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/** `2025-10-27 10:00:00+00` → `2025-10-27T10:00:00Z`; what isn't of that form (BC, infinity) stays. */
function asInstant(text: string): JsonValue {
  const space = text.indexOf(' ');
  return space > 0 && text.endsWith('+00') ? `${text.slice(0, space)}T${text.slice(space + 1, -3)}Z` : text;
}

function asWallClock(text: string): JsonValue {
  const space = text.indexOf(' ');
  return space > 0 && !text.endsWith(' BC') ? `${text.slice(0, space)}T${text.slice(space + 1)}` : text;
}

/** Months, days and microseconds apart, as an interval that comes from a file is written (src/engine/text-form.ts). */
const PARTS = /^P(-?\d+)M(-?\d+)DT(-?)(\d+)\.(\d{6})S$/;

/**
 * PostgreSQL's own form of a duration, IntervalStyle iso_8601, also of one that comes from a file:
 * https://doxygen.postgresql.org/interval_8c_source.html (EncodeInterval), where zero parts are left out.
 */
function asDuration(text: string): JsonValue {
  const [, months, days, minus, seconds, micros] = PARTS.exec(text) ?? [];
  if (months === undefined || days === undefined || seconds === undefined || micros === undefined) return text;
  const total = BigInt(seconds);
  const sign = minus ?? '';
  const part = (value: bigint | number, unit: string, before = '') =>
    Number(value) === 0 ? '' : `${before}${value}${unit}`;
  const year = Math.trunc(Number(months) / 12);
  const date = part(year, 'Y') + part(Number(months) % 12, 'M') + part(Number(days), 'D');
  const fraction = micros.replace(/0+$/, '');
  const second = total % 60n;
  const time = `${part(total / 3600n, 'H', sign)}${part((total / 60n) % 60n, 'M', sign)}${
    second === 0n && fraction === '' ? '' : `${sign}${second}${fraction === '' ? '' : `.${fraction}`}S`
  }`;
  if (date === '' && time === '') return 'PT0S';
  return `P${date}${time === '' ? '' : `T${time}`}`;
}

/** Elements in a row → arrays in arrays, as deep as there are dimensions. */
function nestedArrays(values: readonly JsonValue[], [, ...inner]: readonly number[]): readonly JsonValue[] {
  if (inner.length === 0) return values;
  const size = inner.reduce((product, extent) => product * extent, 1);
  const count = values.length / size;
  return Array.from({ length: count }, (_, index) =>
    nestedArrays(values.slice(index * size, (index + 1) * size), inner),
  );
}

/** A tree of texts → arrays and objects; an interval is one value to JSON, whatever it is in the file. */
function fromTree(type: LogicalType, tree: TextTree): JsonValue {
  if (tree === null) return null;
  if (typeof tree === 'string' || !isNested(type)) return toJsonForm(type)(String(tree));
  if ('items' in tree) {
    const { element } = elementOf(type);
    return nestedArrays(
      tree.items.map((item) => fromTree(element, item)),
      tree.extents,
    );
  }
  const shape = shapeOf(type);
  if (shape.kind === 'list') return tree.map((range) => fromTree(shape.of, range));
  return Object.fromEntries(shape.fields.map(({ name, type: of }, index) => [name, fromTree(of, tree[index] ?? null)]));
}

/** Keeps what is of another form as a text: the file's own type plan refuses it by name. */
function asNested(type: LogicalType): ToJson {
  return (text) => {
    let tree: TextTree;
    try {
      tree = parseNested(type, text);
    } catch {
      return text;
    }
    return fromTree(type, tree);
  };
}

/**
 * The JSON form of a kind of value: what a JSON Schema is written against.
 *
 * boolean → boolean; integer, float, decimal, numeric → number (`NaN`, `Infinity` → string);
 * json → the document; timestamp → `2025-10-27T10:00:00.123456Z`, without `Z` where it has no zone;
 * bytes → base64; list → array, in arrays where it has more dimensions; struct, range → object; everything else → its
 * text.
 */
export function toJsonForm(type: LogicalType): ToJson {
  switch (type.kind) {
    case 'boolean':
      return (text) => text === 't' || text === 'true';
    case 'integer':
    case 'float':
    case 'decimal':
    case 'numeric':
      return asNumber;
    case 'json':
      return asDocument;
    case 'timestamp':
      return type.utc ? asInstant : asWallClock;
    case 'bytes':
      return (text) => Buffer.from(text.slice(2), 'hex').toString('base64');
    case 'string':
    case 'enum':
    case 'uuid':
    case 'date':
    case 'time':
    case 'opaque':
      return asText;
    case 'interval':
      return asDuration;
    case 'list':
    case 'struct':
    case 'range':
      return asNested(type);
  }
}
