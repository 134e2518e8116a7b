import { elementOf, isNested, type LogicalType, type NestedType, quoteLiteral, shapeOf } from '@snapkeep/sdk';
import { partsOf } from './held-type.ts';
import { computedOnce, parameter, transformed } from './lambda.ts';

/*
 * How a nested value's text becomes a tree of texts, in SQL: PostgreSQL's array, record and range output
 * (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO, rowtypes.html#ROWTYPES-IO-SYNTAX, rangetypes.html#RANGETYPES-IO)
 * → structs with the fields `f0`, `f1` …, whatever theirs are called, and lists as layout.ts has them: `i` are the elements in a
 * row, `x` the extents of the dimensions where there is more than one. NULL where the text is of another form, ragged, or has bounds that no list
 * holds. `parseNested` of the SDK reads the same forms for validators.
 */

export function fieldKey(index: number): string {
  return `f${index}`;
}

/** RE2, with `s`: within quotes a backslash makes the next character itself, and a doubled quote is one. */
const QUOTED = String.raw`"(?:[^"\\]|""|\\.)*"`;
const BARE_ELEMENT = String.raw`[^{},"\\]+`;
const ELEMENT = `(?:${QUOTED}|${BARE_ELEMENT})`;
const FIELD = String.raw`(?:${QUOTED}|[^"(),\\]*)`;
const BOUND = String.raw`(?:${QUOTED}|[^"()\[\],\\]*)`;
const RANGE = String.raw`[\[(]${BOUND},${BOUND}[\])]`;

const several = (one: string) => `${one}(?:,${one})*`;
const matches = (text: string, pattern: string) => `regexp_full_match(${text}, ${quoteLiteral(pattern)}, 's')`;
const allOf = (text: string, pattern: string) => `regexp_extract_all(${text}, ${quoteLiteral(pattern)}, 0, 's')`;
/** Without the brackets around it. */
const within = (text: string) => `${text}[2:-2]`;

/** SQL: what stands between quotes → what it says. */
function unquoted(inner: string): string {
  return `CASE WHEN contains(${inner}, '"') OR contains(${inner}, '\\') THEN regexp_replace(${inner}, '["\\\\](.)', '\\1', 'gs') ELSE ${inner} END`;
}

/** Alone NULL is none, in quotes it is a text. */
const bareElement = (item: string) =>
  `CASE WHEN strlen(${item}) = 4 AND upper(${item}) = 'NULL' THEN NULL ELSE ${item} END`;
const anyElement = (item: string) =>
  `CASE WHEN starts_with(${item}, '"') THEN ${unquoted(within(item))} ELSE ${bareElement(item)} END`;
/** Nothing at all is NULL. */
const bound = (item: string) =>
  `CASE WHEN starts_with(${item}, '"') THEN ${unquoted(within(item))} WHEN ${item} <> '' THEN ${item} END`;
/** With the comma behind it. */
const field = (item: string) =>
  `CASE WHEN starts_with(${item}, '"') THEN ${unquoted(`${item}[2:-3]`)} WHEN ${item} <> ',' THEN ${item}[:-2] END`;

/** An element, in the frame of an array: its braces and commas. */
const ITEM = 'x';

/** SQL: extents → the frame of such an array. */
function frameOf(extents: string): string {
  const [inner, extent] = [parameter(), parameter()];
  const wrapped = `'{' || substr(repeat(',' || ${inner}, ${extent}::INTEGER), 2) || '}'`;
  return `list_reduce(list_reverse(${extents}::VARCHAR[]), lambda ${inner}, ${extent}: ${wrapped}, '${ITEM}')`;
}

/**
 * SQL: the extents of a list of several dimensions; NULL where it is ragged.
 * @param text - a brace to begin with
 */
