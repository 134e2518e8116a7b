import { type JsonRow, type JsonValue, type LogicalType, shorten, type Violation } from '@snapkeep/sdk';

/** What stands in the place of a value that nobody may see. */
export const MASKED = '***';

/** Documents up to this length are parsed again to show a number as it is written. */
const PARSED_AGAIN_CHARACTERS = 64 * 1024;

/** RFC 6901. */
function segmentsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** An array's length is its own too, but no member. */
function isMember(value: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, name);
}

function at(value: JsonValue | undefined, segments: readonly string[]): JsonValue | undefined {
  let found = value;
  for (const name of segments) {
    if (typeof found !== 'object' || found === null || !isMember(found, name)) return undefined;
    found = (found as { readonly [name: string]: JsonValue })[name];
  }
  return found;
}

/** TypeScript's library doesn't know them yet: https://tc39.es/proposal-json-parse-with-source/ */
interface JsonWithSource {
  rawJSON(text: string): JsonValue;
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): JsonValue;
}

/** A document whose numbers stay as they are written: 12345678901234567890 is not 12345678901234567000. */
function exactDocument(text: string): JsonValue | undefined {
  const json = JSON as unknown as JsonWithSource;
  try {
    return json.parse(text, (_, value, { source }) =>
      typeof value === 'number' && source !== undefined ? json.rawJSON(source) : value,
    );
  } catch {
    return undefined;
  }
}

/**
 * What stands at a pointer of a row, for people: the server's text of a column, JSON inside of one; shortened, control
 * characters escaped. `null` where it is NULL or isn't there.
 * @param limit - characters
 */
export function valueAt(
  pointer: string,
  text: string | null,
  type: LogicalType,
  row: JsonRow,
  limit?: number,
): string | null {
  const [column = '', ...inner] = segmentsOf(pointer);
  if (text === null) return null;
  if (inner.length === 0) return shorten(text, limit);
  const small = text.length <= PARSED_AGAIN_CHARACTERS;
  const exact = type.kind === 'json' && small ? exactDocument(text) : undefined;
  const found = exact === undefined ? at(row, [column, ...inner]) : at(exact, inner);
  if (found === undefined) return null;
  const shown = small || typeof found !== 'object' || found === null ? JSON.stringify(found) : text;
  return shorten(shown, limit);
}

/** Names of members are data too: of a masked column they aren't shown. */
export function maskedPointer(pointer: string): string {
  const [, column = '', ...inner] = pointer.split('/');
  return inner.length === 0 ? pointer : `/${column}/${MASKED}`;
}

type Told = Pick<Violation, 'column' | 'pointer' | 'message'>;

function textAt({ column, pointer, message }: Told, nameOf: (name: string) => string): string {
  if (column === '') return `the row ${message}`;
  const inner = segmentsOf(pointer).slice(1);
  return `${shorten([column, ...inner.map(nameOf)].join('/'), 120)} ${message}`;
}

/** What is broken, for people: `amount must be >= 0`, `details/lines/0/qty` with a star in the place of numbers, `the row must …`. */
export function ruleText(rule: Told): string {
  return textAt(rule, (name) => (/^\d+$/.test(name) ? '*' : name));
}

/** The same of one place of one row: `details/lines/0/qty must be >= 1`. */
export function violationText(violation: Told): string {
  return textAt(violation, (name) => name);
}
