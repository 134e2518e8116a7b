import { elementOf, isNested, type LogicalType, quoteLiteral } from '@snapkeep/sdk';
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
  return computedOnce(`len(${allOf(text, ELEMENT)})`, (count) =>
    computedOnce(`regexp_replace(${text}, ${quoteLiteral(ELEMENT)}, '${ITEM}', 'gs')`, (frame) => {
      // Where so many braces open at once, and no fewer, a list of that level begins.
      const lists = computedOnce(
        allOf(frame, String.raw`\{+`),
        (runs) => `list_transform(range(len(${runs}[1]) + 1), lambda ${level}: CASE WHEN ${level} = 0 THEN ${count}
          ELSE len(list_filter(${runs}, lambda ${run}: len(${run}) >= ${level})) END)`,
      );
      const extents = computedOnce(
        lists,
        (numbers) =>
          `list_transform(range(len(${numbers}) - 1, 0, -1), lambda ${dimension}: (${numbers}[${dimension}] // ${numbers}[${dimension} + 1])::INTEGER)`,
      );
      return computedOnce(
        extents,
        (found) => `CASE WHEN list_product(${found}) = ${count} AND ${frameOf(found)} = ${frame} THEN ${found} END`,
      );
    }),
  );
}

/** SQL: texts → their trees; NULL where one that is there has none. */
function treesOf(type: LogicalType, texts: string): string {
  return computedOnce(texts, (all) =>
    computedOnce(
      transformed(all, (text) => treeOf(type, text)),
      (trees) => `CASE WHEN list_count(${trees}) = list_count(${all}) THEN ${trees} END`,
    ),
  );
}

function listTree(element: LogicalType, text: string): string {
  const list = (items: string, extents = 'NULL::INTEGER[]') => `struct_pack(x := ${extents}, i := ${items})`;
  const items = transformed(allOf(text, ELEMENT), anyElement);
  const nested = computedOnce(
    extentsOf(text),
    (extents) => `CASE WHEN ${extents} IS NOT NULL THEN ${list(items, extents)} END`,
  );
  const texts = `CASE
    WHEN ${matches(text, String.raw`\{${several(BARE_ELEMENT)}\}`)} THEN ${list(transformed(`string_split(${within(text)}, ',')`, bareElement))}
    WHEN ${text} = '{}' THEN ${list('[]::VARCHAR[]')}
    WHEN ${matches(text, String.raw`\{${several(ELEMENT)}\}`)} THEN ${list(items)}
    WHEN starts_with(${text}, '{') THEN ${nested}
  END`;
  if (!isNested(element)) return texts;
  return computedOnce(texts, (tree) =>
    computedOnce(
      treesOf(element, `${tree}.i`),
      (trees) => `CASE WHEN ${trees} IS NOT NULL THEN ${list(trees, `${tree}.x`)} END`,
    ),
  );
}

/** A part of a struct: what it is made of, as a text. */
interface Part {
  readonly type: LogicalType;
  readonly text: string;
}

/** SQL: the struct of the trees of its parts; NULL where one that is there has none. */
function packed(parts: readonly Part[]): string {
  const fields = parts.map(({ type, text }, index) => `${fieldKey(index)} := ${treeOf(type, text)}`);
  const struct = `struct_pack(${fields.join(', ')})`;
  if (!parts.some(({ type }) => isNested(type))) return struct;
  return computedOnce(struct, (tree) => {
    const lost = parts.flatMap(({ type, text }, index) =>
      isNested(type) ? [`(${text} IS NOT NULL AND ${tree}.${fieldKey(index)} IS NULL)`] : [],
    );
    return `CASE WHEN NOT (${lost.join(' OR ')}) THEN ${tree} END`;
  });
}

function structTree(types: readonly { readonly type: LogicalType }[], text: string): string {
  const tree = computedOnce(transformed(allOf(`${within(text)} || ','`, `${FIELD},`), field), (fields) => {
    const parts = types.map(({ type }, index) => ({ type, text: `${fields}[${index + 1}]` }));
    return `CASE WHEN len(${fields}) = ${types.length} THEN ${packed(parts)} END`;
  });
  return `CASE WHEN ${matches(text, String.raw`\(${several(FIELD)}\)`)} THEN ${tree} END`;
}

const FLAG: LogicalType = { kind: 'boolean' };

/** As `shapeOf` of the SDK has it: lower, upper, lower_inc, upper_inc, empty. */
function rangeOf(of: LogicalType, lower: string, upper: string, flags: readonly string[]): string {
  return packed([{ type: of, text: lower }, { type: of, text: upper }, ...flags.map((text) => ({ type: FLAG, text }))]);
}

function rangeTree(of: LogicalType, text: string): string {
  const parts = String.raw`^([\[(])(${BOUND}),(${BOUND})([\])])$`;
  const found = `regexp_extract(${text}, ${quoteLiteral(parts)}, ['open', 'lower', 'upper', 'close'], 's')`;
  const flag = (condition: string) => `CASE WHEN ${condition} THEN 't' ELSE 'f' END`;
  const tree = computedOnce(found, (range) => {
    const flags = [flag(`${range}.open = '['`), flag(`${range}.close = ']'`), `'f'`];
    return rangeOf(of, bound(`${range}.lower`), bound(`${range}.upper`), flags);
  });
  return `CASE
    WHEN ${text} = 'empty' THEN ${rangeOf(of, 'NULL::VARCHAR', 'NULL::VARCHAR', [`'f'`, `'f'`, `'t'`])}
    WHEN ${matches(text, RANGE)} THEN ${tree}
  END`;
}

/** SQL: the text of a nested value → its tree; any other text → itself. */
export function treeOf(type: LogicalType, text: string): string {
  if (!isNested(type)) return text;
  if (type.kind === 'list') return listTree(elementOf(type).element, text);
  if (type.kind === 'struct') return structTree(type.fields, text);
  if (!type.multi) return rangeTree(type.of, text);
  const ranges = treesOf({ ...type, multi: false }, allOf(text, RANGE));
  return `CASE WHEN ${matches(text, String.raw`\{(?:${several(RANGE)})?\}`)} THEN ${ranges} END`;
}
