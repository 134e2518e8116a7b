import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { dirtyProject } from './support/dirty-orders.ts';
import { createProject } from './support/project.ts';

interface Replayed {
  readonly items: readonly {
    readonly key: Record<string, string>;
    readonly state: string;
    readonly changed: string[];
  }[];
}

test('one row is shown whole, its rules and values too; a list of rows shortens them', async () => {
  const words = Array.from({ length: 40 }, (_, index) => `word${index}`);
  const project = await createProject({
    dvc: false,
    sql: `CREATE TABLE t (id int PRIMARY KEY, word text, "a/b~ c" text, doc jsonb, ${words.map((word) => `${word} int`).join(', ')});
      INSERT INTO t (id, word, "a/b~ c", doc) VALUES (1, repeat('x', 500) || 'END', 'y', '{"list": [1, "no"]}'), (2, 'word2', 'y', NULL);
      INSERT INTO t (id, word, ${words.join(', ')}) VALUES (3, 'word1', ${words.map(() => '7').join(', ')})`,
    datasets: { t: { table: 't', schema: 't.schema.json', onInvalid: 'quarantine' } },
  });
  await project.write({
    't.schema.json': {
      properties: {
        word: { enum: words },
        'a/b~ c': { const: null },
        doc: { $ref: '#/$defs/doc' },
        ...Object.fromEntries(words.map((word) => [word, { maximum: 6 }])),
      },
      $defs: { doc: { properties: { list: { items: { type: 'integer' } } } } },
    },
  });
  await project.data('export', 't');
  const list = await project.run('quarantine', 'show', 't');
  expect(list.stdout).toMatch(/^ +1 {2}word must be one of word0, .* and 10 more$/m);
  expect(list.stdout).toMatch(/and 33 more rules: --json$/m);
  expect(list.stdout).not.toContain('END');
  const { stdout } = await project.run('quarantine', 'show', 't', '--where', 'id=1');
  expect(stdout).toMatch(/^ {4}#\/properties\/word\/enum \["word0",.*"word39"\]$/m);
  expect(stdout).toMatch(/✗ word .*: x{500}END$/m);
  expect(stdout).toMatch(/^ {4}#\/properties\/a~1b~0%20c\/const null$/m);
  expect(stdout).toMatch(/✗ doc\/list\/1 must be integer: "no"\n {4}#\/\$defs\/doc.*\/type "integer"$/m);
  expect(stdout).toMatch(/^ {2}doc {5}\{"list": \[1, "no"\]\}$/m);
  const many = await project.run('quarantine', 'show', 't', '--where', 'id=3');
  for (const word of words) expect(many.stdout).toContain(`✗ ${word} must be <= 6: 7`);
  expect(await project.data('quarantine', 'show', 't', '--where', 'id=2')).toMatchObject({
    full: true,
    items: [{ violations: [{ rule: null, value: 'y' }] }],
  });
  expect(await project.data('quarantine', 'show', 't', '--limit', '1')).toMatchObject({ full: false, items: [{}] });
});

test('show, list, export say what is kept and why; replay says what would pass now, what is gone, what changed', async () => {
  const project = await dirtyProject({ onInvalid: 'quarantine' });
  await project.data('export', 'orders');
  expect(await project.data('quarantine', 'list')).toMatchObject({
    quarantines: [{ dataset: 'orders', version: 1, rows: 5, read: 40, path: expect.stringMatching(/\/quarantine$/) }],
  });
  const shown = await project.data('quarantine', 'show', 'orders', '--column', 'amount', '--limit', '1');
  expect(shown).toMatchObject({
    rows: 5,
    matching: 3,
    causes: [{ column: 'amount', pointer: '/amount', rows: 3 }, { rows: 1 }, { rows: 1 }, { rows: 1 }],
    items: [{ key: { order_id: '9' }, violations: [{ value: '-5.00' }], source: { amount: '-5.00' } }],
  });
  const { stdout } = await project.run('quarantine', 'show', 'orders');
  expect(stdout).toMatch(/^order_id=11 +customer +have at least 1 character +""\n +amount +be >= 0 +-5\.00$/m);
  expect(stdout).toMatch(/^order_id=20 +email .*\*\*\*$/m);
  expect(stdout).toMatch(/^order_id=30 +details\/lines\/\*\/qty +be >= 1 +-12345678901234567890$/m);
  expect((await project.run('quarantine', 'show', 'orders', '--where', 'order_id=20', '--full')).stdout).toMatch(
    /email +\*\*\*/,
  );
  expect(await project.failure('quarantine', 'show', 'orders', '--where', 'email=x')).toMatchObject({ exitCode: 2 });

  const file = path.join(project.root, 'bad.csv');
  expect(await project.data('quarantine', 'export', 'orders', '-o', file)).toMatchObject({
    rows: 5,
    masked: ['email'],
  });
  const csv = await readFile(file, 'utf8');
  expect(csv).toContain('customer must have at least 1 character; amount must be >= 0,11,"",-5.00');
  expect(csv).not.toContain('nobody at all');
  expect(await project.failure('quarantine', 'export', 'orders', '-o', file)).toMatchObject({ exitCode: 2 });
  const lines = (await project.run('quarantine', 'export', 'orders', '--format', 'ndjson', '--unmasked')).stdout;
  expect(
    lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).source.order_id),
  ).toEqual(['9', '10', '11', '20', '30']);
  expect(lines).toContain('nobody at all');

  await project.database.run(`UPDATE orders SET amount = 5 WHERE order_id IN (9, 11); DELETE FROM orders WHERE order_id = 10;
    UPDATE orders SET email = 'nobody' WHERE order_id = 20; ALTER TABLE orders ADD COLUMN later int`);
  const replayed = await project.data<Replayed>('quarantine', 'replay', 'orders');
  expect(replayed).toMatchObject({
    lookup: 'key',
    passes: { rows: 1, changed: 1 },
    fails: { rows: 3, changed: 2 },
    gone: { rows: 1, wouldPass: 0 },
    items: [
      { key: { order_id: '9' }, state: 'passes', changed: ['amount'], violations: [] },
      { key: { order_id: '10' }, state: 'gone', changed: null, violations: [{ column: 'amount' }] },
      { key: { order_id: '11' }, state: 'fails', changed: ['amount'], violations: [{ column: 'customer', value: '' }] },
      { state: 'fails', changed: ['email'], violations: [{ value: '***' }] },
      { state: 'fails', changed: [], violations: [{ column: 'details' }] },
    ],
  });
  await project.write({ 'next.json': { required: ['order_id'] } });
  expect(await project.data('quarantine', 'replay', 'orders', '--schema', 'next.json', '--only', 'gone')).toMatchObject(
    {
      passes: { rows: 4, changed: 3 },
      gone: { rows: 1, wouldPass: 1 },
      items: [{ state: 'gone', violations: [] }],
    },
  );
});

test('replay reads the table once where many rows are kept, and judges kept rows where there is no key', async () => {
  const schema = 'small.schema.json';
  const project = await createProject({
    sql: [
      `CREATE TABLE many (a text, b int, n int, PRIMARY KEY (a, b))`,
      `INSERT INTO many SELECT 'k' || i % 7, i, i FROM generate_series(1, 1000) AS i`,
      'CREATE TABLE bare (n int); INSERT INTO bare VALUES (1), (700), (700)',
    ],
    datasets: {
      many: { table: 'many', schema, onInvalid: 'quarantine' },
      bare: { table: 'bare', schema, onInvalid: 'quarantine' },
    },
  });
  await project.write({ [schema]: { properties: { n: { maximum: 500 } } } });
  expect(await project.data('export', 'many')).toMatchObject({ rows: 500, quarantine: { rows: 500 } });
  await project.database.run('DELETE FROM many WHERE b > 990; UPDATE many SET n = 1 WHERE b BETWEEN 601 AND 700');
  const replayed = await project.data<Replayed>('quarantine', 'replay', 'many', '--limit', '1000');
  expect(replayed).toMatchObject({
    passes: { rows: 100, changed: 100 },
    fails: { rows: 390, changed: 0 },
    gone: { rows: 10, wouldPass: 0 },
  });
  expect(replayed.items.filter(({ key, state }) => (state === 'gone') !== Number(key.b) > 990)).toEqual([]);

  expect(await project.data('export', 'bare')).toMatchObject({ rows: 1, quarantine: { rows: 2 } });
  expect(await project.data('quarantine', 'replay', 'bare')).toMatchObject({
    lookup: 'none',
    fails: { rows: 2, changed: 0 },
    items: [{ key: {}, changed: null }, {}],
  });
});
