import type { Column } from '@snapkeep/sdk';

/** Other names that PostgreSQL takes for a type (https://www.postgresql.org/docs/current/datatype.html). */
const ALIASES: Readonly<Record<string, string>> = {
  bool: 'boolean',
  bpchar: 'character',
  char: 'character',
  decimal: 'numeric',
  float4: 'real',
  float8: 'double precision',
  int: 'integer',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  time: 'time without time zone',
  timestamp: 'timestamp without time zone',
  timestamptz: 'timestamp with time zone',
  timetz: 'time with time zone',
  varbit: 'bit varying',
  varchar: 'character varying',
};

/** `numeric(10,2)` → `numeric`, `timestamp(3) with time zone` → `timestamp with time zone`; names in quotes stay. */
function withoutModifier(sourceType: string): string {
  const bare = sourceType.replace(/("(?:[^"]|"")*")|\([^()]*\)/g, (_, quoted: string | undefined) => quoted ?? '');
  return bare.replace(/^interval [a-z ]+/, 'interval');
}

function aliased(name: string): string {
  const element = name.replace(/(\[\])+$/, '');
  return Object.hasOwn(ALIASES, element) ? `${ALIASES[element]}${name.slice(element.length)}` : name;
}

/** Whether that is the source's name of the column's type, without its modifier, or an alias of it. */
export function hasTypeName({ sourceType }: Column, name: string): boolean {
  return withoutModifier(sourceType) === aliased(name);
}

/** Whether the column is of this logical kind. */
export function hasKind({ type }: Column, name: string): boolean {
  return type.kind === name;
}
