import type { LogicalType } from './columns.ts';

/**
 * A nested value whose leaves are still texts: a struct has its fields in order, a range
 * `[lower, upper, lower_inc, upper_inc, empty]`, a multirange its ranges.
 */
export type TextTree = string | null | readonly TextTree[] | TextArray;

/** A list, as PostgreSQL holds an array: of as many dimensions as the value has, whatever its type says. */
export interface TextArray {
  /** Elements in each dimension, the outermost first; `[0]` where there is no element. */
  readonly extents: readonly number[];
  /** All elements, the last dimension fastest. */
  readonly items: readonly TextTree[];
}

/** The type of the elements of a list of any number of dimensions, and how many its type has. */
export function elementOf(type: LogicalType): { readonly element: LogicalType; readonly dimensions: number } {
  if (type.kind !== 'list') return { element: type, dimensions: 0 };
  const { element, dimensions } = elementOf(type.of);
  return { element, dimensions: dimensions + 1 };
}

/** A text that is not of the form that its type promises, or an array that no list can hold. */
class NestedTextError extends Error {}

/** Reads PostgreSQL's text forms of nested values, from left to right. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get next(): string {
    return this.#text[this.#at] ?? '';
  }

  take(): string {
    const character = this.next;
    this.#at += 1;
    return character;
  }

  expect(character: string): void {
    if (this.take() !== character) throw new NestedTextError(`expected ${character} at ${this.#at - 1}`);
  }

  end(): void {
    if (this.#at !== this.#text.length) throw new NestedTextError(`unexpected text at ${this.#at}`);
  }

  /**
   * One item up to a delimiter. A backslash makes the next character itself; within quotes so does a doubled quote.
   * @returns the text, and whether any of it was quoted
   */
  item(delimiters: string): { text: string; quoted: boolean } {
    let text = '';
    let quoted = false;
    let inside = false;
    for (;;) {
      const character = this.next;
      if (character === '') {
        if (inside) throw new NestedTextError('a quote is not closed');
        return { text, quoted };
      }
      if (!inside && delimiters.includes(character)) return { text, quoted };
      this.#at += 1;
      if (character === '\\') text += this.take();
      else if (character !== '"') text += character;
      else if (inside && this.next === '"') text += this.take();
      else {
        inside = !inside;
        quoted = true;
      }
    }
  }
}

/** Of an element: it has no dimensions of its own. */
const NO_EXTENTS: readonly number[] = [];

/**
 * Array output (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). Bounds other than 1 are no list's.
 * @param items - gets the elements
 * @returns the extents
 */
function readDimension(reader: Reader, element: LogicalType, items: TextTree[]): readonly number[] {
  reader.expect('{');
  if (reader.next === '}') {
    reader.take();
    return [0];
  }
  let inner: readonly number[] | undefined;
  for (let count = 1; ; count += 1) {
    let extents = NO_EXTENTS;
    if (reader.next === '{') extents = readDimension(reader, element, items);
    else {
      const { text, quoted } = reader.item(',}');
      items.push(!quoted && text.toUpperCase() === 'NULL' ? null : parseNested(element, text));
    }
    inner ??= extents;
    if (inner !== extents && inner.join() !== extents.join()) throw new NestedTextError('a ragged array');
    const delimiter = reader.take();
    if (delimiter === '}') return [count, ...inner];
    if (delimiter !== ',') throw new NestedTextError('an array does not end');
  }
}

function readArray(reader: Reader, element: LogicalType): TextArray {
  const items: TextTree[] = [];
  const extents = readDimension(reader, element, items);
  return { extents: items.length === 0 ? [0] : extents, items };
}

/** Record output (https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX): nothing at all is NULL. */
function readStruct(reader: Reader, fields: readonly { readonly type: LogicalType }[]): TextTree {
  reader.expect('(');
  const values = fields.map(({ type }, index) => {
    if (index > 0) reader.expect(',');
    const { text, quoted } = reader.item(',)');
    return text === '' && !quoted ? null : parseNested(type, text);
  });
  reader.expect(')');
  return values;
}

