import type { LogicalType } from './columns.ts';

/**
 * A nested value whose leaves are still texts: a list has its elements, a struct its fields in order, a range
 * `[lower, upper, lower_inc, upper_inc, empty]`.
 */
export type TextTree = string | null | readonly TextTree[];

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

/**
 * Array output (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). Bounds other than 1 and more
 * dimensions than the type has are no list's.
 */
function readList(reader: Reader, of: LogicalType): TextTree {
  reader.expect('{');
  const elements: TextTree[] = [];
  if (reader.next === '}') {
    reader.take();
    return elements;
  }
  for (;;) {
    if (reader.next === '{') {
      if (of.kind !== 'list') throw new NestedTextError('more dimensions than the type has');
      elements.push(readList(reader, of.of));
    } else {
      const { text, quoted } = reader.item(',}');
      if (of.kind === 'list') throw new NestedTextError('fewer dimensions than the type has');
      elements.push(!quoted && text.toUpperCase() === 'NULL' ? null : parseNested(of, text));
    }
    const delimiter = reader.take();
    if (delimiter === '}') return elements;
    if (delimiter !== ',') throw new NestedTextError('a list does not end');
  }
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
 * @throws Error where the text is of another form, or has other dimensions or bounds than a list can hold
 */
export function parseNested(type: LogicalType, text: string): TextTree {
  const reader = new Reader(text);
  let tree: TextTree;
  switch (type.kind) {
    case 'list':
      tree = readList(reader, type.of);
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
export const INTERVAL_FIELDS: readonly { readonly name: string; readonly type: LogicalType }[] = [
  { name: 'months', type: { kind: 'integer', bits: 32 } },
  { name: 'days', type: { kind: 'integer', bits: 32 } },
  { name: 'micros', type: { kind: 'integer', bits: 64 } },
];

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
