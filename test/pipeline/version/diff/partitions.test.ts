import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ColumnPlan, type Manifest, quoteLiteral } from '@snapkeep/sdk';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type Engine, openEngine, readParquet } from '../../../../src/engine/engine.ts';
import { countByKey, differencesByKey, type KeyedComparison } from '../../../../src/pipeline/version/diff/by-key.ts';
import { sharedColumns } from '../../../../src/pipeline/version/diff/forms.ts';
import { countAsMultiset } from '../../../../src/pipeline/version/diff/multiset.ts';
import { partition } from '../../../../src/pipeline/version/diff/partitions.ts';
import { emptySide, type Relation, type Side } from '../../../../src/pipeline/version/diff/side.ts';

const folder = await mkdtemp(join(tmpdir(), 'snapkeep-partitions-'));
const engine: Engine = await openEngine({ memoryLimitMB: 1024 });
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

let files = 0;

/** A version of these rows, sorted as an export would. @param select - SQL */
async function sideOf(select: string, version: number): Promise<[Side, Relation]> {
  files += 1;
  const file = join(folder, `${files}.parquet`);
  await engine.run(`COPY (${select}) TO ${quoteLiteral(file)} (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
  const source = readParquet([file]);
  const described = await engine.rows(`DESCRIBE SELECT * FROM ${source}`);
  const columns = described.map(
    ({ column_name, column_type }) =>
      ({ name: String(column_name), fileType: String(column_type), sourceType: 'any', nullable: true }) as ColumnPlan,
  );
  const rows = Number((await engine.row(`SELECT count(*) AS n FROM ${source}`)).n);
  const side = { version, columns, manifest: { rows } as Manifest };
  return [side, { ...emptySide(side), source: `${source} AS s`, files: [file], rows }];
}

function comparison(from: [Side, Relation], to: [Side, Relation], key: readonly string[]): KeyedComparison {
  const shared = sharedColumns(from[0].columns, to[0].columns);
  return {
    key: key.flatMap((name) => shared.filter((column) => column.name === name)),
    rest: shared.filter(({ name }) => !key.includes(name)),
    sides: { from, to },
    conditions: [],
    canonical: (value) => value,
  };
}

async function countAll(work: KeyedComparison, bytes: number) {
  const parts = await partition(engine, [work.sides.from, work.sides.to], work.key, bytes);
  const total = { parts: parts.length, added: 0, removed: 0, changed: 0, rows: 0 };
  for (const part of parts) {
    const { added, removed, changed } = await countByKey(engine, work, part);
    total.added += added;
    total.removed += removed;
    total.changed += changed;
    total.rows += Number((await engine.row(`SELECT count(*) AS n FROM (${differencesByKey(work, part)})`)).n);
  }
  return total;
}

const OLD = 'FROM range(0, 20000) t(i)';
const NEW = 'FROM range(100, 20150) t(i)';
const VALUE = `CASE WHEN i % 50 = 0 THEN NULL ELSE i END`;
const EXPECTED = { added: 150, removed: 100, changed: 398, rows: 648 };

test.each([
  ['whole numbers', 'i', true],
  ['texts', 'md5(i::VARCHAR)', true],
  ['texts with quotes', `'it''s ' || md5(i::VARCHAR)`, true],
  ['instants', `TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_seconds(i)`, true],
  ['decimals', 'i::DECIMAL(12,3) / 2', true],
  ['UUIDs', `md5(i::VARCHAR)::UUID`, true],
  ['bytes, which have no ranges', `md5(i::VARCHAR)::BLOB`, true],
])('parts of the key’s space give what the whole gives: %s', async (_, key) => {
  const order = 'ORDER BY id';
  const from = await sideOf(`SELECT ${key} AS id, i AS v, 'a' AS w ${OLD} ${order}`, 1);
  const to = await sideOf(`SELECT ${key} AS id, ${VALUE} AS v, 'a' AS w ${NEW} ${order}`, 2);
  const work = comparison(from, to, ['id']);
  expect(await countAll(work, Number.MAX_SAFE_INTEGER)).toEqual({ parts: 1, ...EXPECTED });
  const parted = await countAll(work, 200_000);
  expect(parted).toEqual({ parts: expect.any(Number), ...EXPECTED });
  expect(parted.parts).toBeGreaterThan(3);
});

test('a first column that divides nothing, or has another type now, is left to hashes of the whole key', async () => {
  const select = (type: string, value: string, range: string) =>
    `SELECT (i % 2)::${type} AS tenant, i AS id, ${value} AS v ${range} ORDER BY tenant, id`;
  const from = await sideOf(select('INTEGER', 'i', OLD), 1);
  for (const type of ['INTEGER', 'BIGINT', 'DOUBLE']) {
    const work = comparison(from, await sideOf(select(type, VALUE, NEW), 2), ['tenant', 'id']);
    const { parts, ...counts } = await countAll(work, 200_000);
    expect(parts).toBeGreaterThan(3);
    expect(counts).toEqual(EXPECTED);
  }
});

const value = fc.oneof(
  fc.constantFrom('NULL', `'NaN'::DOUBLE`, `'-0'::DOUBLE`, '0::DOUBLE', '1.5::DOUBLE', `'inf'::DOUBLE`),
  fc.integer({ min: 0, max: 3 }).map((n) => `${n}::DOUBLE`),
);
const text = fc.constantFrom('NULL', `''`, `'a'`, `'A'`, `'NULL'`);
const list = fc.constantFrom('NULL', '[]::INTEGER[]', '[NULL]::INTEGER[]', '[1]', '[1, 2]', '[2, 1]');
const row = fc.tuple(value, text, list);
const table = fc.uniqueArray(fc.tuple(fc.integer({ min: -3, max: 12 }), row), {
  selector: ([id]) => id,
  maxLength: 14,
});

/** The value as it is compared: -0 is 0. */
const seen = (cells: readonly string[]) => cells.join(' | ').replace(`'-0'::DOUBLE`, '0::DOUBLE');

/** @param width - 4 with the key, 3 without */
async function sideOfRows(
  rows: readonly (readonly string[])[],
  version: number,
  width: 3 | 4,
): Promise<[Side, Relation]> {
  const types = ['INTEGER', 'DOUBLE', 'VARCHAR', 'INTEGER[]'].slice(-width);
  const names = ['id', 'x', 't', 'l'].slice(-types.length);
  const selects = rows.map(
    (cells) => `SELECT ${cells.map((cell, at) => `${cell}::${types[at]} AS ${names[at]}`).join(', ')}`,
  );
  const none = `SELECT ${types.map((type, at) => `NULL::${type} AS ${names[at]}`).join(', ')} WHERE false`;
  return sideOf([none, ...selects].join(' UNION ALL '), version);
}

test('random tables: by key as a map of rows, without one as a bag of rows', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(table, table, async (old, now) => {
      const [before, after] = [new Map(old), new Map(now)];
      const rowsOf = (rows: typeof old) => rows.map(([id, cells]) => [String(id), ...cells]);
      const work = comparison(await sideOfRows(rowsOf(old), 1, 4), await sideOfRows(rowsOf(now), 2, 4), ['id']);
      const { added, removed, changed } = await countAll(work, 100);
      expect({ added, removed, changed }).toEqual({
        added: now.filter(([id]) => !before.has(id)).length,
        removed: old.filter(([id]) => !after.has(id)).length,
        changed: now.filter(([id, cells]) => before.has(id) && seen(before.get(id) ?? []) !== seen(cells)).length,
      });

      const [from, to] = [
        await sideOfRows(
          old.map(([, cells]) => cells),
          1,
          3,
        ),
        await sideOfRows(
          now.map(([, cells]) => cells),
          2,
          3,
        ),
      ];
      const bag = new Map<string, number>();
      for (const [, cells] of old) bag.set(seen(cells), (bag.get(seen(cells)) ?? 0) - 1);
      for (const [, cells] of now) bag.set(seen(cells), (bag.get(seen(cells)) ?? 0) + 1);
      const counts = [...bag.values()];
      const bags = { from: from[1], to: to[1], conditions: [], canonical: (sql: string) => sql };
      const columns = sharedColumns(to[0].columns, to[0].columns);
      expect(await countAsMultiset(engine, { ...bags, columns })).toEqual({
        added: counts.filter((n) => n > 0).reduce((sum, n) => sum + n, 0),
        removed: counts.filter((n) => n < 0).reduce((sum, n) => sum - n, 0),
      });
    }),
    { numRuns: 60 },
  );
});
