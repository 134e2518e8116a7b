import {
  isNested,
  type LeafType,
  type LogicalType,
  parseInterval,
  parseNested,
  shapeOf,
  type TextTree,
} from '@snapkeep/sdk';

/**
 * How a nested value waits between server text and cast: as a JSON document whose leaves are the server's texts,
 * lists as arrays, structs as objects with the keys `f0`, `f1` …, whatever their fields are called.
 */
export function fieldKey(index: number): string {
  return `f${index}`;
}

/** DuckDB's type of that document: every leaf a text. */
export function treeType(type: LogicalType): string {
  if (!isNested(type)) return 'VARCHAR';
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

function documentOf(type: LogicalType, tree: TextTree): string {
  if (tree === null) return 'null';
  if (typeof tree === 'string' || !isNested(type)) {
    return JSON.stringify(isNested(type) ? tree : leafText(type, String(tree)));
  }
  const shape = shapeOf(type);
  if (shape.kind === 'list') return `[${tree.map((element) => documentOf(shape.of, element)).join(',')}]`;
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
