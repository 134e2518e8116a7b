import { quoteIdentifier } from '@snapkeep/sdk';

/** A column's type in the file, taken apart. */
export type FileType =
  | { readonly kind: 'plain'; readonly name: string }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly of: FileType }
  | { readonly kind: 'struct'; readonly fields: readonly StructField[] };

export interface StructField {
  readonly name: string;
  readonly type: FileType;
}

/** Reads a type as DuckDB writes it: `DECIMAL(12,2)`, `TIMESTAMP WITH TIME ZONE`, `STRUCT("a b" INTEGER, c DATE[])[]`. */
export function parseFileType(text: string): FileType {
  const [type, end] = typeAt(text.trim(), 0);
  return end === text.trim().length ? type : { kind: 'plain', name: text };
}

function typeAt(text: string, start: number): [FileType, number] {
  let [type, at] = /^STRUCT\(/i.test(text.slice(start, start + 7)) ? structAt(text, start + 7) : plainAt(text, start);
  while (text.startsWith('[]', at)) {
    type = { kind: 'list', of: type };
    at += 2;
  }
  return [type, at];
}

function plainAt(text: string, start: number): [FileType, number] {
  const name = /^[^(),[]*(\([^()]*\))?/.exec(text.slice(start))?.[0] ?? '';
  const [, precision, scale] = /^DECIMAL\((\d+),\s*(\d+)\)$/i.exec(name) ?? [];
  const type: FileType =
    precision === undefined
      ? { kind: 'plain', name: name.trim() }
      : { kind: 'decimal', precision: Number(precision), scale: Number(scale) };
  return [type, start + name.length];
}

function structAt(text: string, start: number): [FileType, number] {
  const fields: StructField[] = [];
  let at = start;
  while (at < text.length && text[at] !== ')') {
    const [begin, quoted, bare = ''] = /^(?:"((?:[^"]|"")*)"|([^\s"]+))\s+/.exec(text.slice(at)) ?? [];
    if (begin === undefined) break;
    const [type, end] = typeAt(text, at + begin.length);
    fields.push({ name: quoted?.replaceAll('""', '"') ?? bare, type });
    at = end + (/^,\s*/.exec(text.slice(end))?.[0].length ?? 0);
  }
  return [{ kind: 'struct', fields }, at + 1];
}

/** Decimal digits before the point that an integer type may need. */
const INTEGER_DIGITS: Readonly<Record<string, number>> = {
  TINYINT: 3,
  SMALLINT: 5,
  INTEGER: 10,
  BIGINT: 19,
  HUGEINT: 39,
};

/** Digits of a type that holds numbers exactly; `undefined` for every other. */
export function digitsOf(type: FileType): { readonly whole: number; readonly scale: number } | undefined {
  if (type.kind === 'decimal') return { whole: type.precision - type.scale, scale: type.scale };
  const whole = type.kind === 'plain' ? INTEGER_DIGITS[type.name] : undefined;
  return whole === undefined ? undefined : { whole, scale: 0 };
}

/** The type's name in SQL. */
export function fileTypeName(type: FileType): string {
  switch (type.kind) {
    case 'plain':
      return type.name;
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'list':
      return `${fileTypeName(type.of)}[]`;
    case 'struct':
      return `STRUCT(${type.fields.map(({ name, type: of }) => `${quoteIdentifier(name)} ${fileTypeName(of)}`).join(', ')})`;
  }
}
