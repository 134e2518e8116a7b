import { elementOf, isNested, type LogicalType, type NestedType, shapeOf } from '@snapkeep/sdk';
import { layoutTypeOf } from './held-type.ts';
import { changeType } from './type-paths.ts';

type Document = string | boolean | null | readonly Document[] | { readonly [key: string]: Document };

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function elementText(text: string | null): string {
  if (text === null) return 'NULL';
  return text === '' || text.toUpperCase() === 'NULL' || /[{}",\\\s]/.test(text)
    ? `"${text.replace(/["\\]/g, '\\$&')}"`
    : text;
}

/** https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX */
function fieldText(text: string | null): string {
  if (text === null) return '';
  return text === '' || /[(),"\\\s]/.test(text) ? `"${text.replace(/["\\]/g, '$&$&')}"` : text;
}

function bracedText(texts: readonly string[], [, ...inner]: readonly number[]): string {
  if (inner.length === 0) return `{${texts.join(',')}}`;
  const size = inner.reduce((product, extent) => product * extent, 1);
  const groups = Array.from({ length: texts.length / size }, (_, index) =>
    bracedText(texts.slice(index * size, (index + 1) * size), inner),
  );
  return `{${groups.join(',')}}`;
}

function listText(type: LogicalType, document: { readonly [key: string]: Document }): string {
  const { element } = elementOf(type);
  const items = (document.i as readonly Document[]).map((item) => elementText(textOf(element, item)));
  return bracedText(items, (document.x as readonly unknown[] | null | undefined)?.map(Number) ?? []);
}

function nestedText(type: NestedType, document: Exclude<Document, string | boolean | null>): string {
  if (type.kind === 'list') return listText(type, document as { readonly [key: string]: Document });
  const shape = shapeOf(type);
  const parts = Object.values(document);
  if (shape.kind === 'list') return `{${parts.map((range) => textOf(shape.of, range)).join(',')}}`;
  const values = shape.fields.map((inner, index) => textOf(inner.type, parts[index] ?? null));
  if (type.kind !== 'range') return `(${values.map(fieldText).join(',')})`;
  const [lower = null, upper = null, lowerIncluded, upperIncluded, empty] = values;
  if (empty === 't') return 'empty';
  return `${lowerIncluded === 't' ? '[' : '('}${fieldText(lower)},${fieldText(upper)}${upperIncluded === 't' ? ']' : ')'}`;
}

function textOf(type: LogicalType, document: Document): string | null {
  if (document === null) return null;
  if (isNested(type)) return typeof document === 'object' ? nestedText(type, document) : String(document);
  if (type.kind === 'boolean') return String(document).startsWith('t') ? 't' : 'f';
  return String(document);
}

/** A staged value as the source gave it, or nearly so: for people. @param document - of {@link documentExpression} */
export function sourceText(type: LogicalType, document: string): string {
  return textOf(type, JSON.parse(document) as Document) ?? '';
}

/** SQL: a staged value → a document for {@link sourceText}. @param held - what the file holds */
export function documentExpression(held: LogicalType, staged: string): string {
  const texts = changeType(held, { leaf: () => ({ kind: 'string' }) });
  return `to_json(CAST(${staged} AS ${layoutTypeOf(texts)}))::VARCHAR`;
}
