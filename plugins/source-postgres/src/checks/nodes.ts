import type { Node } from 'libpg-query';

/** Why a condition stays SQL. */
export class NotExpressed extends Error {}

/** A constant: its digits or text, as written. */
export interface Constant {
  readonly kind: 'number' | 'text' | 'boolean';
  readonly text: string;
}

/** The last part of a qualified name; `undefined` where it is of another schema than pg_catalog. */
export function nameOf(parts: readonly Node[] | undefined): string | undefined {
  const names = (parts ?? []).map((part) => ('String' in part ? (part.String.sval ?? '') : ''));
  if (names.length > 1 && (names.length > 2 || names[0] !== 'pg_catalog')) return undefined;
  return names.at(-1);
}

const NUMBERS = ['int2', 'int4', 'int8', 'numeric', 'float4', 'float8'];

/** The constant that a node is, under its casts. */
export function constantOf(node: Node): Constant | undefined {
  if ('A_Const' in node) {
    const { ival, fval, sval, boolval } = node.A_Const;
    if (boolval) return { kind: 'boolean', text: String(boolval.boolval === true) };
    if (sval) return { kind: 'text', text: sval.sval ?? '' };
    if (fval) return { kind: 'number', text: fval.fval ?? '' };
    if (ival) return { kind: 'number', text: String(ival.ival ?? 0) };
    return undefined;
  }
  if (!('TypeCast' in node)) return undefined;
  const { arg, typeName } = node.TypeCast;
  const inner = arg && constantOf(arg);
  const name = nameOf(typeName?.names);
  // A negative number is written as a text: '-1'::integer.
  return inner?.kind === 'text' && name !== undefined && NUMBERS.includes(name)
    ? { kind: 'number', text: inner.text }
    : inner;
}

/** The constants of `ARRAY[…]`, under its casts. */
export function constantsOf(node: Node | undefined): Constant[] | undefined {
  if (!node) return undefined;
  if ('TypeCast' in node) return constantsOf(node.TypeCast.arg);
  if (!('A_ArrayExpr' in node)) return undefined;
  const constants = (node.A_ArrayExpr.elements ?? []).map(constantOf);
  return constants.every((constant) => constant !== undefined) ? constants : undefined;
}

/** The name of a column where the node is one, without a cast. */
export function columnNameOf(node: Node): string | undefined {
  if (!('ColumnRef' in node)) return undefined;
  const names = (node.ColumnRef.fields ?? []).map((field) => ('String' in field ? field.String.sval : undefined));
  return names.length === 1 ? names[0] : undefined;
}

/** Names of all columns that stand anywhere in a condition. */
export function columnsIn(node: Node): string[] {
  const names = new Set<string>();
  const visit = (value: unknown) => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === 'object' && value !== null) {
      const name = 'ColumnRef' in value ? columnNameOf(value as Node) : undefined;
      if (name !== undefined) names.add(name);
      for (const item of Object.values(value)) visit(item);
    }
  };
  visit(node);
  return [...names];
}
