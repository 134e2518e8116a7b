import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256Of } from '../../src/store/durable.ts';
import { type DatasetLayout, datasetLayout } from '../../src/store/layout.ts';
import { type Healers, leftovers, recoverDataset } from '../../src/store/recovery.ts';
import { Transaction } from '../../src/store/transaction.ts';

let root: string;
let layout: DatasetLayout;
let DATA: string;
const OLD = '20260101T000000000Z-000000000000';
const NEW = '20260102T000000000Z-111111111111';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'snapkeep-transaction-'));
  layout = datasetLayout(root, 'data', 'things');
  DATA = `${layout.snapshot(NEW)}/things.parquet`;
  await mkdir(layout.absolute(layout.snapshot(OLD)), { recursive: true });
  await writeFile(layout.absolute(layout.versions), 'line 1\n');
  await symlink(OLD, layout.absolute(layout.latest));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A run that published everything but its commit. */
async function almostDone(): Promise<Transaction> {
  const transaction = await Transaction.begin(root, layout, 'export', { commit: 'abc', branch: 'main' });
  await transaction.plan([layout.snapshot(NEW), layout.manifest(NEW)], [], {
    [DATA]: sha256Of('PAR1'),
    [layout.manifest(NEW)]: sha256Of('{}'),
  });
  await mkdir(layout.absolute(layout.snapshot(NEW)));
  await writeFile(layout.absolute(DATA), 'PAR1');
  await writeFile(layout.absolute(layout.manifest(NEW)), '{}');
  const register = 'line 1\nline 2\n';
  await transaction.plan([layout.pointer(NEW)], [layout.versions], { [layout.versions]: sha256Of(register) });
  await writeFile(layout.absolute(layout.versions), register);
  await writeFile(layout.absolute(layout.pointer(NEW)), 'pointer');
  await transaction.prepare(NEW);
  return transaction;
}

async function expectOldState(): Promise<void> {
  expect(existsSync(layout.absolute(layout.snapshot(NEW)))).toBe(false);
  expect(existsSync(layout.absolute(layout.manifest(NEW)))).toBe(false);
  expect(await readFile(layout.absolute(layout.versions), 'utf8')).toBe('line 1\n');
  expect(await readlink(layout.absolute(layout.latest))).toBe(OLD);
  expect(existsSync(layout.absolute(layout.snapshot(OLD)))).toBe(true);
  expect(await leftovers(root)).toEqual([]);
}

function healers(isCommitted: Healers['isCommitted']): Healers {
  return { unlock: async () => undefined, isCommitted, complete: async () => undefined };
}

test('undo puts back every byte, and may run twice', async () => {
  const transaction = await almostDone();
  await transaction.undo();
  await transaction.undo();
  await expectOldState();
});

test('undo of a dataset’s first export leaves no empty folder', async () => {
  const fresh = datasetLayout(root, 'data', 'fresh');
  const transaction = await Transaction.begin(root, fresh, 'export', null);
  await transaction.plan([fresh.snapshot(NEW)], [fresh.versions]);
  await mkdir(fresh.absolute(fresh.snapshot(NEW)), { recursive: true });
  await writeFile(fresh.absolute(fresh.versions), 'line 1\n');
  await transaction.undo();
  expect(existsSync(fresh.absolute(fresh.directory))).toBe(false);
});

test('what a run left that died before its commit is undone by the next, in one line', async () => {
  await almostDone();
  const said = await recoverDataset(
    root,
    layout,
    healers(async () => false),
  );
  expect(said).toEqual([expect.stringMatching(/^undid an interrupted export of things/)]);
  await expectOldState();
});

test('what a run left that died after its commit is completed by the next', async () => {
  await almostDone();
  const asked: unknown[] = [];
  const said = await recoverDataset(
    root,
    layout,
    healers(async ({ transaction, head }) => {
      asked.push(transaction, head?.commit);
      return true;
    }),
  );
  expect(asked).toEqual([expect.any(String), 'abc']);
  expect(said).toEqual([expect.stringMatching(/^completed an interrupted export of things/)]);
  expect(await readlink(layout.absolute(layout.latest))).toBe(NEW);
  expect(existsSync(layout.absolute(layout.snapshot(NEW)))).toBe(true);
  expect(await leftovers(root)).toEqual([]);
});