/** Range output (https://www.postgresql.org/docs/current/rangetypes.html#RANGETYPES-IO): a bound that is missing is unbounded. */
function readRange(reader: Reader, of: LogicalType): TextTree {
  if (reader.next === 'e') {
    if (reader.item(',}').text !== 'empty') throw new NestedTextError('not a range');
    return [null, null, 'f', 'f', 't'];
  }
  const open = reader.take();
  if (open !== '[' && open !== '(') throw new NestedTextError('not a range');
  const lower = readBound(reader, of, ',');
  reader.expect(',');
  const upper = readBound(reader, of, '])');
  const close = reader.take();
  return [lower, upper, open === '[' ? 't' : 'f', close === ']' ? 't' : 'f', 'f'];
}

function readBound(reader: Reader, of: LogicalType, delimiters: string): TextTree {
  const { text, quoted } = reader.item(delimiters);
  return text === '' && !quoted ? null : parseNested(of, text);
}

function readRanges(reader: Reader, of: LogicalType): TextTree {
  reader.expect('{');
  const ranges: TextTree[] = [];
  while (reader.next !== '}') {
    if (ranges.length > 0) reader.expect(',');
    ranges.push(readRange(reader, of));
  }
  reader.take();
  return ranges;
}

const DURATION =
  /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d{1,6}))?S)?)?$/;

/**
 * An interval in PostgreSQL is months, days and microseconds, each with its own sign.
 * @returns their texts in that order
 * @throws Error where the text is no ISO 8601 duration
 */
export function parseInterval(text: string): [string, string, string] {
  const match = DURATION.exec(text);
  if (!match || text === 'P') throw new NestedTextError('not a duration');
  const [years, months, weeks, days, hours, minutes] = match.slice(1, 7).map((part) => BigInt(part ?? 0));
  const [sign, seconds, fraction] = match.slice(7);
  const micros = BigInt(seconds ?? 0) * 1_000_000n + BigInt((fraction ?? '').padEnd(6, '0'));
  const time = ((hours ?? 0n) * 3_600n + (minutes ?? 0n) * 60n) * 1_000_000n + (sign === '-' ? -micros : micros);
  return [`${(years ?? 0n) * 12n + (months ?? 0n)}`, `${(weeks ?? 0n) * 7n + (days ?? 0n)}`, `${time}`];
}

/**
 * A nested value's text as a tree of texts. A leaf's text stays what it is.
 * @throws Error where the text is of another form, ragged, or has bounds that a list can't hold
 */
export function parseNested(type: LogicalType, text: string): TextTree {
  const reader = new Reader(text);
  let tree: TextTree;
  switch (type.kind) {
    case 'list':
      tree = readArray(reader, elementOf(type).element);
      break;
    case 'struct':
      tree = readStruct(reader, type.fields);
      break;
    case 'range':
      tree = type.multi ? readRanges(reader, type.of) : readRange(reader, type.of);
      break;
    default:
      return text;
  }
  reader.end();
  return tree;
}

/** The fields of the struct that a range becomes; `upper_inc` is false where the bound is missing. */
export function rangeFields(of: LogicalType): { readonly name: string; readonly type: LogicalType }[] {
  const flag: LogicalType = { kind: 'boolean' };
  return [
    { name: 'lower', type: of },
    { name: 'upper', type: of },
    { name: 'lower_inc', type: flag },
    { name: 'upper_inc', type: flag },
    { name: 'empty', type: flag },
  ];
}

/** The fields of the struct that an interval becomes. */
export const INTERVAL_FIELDS = [
  { name: 'months', type: { kind: 'integer', bits: 32 } },
  { name: 'days', type: { kind: 'integer', bits: 32 } },
  { name: 'micros', type: { kind: 'integer', bits: 64 } },
] as const satisfies readonly { readonly name: string; readonly type: LogicalType }[];

/** What a nested type is made of, in lists and structs alone. */
export type Shape =
  | { readonly kind: 'list'; readonly of: LogicalType }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: LogicalType }[] };

/** Types whose values have parts of other types. */
export type NestedType = Extract<LogicalType, { readonly kind: 'list' | 'struct' | 'range' }>;
/** Types whose values are one text each, whatever the file makes of it. */
export type LeafType = Exclude<LogicalType, NestedType>;

export function isNested(type: LogicalType): type is NestedType {
  return type.kind === 'list' || type.kind === 'struct' || type.kind === 'range';
}

/** The shape of a nested type in the file. */
export function shapeOf(type: NestedType): Shape {
  if (type.kind !== 'range') return type;
  return type.multi
    ? { kind: 'list', of: { ...type, multi: false } }
    : { kind: 'struct', fields: rangeFields(type.of) };
}
