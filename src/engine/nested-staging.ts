import { type LogicalType, parseInterval, parseNested, shapeOf, type TextTree } from '@snapkeep/sdk';

/**
 * How a nested value waits between server text and cast: as a JSON document whose leaves are the server's texts,
 * lists as arrays, structs as objects with the keys `f0`, `f1` …, whatever their fields are called.
 */
export function fieldKey(index: number): string {
  return `f${index}`;
}

/** DuckDB's type of that document: every leaf a text. */
export function treeType(type: LogicalType): string {
  const shape = shapeOf(type);
  if (!shape) return 'VARCHAR';
  if (shape.kind === 'list') return `${treeType(shape.of)}[]`;
  return `STRUCT(${shape.fields.map((field, index) => `${fieldKey(index)} ${treeType(field.type)}`).join(', ')})`;
}

function documentOf(type: LogicalType, tree: TextTree): string {
  if (tree === null) return 'null';
  if (typeof tree === 'string') {
    if (type.kind !== 'interval') return JSON.stringify(tree);
    return `{${parseInterval(tree)
      .map((part, index) => `"${fieldKey(index)}":"${part}"`)
      .join(',')}}`;
  }
  const shape = shapeOf(type);
  if (shape?.kind === 'list') return `[${tree.map((element) => documentOf(shape.of, element)).join(',')}]`;
  const fields = shape?.fields ?? [];
  return `{${fields.map((field, index) => `"${fieldKey(index)}":${documentOf(field.type, tree[index] ?? null)}`).join(',')}}`;
}

/** Before a text that no list or struct can hold: no JSON begins so, though the text alone might be JSON (`[1,2]`). */
export const NOT_HELD = 'not held: ';

/** A nested column's text → the document. A text that no list or struct can hold stays: it is no JSON and is refused by name. */
export function stagedText(type: LogicalType): ((text: string) => string) | undefined {
  if (!shapeOf(type)) return undefined;
  return (text) => {
    try {
      return documentOf(type, parseNested(type, text));
    } catch {
      return `${NOT_HELD}${text}`;
    }
  };
}