const UNDO = healers(async () => false);
const COMPLETE = healers(async () => true);

test.each<[string, () => string, string]>([
  ['a file of the snapshot that somebody changed', () => DATA, 'PAR2'],
  ['a file that somebody put beside it', () => `${layout.snapshot(NEW)}/notes.txt`, 'mine'],
  ['a pointer that is another', () => layout.pointer(NEW), 'another'],
  ['versions.ndjson with somebody else’s line', () => layout.versions, 'line 1\nline of a colleague\n'],
])('%s is neither removed nor overwritten', async (_, pathOf, text) => {
  const transaction = await almostDone();
  await writeFile(layout.absolute(pathOf()), text);
  for (const _attempt of [1, 2]) {
    await expect(recoverDataset(root, layout, UNDO)).rejects.toMatchObject({
      code: 'SNAPKEEP_JOURNAL_UNKNOWN',
      exitCode: 14,
      message: expect.stringContaining(pathOf()),
      hint: expect.stringContaining(transaction.id),
    });
    expect(await readFile(layout.absolute(pathOf()), 'utf8')).toBe(text);
    expect(await readFile(layout.absolute(layout.manifest(NEW)), 'utf8')).toBe('{}');
  }
});

test('lines that a version store adds before the journal is prepared are undone', async () => {
  const ignore = `${layout.directory}/.gitignore`;
  await writeFile(layout.absolute(ignore), '/old\n');
  const transaction = await Transaction.begin(root, layout, 'export', null);
  await transaction.plan([layout.pointer(NEW)], [ignore]);
  await writeFile(layout.absolute(layout.pointer(NEW)), 'pointer');
  await writeFile(layout.absolute(ignore), '/old\n/new\n');
  await recoverDataset(root, layout, UNDO);
  expect(await readFile(layout.absolute(ignore), 'utf8')).toBe('/old\n');
  expect(existsSync(layout.absolute(layout.pointer(NEW)))).toBe(false);
});

test('a commit that stands is completed only with the bytes that it names', async () => {
  await almostDone();
  await writeFile(layout.absolute(DATA), 'PAR2');
  await expect(recoverDataset(root, layout, COMPLETE)).rejects.toMatchObject({ code: 'SNAPKEEP_JOURNAL_UNKNOWN' });
  expect(await readlink(layout.absolute(layout.latest))).toBe(OLD);
});

test('a link that somebody moved on meanwhile is not moved back', async () => {
  const newer = '20260103T000000000Z-222222222222';
  await almostDone();
  await rm(layout.absolute(layout.latest));
  await symlink(newer, layout.absolute(layout.latest));
  await recoverDataset(root, layout, COMPLETE);
  expect(await readlink(layout.absolute(layout.latest))).toBe(newer);
});

test('once the commit stands nothing is undone any more', async () => {
  const transaction = await almostDone();
  transaction.committed();
  await transaction.undo();
  expect(existsSync(layout.absolute(layout.snapshot(NEW)))).toBe(true);
  expect(await leftovers(root)).toHaveLength(1);
});

test('what another dataset left is not touched', async () => {
  await almostDone();
  expect(
    await recoverDataset(
      root,
      datasetLayout(root, 'data', 'others'),
      healers(async () => true),
    ),
  ).toEqual([]);
  expect(await leftovers(root)).toHaveLength(1);
});

test('a journal that can’t be read stops everything and deletes nothing', async () => {
  const transaction = await almostDone();
  await writeFile(join(transaction.directory, 'journal.json'), '{"formatVersion": 99}');
  await expect(
    recoverDataset(
      root,
      layout,
      healers(async () => true),
    ),
  ).rejects.toMatchObject({
    code: 'SNAPKEEP_JOURNAL_UNKNOWN',
  });
  expect(existsSync(transaction.directory)).toBe(true);
});

test('a folder that a run left before its first entry goes when nobody can come back to it', async () => {
  const directory = join(root, '.snapkeep', 'tx', 'x');
  await mkdir(directory, { recursive: true });
  await recoverDataset(
    root,
    layout,
    healers(async () => true),
  );
  expect(existsSync(directory), 'it may be a run that just begins').toBe(true);
  await utimes(directory, 1, 1);
  await recoverDataset(
    root,
    layout,
    healers(async () => true),
  );
  expect(existsSync(directory)).toBe(false);
});
