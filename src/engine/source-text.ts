import { isNested, type LogicalType, type NestedType, shapeOf } from '@snapkeep/sdk';
import { fieldKey, NOT_HELD } from './nested-staging.ts';

type Document = string | null | readonly Document[] | { readonly [key: string]: Document };

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function element(text: string | null): string {
  if (text === null) return 'NULL';
  return text === '' || text.toUpperCase() === 'NULL' || /[{}",\\\s]/.test(text)
    ? `"${text.replace(/["\\]/g, '\\$&')}"`
    : text;
}

/** https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX */
function field(text: string | null): string {
  if (text === null) return '';
  return text === '' || /[(),"\\\s]/.test(text) ? `"${text.replace(/["\\]/g, '$&$&')}"` : text;
}

function intervalText(parts: string): string {
  const [months, days, micros] = parts.split(' ').map(Number);
  return micros === undefined ? parts : `P${months}M${days}DT${micros / 1_000_000}S`;
}

function nestedText(type: NestedType, document: Document): string {
  const shape = shapeOf(type);
  if (shape.kind === 'list') {
    const elements = (document as readonly Document[]).map((inner) => {
      const text = textOf(shape.of, inner);
      return shape.of.kind === 'list' || type.kind === 'range' ? (text ?? 'NULL') : element(text);
    });
    return `{${elements.join(',')}}`;
  }
  const values = shape.fields.map((inner, index) =>
    textOf(inner.type, (document as { readonly [key: string]: Document })[fieldKey(index)] ?? null),
  );
  if (type.kind !== 'range') return `(${values.map(field).join(',')})`;
  const [lower = null, upper = null, lowerIncluded, upperIncluded, empty] = values;
  if (empty === 't') return 'empty';
  return `${lowerIncluded === 't' ? '[' : '('}${field(lower)},${field(upper)}${upperIncluded === 't' ? ']' : ')'}`;
}

function textOf(type: LogicalType, document: Document): string | null {
  if (document === null) return null;
  if (isNested(type)) return nestedText(type, document);
  return type.kind === 'interval' ? intervalText(String(document)) : String(document);
}

/** A staged text as the source gave it, or nearly so: for people. The inverse of `stagedText`. */
export function sourceText(type: LogicalType, staged: string): string {
  if (!isNested(type)) return type.kind === 'interval' ? intervalText(staged) : staged;
  if (staged.startsWith(NOT_HELD)) return staged.slice(NOT_HELD.length);
  return nestedText(type, JSON.parse(staged) as Document);
}
