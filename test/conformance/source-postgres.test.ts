import { sourceConformance } from '@snapkeep/sdk/conformance';
import { openSource } from '@snapkeep/source-postgres';
import { afterAll, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';

const database = await (await startPostgres()).createDatabase();
afterAll(() => database.drop());

const { password } = new URL(database.url);

const SETUP = `
  DROP TABLE IF EXISTS known, other;
  CREATE TABLE known (id integer PRIMARY KEY, name text, score numeric(6,2));
  INSERT INTO known SELECT i, CASE WHEN i % 3 <> 0 THEN 'name "' || i || '", ü' END, i FROM generate_series(1, 40) i;
  CREATE TABLE other (id integer PRIMARY KEY, name text);
  INSERT INTO other VALUES (1, 'one'), (2, NULL);
`;
const rows = Array.from({ length: 40 }, (_, index) => index + 1).map((i) => [
  `${i}`,
  i % 3 === 0 ? null : `name "${i}", ü`,
  `${i}.00`,
]);

const tests = sourceConformance({
  source: await openSource(),
  connection: { url: database.url },
  // A server named by SNAPKEEP_TEST_DATABASE_URL may want none.
  ...(password === '' ? {} : { secret: password }),
  known: { request: { tables: ['missing', 'known'] }, columns: ['id', 'name', 'score'], key: ['id'], rows },
  other: {
    request: { tables: ['public.other'] },
    columns: ['id', 'name'],
    key: ['id'],
    rows: [
      ['1', 'one'],
      ['2', null],
    ],
  },
  filtered: {
    filters: [
      { column: 'id', op: '>=', value: '10' },
      { column: 'score', op: '<', value: '12.00' },
    ],
    rows: rows.slice(9, 11),
  },
  change: async () => {
    await database.run(`DELETE FROM known WHERE id > 5; INSERT INTO known VALUES (100, 'new', 1)`);
  },
});

for (const { name, run } of tests) {
  test(name, async () => {
    await database.run(SETUP);
    await run();
  });
}
