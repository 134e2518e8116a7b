import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { requireReading, sqlFailed } from '../../src/pipeline/query-statement.ts';

async function verdictOf(sql: string): Promise<string> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run('CREATE VIEW orders AS SELECT 1 AS a, 2 AS b');
  try {
    await requireReading(connection, sql);
    await connection.stream(sql);
    return 'reads';
  } catch (error) {
    const { code, message, hint } = sqlFailed(error, ['orders', 'users']);
    expect(code).toBe('SNAPKEEP_SQL_FAILED');
    return `${message} | ${hint}`;
  } finally {
    connection.closeSync();
  }
}

test.each([
  'SELECT 1;',
  '-- why\nSELECT 1; -- done',
  'WITH x AS (SELECT 1) FROM x',
  'FROM orders',
  'VALUES (1)',
  'TABLE orders',
  'DESCRIBE orders',
  'SUMMARIZE orders',
  'SHOW TABLES',
  'EXPLAIN SELECT 1',
  'EXPLAIN ANALYZE FROM orders',
  '/* x */ EXPLAIN (FORMAT json) SELECT 1',
  'PIVOT orders ON a USING sum(b)',
  'UNPIVOT orders ON a, b',
  'FROM (PIVOT orders ON a USING sum(b));',
])('reads: %s', async (sql) => {
  expect(await verdictOf(sql)).toBe('reads');
});

test.each([
  ['DROP VIEW orders', 'DROP does not read'],
  ['SELECT 1; SELECT 2', 'there are 2 statements'],
  ['CREATE TABLE t (a int)', 'CREATE does not read'],
  ["COPY orders TO '/tmp/x.csv'", 'COPY does not read'],
  ["EXPLAIN ANALYZE COPY orders TO '/tmp/x.csv'", 'COPY does not read'],
  ["COPY (PIVOT orders ON a USING sum(b)) TO '/tmp/x.csv'", 'there are 4 statements'],
  ["PIVOT orders ON a USING sum(b); COPY orders TO '/tmp/x.csv'", 'there are 3 statements'],
  ['SET threads = 1', 'SET does not read'],
  ['', 'there is no statement'],
  [' ; -- nothing', 'there is no statement'],
  [`${'/* x */ '.repeat(5_000)}DROP VIEW orders`, 'DROP does not read'],
])('refused: %s', async (sql, why) => {
  expect(await verdictOf(sql)).toMatch(why);
});

test('a table that isn’t there is answered with our datasets', async () => {
  expect(await verdictOf('FROM ordrs')).toBe(
    'Catalog Error: Table with name ordrs does not exist! | Did you mean orders?',
  );
  expect(await verdictOf('FROM something')).toMatch(/does not exist! \| The datasets here: orders, users$/);
});
