import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Engine, openEngine } from '../../../src/engine/engine.ts';
import { CsvFile } from '../../../src/pipeline/export/csv-file.ts';
import { readRowsCsv } from '../../../src/pipeline/export/stage-sql.ts';
import { TableFiller } from '../../../src/pipeline/export/table-filler.ts';

const ROW_GROUP = 122_880;
/** 16 MB for each vector of a third of the rows. */
const LONG_TEXTS = `CASE WHEN c0::BIGINT % ${ROW_GROUP} < 40_000 THEN repeat('x', 8_000) END`;

/** A table `t` with a number and a text, and what fills it from files. */
async function filling(options: { memoryLimitMB: number; most: number; text?: string }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'table-filler-'));
  const { memoryLimitMB, most, text = 'c1' } = options;
  const engine = await openEngine({
    file: { path: path.join(folder, 't.duckdb') },
    spillDirectory: path.join(folder, 's'),
    memoryLimitMB,
  });
  onTestFinished(async () => {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  });
  await engine.run('SET threads = 1');
  await engine.run('CREATE TABLE t (n BIGINT, text VARCHAR)');
  const read: string[] = [];
  const filler = new TableFiller(engine, memoryLimitMB, most, (file) => {
    read.push(path.basename(file.path));
    return [`INSERT INTO t SELECT c0::BIGINT, ${text} FROM ${readRowsCsv(file.path, ['c0', 'c1'])}`];
  });
  let files = 0;
  let rows = 0;
  /** So many more rows, numbered on. */
  const fileOf = async (count: number, width = 20): Promise<CsvFile> => {
    files += 1;
    const file = new CsvFile(path.join(folder, `${files}.csv`));
    for (let from = 0; from < count; from += 2_048) {
      const some = Array.from({ length: Math.min(2_048, count - from) }, (_, index) => {
        const n = rows + from + index;
        return `\u0001${n}\u0001,\u0001${String(n).repeat(width).slice(0, width)}\u0001\n`;
      });
      await file.write(Buffer.from(some.join('')), some.length);
    }
    rows += count;
    await file.end();
    return file;
  };
  const csvFiles = async () => (await readdir(folder)).filter((name) => name.endsWith('.csv'));
  return { engine, filler, fileOf, read, csvFiles, rows: () => rows };
}

/** Every number stands where it came. */
async function inOrder(engine: Engine, rows: number): Promise<boolean> {
  const found = await engine.row('SELECT count(*) AS n, bool_and(n = rowid) AS same FROM t');
  return Number(found.n) === rows && found.same === true;
}

test.each([1, 2, 3])('%d at once give rows in the order in which they came, and the files are gone', async (most) => {
  const { engine, filler, fileOf, csvFiles, rows } = await filling({ memoryLimitMB: 200, most });
  for (const count of [3 * ROW_GROUP, ROW_GROUP, ROW_GROUP, 2 * ROW_GROUP]) await filler.add(await fileOf(count), true);
  await filler.add(await fileOf(77), false);
  await filler.end();
  expect(await inOrder(engine, rows())).toBe(true);
  expect(await csvFiles()).toEqual([]);
});

test('nobody else can read the rows on their way', async () => {
  const { fileOf } = await filling({ memoryLimitMB: 200, most: 1 });
  const { path: file } = await fileOf(3);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a transaction takes one file after the other, however many rows they have', async () => {
  const { engine, filler, fileOf, csvFiles, rows } = await filling({ memoryLimitMB: 200, most: 2 });
  for (const count of [2_048, 3, 2_048, ROW_GROUP]) await filler.add(await fileOf(count), count === ROW_GROUP);
  for (let group = 0; group < 3; group += 1) {
    for (let file = 0; file < 4; file += 1) await filler.add(await fileOf(ROW_GROUP / 4), file === 3);
  }
  await filler.end();
  expect(await inOrder(engine, rows())).toBe(true);
  expect(await csvFiles()).toEqual([]);
});

test('of rows so wide that a row group can’t be kept twice the files are gone before their transaction ends', async () => {
  const { engine, filler, fileOf, csvFiles, rows } = await filling({ memoryLimitMB: 200, most: 2 });
  await filler.add(await fileOf(ROW_GROUP), true);
  for (let file = 0; file < 16; file += 1) await filler.add(await fileOf(8_192, 2_000), false);
  expect((await csvFiles()).length).toBeLessThan(12);
  await filler.add(await fileOf(1), true);
  await filler.add(await fileOf(ROW_GROUP), true);
  await filler.end();
  expect(await inOrder(engine, rows())).toBe(true);
});

test.each([1, 4])(
  'where memory doesn’t do for two transactions of %d files, they are filled one after the other',
  async (files) => {
    const { engine, filler, fileOf, read, csvFiles, rows } = await filling({
      memoryLimitMB: 24,
      most: 2,
      text: LONG_TEXTS,
    });
    for (let group = 0; group < 5; group += 1) {
      for (let file = 1; file <= files; file += 1) await filler.add(await fileOf(ROW_GROUP / files), file === files);
    }
    await filler.end();
    expect(await inOrder(engine, rows())).toBe(true);
    expect(read.length).toBeGreaterThan(5 * files);
    expect(await csvFiles()).toEqual([]);
  },
);

test('one that is filled alone, as memory was too short, waits for its next file without keeping all else from its turn', async () => {
  const { engine, filler, fileOf, read, rows } = await filling({ memoryLimitMB: 24, most: 2, text: LONG_TEXTS });
  await filler.add(await fileOf(ROW_GROUP), true);
  await filler.add(await fileOf(ROW_GROUP / 2), false);
  // Both have been begun once more by then.
  while (read.length < 4) await setTimeout(20);
  await setTimeout(1_000);
  await filler.add(await fileOf(ROW_GROUP / 2), true);
  await filler.end();
  expect(await inOrder(engine, rows())).toBe(true);
});

test('a statement that fails is told to whoever adds the next file, or ends', async () => {
  const { filler, fileOf } = await filling({
    memoryLimitMB: 200,
    most: 2,
    text: `CASE WHEN c0 = '9' THEN error('nine') END`,
  });
  const adding = async () => {
    for (;;) await filler.add(await fileOf(ROW_GROUP), true);
  };
  await expect(adding()).rejects.toThrow('nine');
  await filler.destroy();
  const other = await filling({ memoryLimitMB: 200, most: 2, text: `error('ten')` });
  await other.filler.add(await other.fileOf(10), false);
  await expect(other.filler.end()).rejects.toThrow('ten');
});

test('who gives up waits for nothing but what runs', async () => {
  const { filler, fileOf, csvFiles } = await filling({ memoryLimitMB: 200, most: 2 });
  for (let file = 0; file < 3; file += 1) await filler.add(await fileOf(ROW_GROUP), file === 1);
  await filler.destroy();
  expect(await csvFiles()).not.toEqual([]);
});
