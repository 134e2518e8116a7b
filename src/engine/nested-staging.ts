import {
  elementOf,
  isNested,
  type LeafType,
  type LogicalType,
  parseInterval,
  parseNested,
  shapeOf,
  type TextArray,
  type TextTree,
} from '@snapkeep/sdk';

/**
 * How a nested value waits between server text and cast: as a JSON document whose leaves are the server's texts, structs
 * as objects with the keys `f0`, `f1` …, whatever their fields are called. A list is an object too: `i` has its
 * elements in a row, `x` the extents of its dimensions where there is more than one. How many dimensions the column's
 * lists have is known only when all of them are there.
 */
export function fieldKey(index: number): string {
  return `f${index}`;
}

/** DuckDB's type of that document: every leaf a text. */
export function treeType(type: LogicalType): string {
  if (!isNested(type)) return 'VARCHAR';
  if (type.kind === 'list') return `STRUCT(x INTEGER[], i ${treeType(elementOf(type).element)}[])`;
  const shape = shapeOf(type);
  if (shape.kind === 'list') return `${treeType(shape.of)}[]`;
  return `STRUCT(${shape.fields.map((field, index) => `${fieldKey(index)} ${treeType(field.type)}`).join(', ')})`;
}

/** An interval's months, days and microseconds; what is none (`infinity`) stays. */
function intervalParts(text: string): string {
  try {
    return parseInterval(text).join(' ');
  } catch {
    return text;
  }
}

function leafText(type: LeafType, text: string): string {
  return type.kind === 'interval' ? intervalParts(text) : text;
}

function arrayDocument(element: LogicalType, { extents, items }: TextArray): string {
  const elements = `"i":[${items.map((item) => documentOf(element, item)).join(',')}]`;
  return extents.length > 1 ? `{"x":[${extents.join(',')}],${elements}}` : `{${elements}}`;
}

function documentOf(type: LogicalType, tree: TextTree): string {
  if (tree === null) return 'null';
  if (typeof tree === 'string' || !isNested(type)) {
    return JSON.stringify(isNested(type) ? tree : leafText(type, String(tree)));
  }
  if ('items' in tree) return arrayDocument(elementOf(type).element, tree);
  const shape = shapeOf(type);
  if (shape.kind === 'list') return `[${tree.map((range) => documentOf(shape.of, range)).join(',')}]`;
  return `{${shape.fields.map((field, index) => `"${fieldKey(index)}":${documentOf(field.type, tree[index] ?? null)}`).join(',')}}`;
}

/** Before a text that no list or struct can hold: no JSON begins so, though the text alone might be JSON (`[1,2]`). */
export const NOT_HELD = 'not held: ';

/** A column's text → what is staged for it, where that isn't the text: a nested one's document, an interval's parts. */
export function stagedText(type: LogicalType): ((text: string) => string) | undefined {
  if (type.kind === 'interval') return intervalParts;
  if (!isNested(type)) return undefined;
  return (text) => {
    try {
      return documentOf(type, parseNested(type, text));
    } catch {
      // It is no JSON, so that nothing is made of it.
      return `${NOT_HELD}${text}`;
    }
  };
}
