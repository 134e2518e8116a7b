import { isSnapkeepError } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { openSource } from '../src/index.ts';
import { type Fate, startMessageProxy } from './message-proxy.ts';
import { allRows, contextOf } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  await database.run('CREATE TABLE few AS SELECT i AS n, i::text AS t FROM generate_series(1, 11) i');
});
afterAll(() => database.drop());

interface Outcome {
  /** What a session says of the table and its rows, where it came to its end. */
  readonly whole?: unknown;
  readonly code?: string;
  readonly seen: readonly string[];
}

/** One session through a proxy: described, read in batches of four, finished. */
async function readThrough(fate: (index: number, type: string) => Fate): Promise<Outcome> {
  const proxy = await startMessageProxy(database.url, fate);
  const url = new URL(database.url);
  url.port = String(proxy.port);
  url.search = '?sslmode=disable';
  const context = contextOf({ settings: { stallSeconds: 0.4, connectTimeoutSeconds: 0.6 } });
  try {
    const request = { connection: { url: url.toString() }, relations: [{ tables: ['few'] }], jobs: 1 };
    const session = await openSource().open(request, context);
    try {
      const rows = await allRows(session, {}, 4, context);
      await session.finish(context);
      return { whole: { relations: session.relations, rows }, seen: [...proxy.seen] };
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!isSnapkeepError(error)) throw error;
    return { code: error.code, seen: [...proxy.seen] };
  } finally {
    await proxy.close();
  }
}

/** Many at once: most wait for a message that never comes. */
async function forEachMessage(count: number, look: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let index = next++; index < count; index = next++) await look(index);
  };
  await Promise.all(Array.from({ length: 12 }, work));
}

test('a stream that is cut after any message is never a success', async () => {
  const reference = await readThrough(() => 'pass');
  expect(reference.whole).toMatchObject({ rows: { length: 11 } });
  const { seen } = reference;
  const lastTag = seen.lastIndexOf('C');
  const codes = new Set<string>();
  await forEachMessage(seen.length, async (cut) => {
    const { whole, code } = await readThrough((index) => (index === cut ? 'cut' : 'pass'));
    // After the tag of COMMIT nothing is missing but the good-bye.
    if (cut <= lastTag) expect(whole, `cut at ${cut} (${seen[cut]})`).toBeUndefined();
    codes.add(code ?? 'whole');
  });
  for (const code of codes) expect(code).toMatch(/^(whole|SNAPKEEP_SOURCE_(LOST|UNREACHABLE|STALLED|AUTH))$/);
});

test('a message that gets lost on the way is noticed, or it was of no consequence', async () => {
  const { whole: expected, seen } = await readThrough(() => 'pass');
  const lost = new Map<string, Set<string>>();
  await forEachMessage(seen.length, async (drop) => {
    const { whole, code } = await readThrough((index) => (index === drop ? 'drop' : 'pass'));
    const type = seen[drop] ?? '';
    if (whole !== undefined) expect(whole, `without message ${drop} (${type})`).toEqual(expected);
    lost.set(type, (lost.get(type) ?? new Set()).add(code ?? 'whole'));
  });
  // A row, or the word that it was the last one.
  for (const type of ['D', 'C']) expect([...(lost.get(type) ?? [])], type).not.toContain('whole');
});

test('every row of the scan counts, and so does the end of it', async () => {
  for (const [type, nth] of [
    ['D', -1],
    ['D', -4],
    ['D', -11],
    ['s', -1],
    ['C', -2],
  ] as const) {
    const { seen } = await readThrough(() => 'pass');
    const positions = seen.flatMap((found, index) => (found === type ? [index] : []));
    const drop = positions.at(nth);
    const { whole, code } = await readThrough((index) => (index === drop ? 'drop' : 'pass'));
    expect(whole, `${type} ${nth}`).toBeUndefined();
    expect(code).toMatch(/^SNAPKEEP_SOURCE_(LOST|STALLED)$/);
  }
});
