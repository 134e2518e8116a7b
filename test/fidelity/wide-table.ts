import { quoteIdentifier } from '@snapkeep/sdk';
import { startPostgres, type TestDatabase } from '../support/postgres.ts';
import { CASES as ALL_CASES, SCALARS as ALL_SCALARS, differs, literal, type TypeCase } from './cases.ts';
import { postgresText, type ReadColumn } from './read-value.ts';

/** One column of the table: a type as it is, or inside of something else. */
export interface Column {
  readonly name: string;
  readonly sql: string;
  /** The case's own type, for the comparison of what it is part of. */
  readonly leaf: TypeCase;
  readonly container: 'none' | 'array' | 'composite' | 'composites' | 'domain' | 'range' | 'multirange';
  /** A SQL expression for each row; NULL where a row has none. */
  readonly values: readonly string[];
}

const version = await (await startPostgres()).version();
const isHere = ({ since = 0, mixed = false }: TypeCase) => version >= since && !mixed;
const CASES = ALL_CASES.filter(isHere);
const SCALARS = ALL_SCALARS.filter(isHere);

/** Types of which PostgreSQL has an order, and so ranges. */
const ORDERED = [
  'integer',
  'bigint',
  'double',
  'numeric',
  'text',
  'bytea',
  'uuid',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'interval',
  'inet',
  'enum',
  'money',
];

const valuesOf = (leaf: TypeCase) => [...leaf.values, null].map((value) => literal(leaf.sql, value));

function inContainers(leaf: TypeCase): Column[] {
  const { name, sql } = leaf;
  const values = valuesOf(leaf);
  const all = values.join(', ');
  const composite = values.map(
    (value, index) => `ROW(${value}, ARRAY[${values[index + 1] ?? value}, NULL]::${sql}[])::struct_${name}`,
  );
  const columns: Column[] = [
    {
      name: `${name} in an array`,
      container: 'array',
      sql: `${sql}[]`,
      leaf,
      values: [`ARRAY[${all}]::${sql}[]`, `'{}'`, `'{NULL}'`, 'NULL'],
    },
    {
      name: `${name} in a composite`,
      container: 'composite',
      sql: `struct_${name}`,
      leaf,
      values: [...composite, 'ROW(NULL, NULL)', 'NULL'],
    },
    { name: `${name} in a domain`, container: 'domain', sql: `domain_${name}`, leaf, values },
    {
      name: `${name} in composites in an array`,
      container: 'composites',
      sql: `struct_${name}[]`,
      leaf,
      values: [`ARRAY[${composite.join(', ')}, NULL, ROW(NULL, NULL)]::struct_${name}[]`, `'{}'`, 'NULL'],
    },
  ];
  if (!ORDERED.includes(name)) return columns;
  const type = `range_${name}`;
  const end = (order: string) =>
    `(SELECT v FROM unnest(ARRAY[${all}]) AS v WHERE v IS NOT NULL ORDER BY v ${order} LIMIT 1)`;
  const [least, most] = [end('ASC'), end('DESC')];
  const ranges = [
    `${type}(${least}, ${most}, '[)')`,
    `${type}(NULL, ${most}, '()')`,
    `${type}(${least}, NULL, '[]')`,
    `'empty'`,
  ];
  return [
    ...columns,
    { name: `${name} in a range`, container: 'range', sql: type, leaf, values: [...ranges, 'NULL'] },
    {
      name: `${name} in a multirange`,
      container: 'multirange',
      sql: `multi_${name}`,
      leaf,
      values: [`multi_${name}(${type}(NULL, ${least}), ${type}(${most}, NULL))`, `'{}'`, 'NULL'],
    },
  ];
}

function preludeOf({ name, sql, prelude = [] }: TypeCase): string[] {
  return [
    ...prelude,
    `CREATE TYPE struct_${name} AS (one ${sql}, "many, ""quoted""" ${sql}[])`,
    `CREATE DOMAIN domain_${name} AS ${sql}`,
    ...(ORDERED.includes(name)
      ? [`CREATE TYPE range_${name} AS RANGE (subtype = ${sql}, multirange_type_name = multi_${name})`]
      : []),
  ];
}

export const COLUMNS: readonly Column[] = [
  ...CASES.map((leaf) => ({
    name: leaf.name,
    container: 'none' as const,
    sql: leaf.sql,
    leaf,
    values: valuesOf(leaf),
  })),
  ...SCALARS.flatMap(inContainers),
];
/** The longest column's; ids from 0. */
export const ROWS = Math.max(...COLUMNS.map(({ values }) => values.length));

/** The tables `wide`, with every value, and `back`, empty, with the same columns. */
export async function createWideTable(database: TestDatabase): Promise<void> {
  for (const statement of [
    ...CASES.flatMap((one) => one.prelude ?? []),
    ...SCALARS.flatMap((leaf) => preludeOf({ ...leaf, prelude: [] })),
  ]) {
    await database.run(statement);
  }
  for (const table of ['wide', 'back']) {
    const columns = COLUMNS.map(({ name, sql }) => `${quoteIdentifier(name)} ${sql}`);
    await database.run(`CREATE TABLE ${table} (id integer PRIMARY KEY, ${columns.join(', ')})`);
  }
  for (let row = 0; row < ROWS; row += 1) {
    const values = COLUMNS.map(({ values: of }) => of[row] ?? 'NULL');
    await database.run(`INSERT INTO wide VALUES (${row}, ${values.join(', ')})`);
  }
}

/** Columns whose values PostgreSQL finds different after they came back, with the first such row. */
export async function differences(database: TestDatabase, read: readonly ReadColumn[]): Promise<unknown[]> {
  await database.run('TRUNCATE back');
  const ids = read[0]?.values ?? [];
  for (const [row, id] of ids.entries()) {
    const values = COLUMNS.map(({ sql }, index) => {
      const column = read[index + 1];
      return column ? literal(sql, postgresText(column.type, column.values[row] ?? null)) : 'NULL';
    });
    await database.run(`INSERT INTO back VALUES (${[String(id), ...values].join(', ')})`);
  }
  const found: unknown[] = [];
  for (const { name, sql, leaf } of COLUMNS) {
    const column = quoteIdentifier(name);
    const differ = differs(/^num/.test(leaf.sql) ? leaf.sql : sql, `a.${column}`, `b.${column}`);
    const { rows } = await database.run(
      `SELECT id, format('%s', a.${column}) AS server, format('%s', b.${column}) AS file FROM wide a FULL JOIN back b USING (id) WHERE ${differ} ORDER BY id LIMIT 1`,
    );
    if (rows.length > 0) found.push({ name, ...rows[0] });
  }
  return found;
}
