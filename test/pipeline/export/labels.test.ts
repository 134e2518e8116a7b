import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteLiteral } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import { findLabels, sortLabelsAsNumbers } from '../../../src/pipeline/export/labels.ts';
import { chooseSort, sortIn, sortOtherwise, writtenByOne } from '../../../src/pipeline/export/sort-way.ts';
import { column, type Staged, stage } from '../../support/staged.ts';

const ROWS = 60_000;
const THREADS = "SELECT current_setting('threads')::VARCHAR AS threads";
const STATES = ['open', 'closed', '', 'ÄÖ 🙂', "it's", 'a state of more than twelve characters'];

/** In random order of their key; texts of every kind beside it. */
function stageTickets(rows: number): Promise<Staged> {
  const columns = [
    column('id', { kind: 'string' }, false),
    column('state "now"', { kind: 'enum', labels: STATES }, false),
    column('owner', { kind: 'string' }),
    column('title', { kind: 'string' }),
    column('nothing', { kind: 'string' }),
    column('document', { kind: 'json' }),
    column('points', { kind: 'integer', bits: 32 }),
  ];
  const texts = Array.from({ length: rows }, (_, n) => {
    const place = (n * 7_919) % rows;
    const owner = n % 7 === 0 ? null : `owner ${place % 900}`;
    return [`id ${place}`, STATES[n % STATES.length] ?? '', owner, `title ${n}`, null, '{"a":1}', String(n % 5)];
  });
  return stage(columns, texts, ['id']);
}

async function written({ staging, folder }: Staged, name: string): Promise<Buffer> {
  const path = join(folder, name);
  await staging.engine.run(`COPY (FROM snapshot) TO ${quoteLiteral(path)} (FORMAT parquet, ROW_GROUP_SIZE 20480)`);
  return readFile(path);
}

test('texts that repeat are found, but not those that are the key, different, long documents or never there', async () => {
  await using tickets = await stageTickets(20_000);
  const labels = await findLabels(tickets.staging);
  expect(labels.map(({ name }) => name)).toEqual(['state "now"', 'owner']);
  expect(labels[1]?.averageBytes).toBeGreaterThan(6);
  expect(labels[1]?.averageBytes).toBeLessThan(9);
});

test('sorted as numbers, in runs or not, by one thread or several, the rows make the same file', async () => {
  await using tickets = await stageTickets(ROWS);
  const { staging } = tickets;
  const { engine } = staging;
  const plain = await written(tickets, 'plain.parquet');
  const types = await engine.rows('DESCRIBE snapshot');
  const way = await chooseSort(staging, { rows: ROWS, characters: ROWS * 80 }, true);
  expect(way.labels).toHaveLength(2);
  await sortLabelsAsNumbers(staging, way.labels);
  expect(await engine.rows('DESCRIBE snapshot')).toEqual(types);
  const [view] = await engine.rows("SELECT sql FROM duckdb_views() WHERE view_name = 'snapshot'");
  expect(view?.sql).toMatch(/AS "label0".*AS "label1"/);
  const inRuns = { ...way, oneThread: true, inRuns: true };
  await sortIn(engine, inRuns);
  expect(plain.equals(await written(tickets, 'runs.parquet'))).toBe(true);
  const begun: unknown[] = [];
  const relation = writtenByOne(staging.relation(ROWS), engine, () => begun.push(engine.row(THREADS)));
  const byOne = {
    ...tickets,
    staging: { ...staging, engine: { ...engine, run: (sql: string) => relation.engine.run(`SELECT 1; ${sql}`) } },
  };
  expect(plain.equals(await written(byOne, 'planned.parquet'))).toBe(true);
  expect(await Promise.all(begun)).toEqual([{ threads: '1' }]);
  await sortOtherwise(staging, inRuns);
  // Once more, as after a failure.
  await sortLabelsAsNumbers(staging, way.labels);
  expect(plain.equals(await written(tickets, 'numbers.parquet'))).toBe(true);
});

test('few rows are sorted as they are, more than the memory holds by one thread that keeps what it can', async () => {
  await using tickets = await stageTickets(5_000);
  const { staging } = tickets;
  const wayOf = (rows: number, characters: number, whole = true) => chooseSort(staging, { rows, characters }, whole);
  const plain = { labels: [], inRuns: false, inRanges: false, plannedForSeveral: false };
  expect(await wayOf(5_000, 400_000)).toEqual({ ...plain, oneThread: false });
  expect(await wayOf(500_000, 500_000_000, false)).toEqual({ ...plain, oneThread: true });
  const byOne = { ...plain, labels: expect.anything(), oneThread: true, plannedForSeveral: true };
  expect(await wayOf(1_000_000, 500_000_000)).toEqual(byOne);
  expect(await wayOf(1_000_000, 500_000_000, false)).toEqual({ ...plain, oneThread: true });
  // Long ones in ranges of the key, unless they are few.
  expect(await wayOf(5_000, 30_000_000)).toEqual({ ...plain, oneThread: false });
  expect(await wayOf(5_000, 500_000_000)).toEqual({ ...plain, oneThread: true, inRanges: true });
  expect(await wayOf(5_000, 500_000_000, false)).toEqual({ ...plain, oneThread: true });
});