function extentsOf(text: string): string {
  const [level, dimension, run] = [parameter(), parameter(), parameter()];
  const frame = `regexp_replace(${text}, ${quoteLiteral(ELEMENT)}, '${ITEM}', 'gs')`;
  const facts = `struct_pack(items := len(${allOf(text, ELEMENT)}), braces := ${allOf(frame, String.raw`\{+`)})`;
  return computedOnce(facts, (array) => {
    // Where so many braces open at once, and no fewer, a list of that level begins.
    const lists = `list_transform(range(len(${array}.braces[1]) + 1), lambda ${level}: CASE WHEN ${level} = 0 THEN ${array}.items
      ELSE len(list_filter(${array}.braces, lambda ${run}: len(${run}) >= ${level})) END)`;
    return computedOnce(lists, (numbers) => {
      const extents = `list_transform(range(len(${numbers}) - 1, 0, -1), lambda ${dimension}: (${numbers}[${dimension}] // ${numbers}[${dimension} + 1])::INTEGER)`;
      return computedOnce(
        extents,
        (found) =>
          `CASE WHEN list_product(${found}) = ${array}.items AND ${frameOf(found)} = ${frame} THEN ${found} END`,
      );
    });
  });
}

/** Within another value a text without a tree must not be NULL, or the whole would be held without it: it is an error, which {@link treeOf} takes for NULL. */
const orError = (text: string, depth: number) => (depth === 0 ? '' : `WHEN ${text} IS NOT NULL THEN error(${text})`);

function listTree(element: LogicalType, text: string, depth: number): string {
  const list = (items: string, extents = 'NULL::INTEGER[]') => `struct_pack(x := ${extents}, i := ${items})`;
  const items = transformed(allOf(text, ELEMENT), anyElement);
  const nested = computedOnce(
    extentsOf(text),
    (extents) => `CASE WHEN ${extents} IS NOT NULL THEN ${list(items, extents)} ${orError(text, depth)} END`,
  );
  const texts = `CASE
    WHEN ${matches(text, String.raw`\{${several(BARE_ELEMENT)}\}`)} THEN ${list(transformed(`string_split(${within(text)}, ',')`, bareElement))}
    WHEN ${text} = '{}' THEN ${list('[]::VARCHAR[]')}
    WHEN ${matches(text, String.raw`\{${several(ELEMENT)}\}`)} THEN ${list(items)}
    WHEN starts_with(${text}, '{') THEN ${nested}
    ${orError(text, depth)} END`;
  if (!isNested(element)) return texts;
  // Not computed once: where lambdas stand in one another DuckDB plans each twice as often as the one around it.
  const trees = transformed(`(${texts}).i`, (item) => nestedTree(element, item, depth + 1));
  return `CASE WHEN (${texts}) IS NOT NULL THEN ${list(trees, `(${texts}).x`)} END`;
}

/** A part of a struct: what it is made of, as a text. */
interface Part {
  readonly type: LogicalType;
  readonly text: string;
}

/** SQL: the struct of the trees of its parts. */
function packed(parts: readonly Part[], depth: number): string {
  const fields = parts.map(({ type, text }, index) => `${fieldKey(index)} := ${nestedTree(type, text, depth + 1)}`);
  return `struct_pack(${fields.join(', ')})`;
}

function structTree(types: readonly { readonly type: LogicalType }[], text: string, depth: number): string {
  const tree = computedOnce(transformed(allOf(`${within(text)} || ','`, `${FIELD},`), field), (fields) => {
    const parts = types.map(({ type }, index) => ({ type, text: `${fields}[${index + 1}]` }));
    return `CASE WHEN len(${fields}) = ${types.length} THEN ${packed(parts, depth)} ${orError(text, depth)} END`;
  });
  return `CASE WHEN ${matches(text, String.raw`\(${several(FIELD)}\)`)} THEN ${tree} ${orError(text, depth)} END`;
}

const FLAG: LogicalType = { kind: 'boolean' };

/** As `shapeOf` of the SDK has it: lower, upper, lower_inc, upper_inc, empty. */
function rangeOf(of: LogicalType, lower: string, upper: string, flags: readonly string[], depth: number): string {
  const bounds = [lower, upper].map((text) => ({ type: of, text }));
  return packed([...bounds, ...flags.map((text) => ({ type: FLAG, text }))], depth);
}

function rangeTree(of: LogicalType, text: string, depth: number): string {
  const parts = String.raw`^([\[(])(${BOUND}),(${BOUND})([\])])$`;
  const found = `regexp_extract(${text}, ${quoteLiteral(parts)}, ['open', 'lower', 'upper', 'close'], 's')`;
  const flag = (condition: string) => `CASE WHEN ${condition} THEN 't' ELSE 'f' END`;
  const tree = computedOnce(found, (range) => {
    const flags = [flag(`${range}.open = '['`), flag(`${range}.close = ']'`), `'f'`];
    return rangeOf(of, bound(`${range}.lower`), bound(`${range}.upper`), flags, depth);
  });
  const none = 'CAST(NULL AS VARCHAR)';
  return `CASE
    WHEN ${text} = 'empty' THEN ${rangeOf(of, none, none, [`'f'`, `'f'`, `'t'`], depth)}
    WHEN ${matches(text, RANGE)} THEN ${tree}
    ${orError(text, depth)} END`;
}

/** @param depth - how many values it stands in */
function nestedTree(type: LogicalType, text: string, depth: number): string {
  if (!isNested(type)) return text;
  if (type.kind === 'list') return listTree(elementOf(type).element, text, depth);
  if (type.kind === 'struct') return structTree(type.fields, text, depth);
  if (!type.multi) return rangeTree(type.of, text, depth);
  const ranges = transformed(allOf(text, RANGE), (range) => nestedTree({ ...type, multi: false }, range, depth + 1));
  return `CASE WHEN ${matches(text, String.raw`\{(?:${several(RANGE)})?\}`)} THEN ${ranges} ${orError(text, depth)} END`;
}

/** SQL: the text of a nested value → its tree; any other text → itself. */
export function treeOf(type: NestedType, text: string): string {
  const parts = type.kind === 'list' ? [elementOf(type).element] : partsOf(shapeOf(type));
  const tree = nestedTree(type, text, 0);
  return parts.some(isNested) ? `TRY(${tree})` : tree;
}
