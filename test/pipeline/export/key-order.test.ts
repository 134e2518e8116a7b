import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Column } from '@snapkeep/sdk';
import { parquetWriter } from '@snapkeep/write-parquet';
import { expect, test } from 'vitest';
import { contextOf } from '../../../plugins/source-postgres/test/support.ts';
import { isSurelyUnique } from '../../../src/pipeline/export/key-order.ts';
import { column, stage, type TextRow } from '../../support/staged.ts';

const INTEGER: Column['type'] = { kind: 'integer', bits: 64 };
const TEXT: Column['type'] = { kind: 'string' };

async function inOrder(columns: readonly Column[], rows: readonly TextRow[], key: readonly string[]): Promise<boolean> {
  await using staged = await stage(columns, rows, key);
  return staged.staging.inOrder;
}

test('rows whose key only grows need no sort', async () => {
  const id = column('id', INTEGER);
  expect(await inOrder([id], [['-1'], ['2'], ['10']], ['id'])).toBe(true);
  expect(await inOrder([id], [['1'], ['10'], ['2']], ['id'])).toBe(false);
  expect(await inOrder([id], [['1'], ['1'], ['2']], ['id'])).toBe(false);
  expect(await inOrder([id], [['1']], ['id'])).toBe(true);
  expect(await inOrder([id], [[null]], ['id'])).toBe(false);
  expect(await inOrder([id], [['1'], ['2'], [null]], ['id'])).toBe(false);
  expect(await inOrder([id], [['1']], [])).toBe(false);
});

test('a key of several columns grows from its first column to its last', async () => {
  const columns = [column('name', TEXT), column('n', INTEGER)];
  const key = ['name', 'n'];
  const rows = (...texts: string[]) => texts.map((text) => text.split(' '));
  expect(await inOrder(columns, rows('a 1', 'a 2', 'b 1', 'é 0'), key)).toBe(true);
  expect(await inOrder(columns, rows('a 1', 'a 1', 'b 1'), key)).toBe(false);
  expect(await inOrder(columns, rows('a 2', 'a 1', 'b 1'), key)).toBe(false);
  expect(await inOrder(columns, rows('a 1', 'B 2'), key)).toBe(false);
  expect(await inOrder(columns, [['a', null]], key)).toBe(false);
});

test('disorder far behind the first rows is seen', async () => {
  const rows = Array.from({ length: 20_000 }, (_, n) => [String(n)]);
  rows.push(['5']);
  expect(await inOrder([column('id', INTEGER)], rows, ['id'])).toBe(false);
});

test('the file is the same to the byte, whether the rows came in order or had to be sorted, by any number of threads', async () => {
  const columns = [column('id', INTEGER), column('word', TEXT), column('text', TEXT)];
  // More than one segment, whose ends are not those of the file's row groups.
  const rows = Array.from({ length: 180_000 }, (_, n) => [
    String(n),
    ['even', 'odd', null][n % 3] ?? null,
    `${n}`.repeat(1 + (n % 100)),
  ]);
  const hashes: string[] = [];
  const turned = [...rows.slice(70_001), ...rows.slice(0, 70_001)];
  for (const [ordered, given, threads] of [
    [true, rows, 2],
    [false, turned, 2],
    [false, turned, 1],
  ] as const) {
    await using staged = await stage(columns, given, ['id']);
    await staged.staging.engine.run(`SET threads = ${threads}`);
    expect(staged.staging.inOrder).toBe(ordered);
    const request = { directory: staged.folder, baseName: 'x', compression: 'zstd', rowGroupRows: 122_880 } as const;
    await parquetWriter.write({ ...request, staged: staged.staging.relation(rows.length), footer: {} }, contextOf());
    hashes.push(
      createHash('sha256')
        .update(await readFile(join(staged.folder, 'x.parquet')))
        .digest('hex'),
    );
  }
  expect(new Set(hashes).size).toBe(1);
});

test('a key that stands twice is found in whichever pass it falls', async () => {
  const rows = Array.from({ length: 3_000 }, (_, n) => [String(n)]);
  await using unique = await stage([column('id', INTEGER)], rows, ['id']);
  expect(await isSurelyUnique(unique.staging.engine, ['"id"'], 3_000_000)).toBe(true);
  await using twice = await stage([column('id', INTEGER)], [...rows, ['77']], ['id']);
  expect(await isSurelyUnique(twice.staging.engine, ['"id"'], 3_000_000)).toBe(false);
  await using empty = await stage([column('id', INTEGER)], [...rows, [null]], ['id']);
  expect(await isSurelyUnique(empty.staging.engine, ['"id"'], 3_000_000)).toBe(false);
});
