import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSource } from '../src/index.ts';
import { allRows, contextOf, failureOf } from './support.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snapkeep-test-'));
  const db = await PGlite.create(join(folder, 'db'));
  await db.exec('CREATE TABLE t AS SELECT i AS n FROM generate_series(1, 5000) i');
  await db.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const context = () => contextOf({ root: folder });
const open = (url = 'pglite:db', jobs = 1) =>
  openSource().open({ connection: { url }, relations: [{ tables: ['t'] }], jobs }, context());

test('is read like a server, through one connection', async () => {
  const session = await open('pglite:./db', 4);
  expect(session.jobs).toBe(1);
  expect(session.instant.server).toMatch(/^PostgreSQL 1\d\.\d+$/);
  expect(session.relations[0]).toMatchObject({ kind: 'table', locked: true });
  expect(await allRows(session, {}, 700)).toHaveLength(5000);
  expect(await allRows(session, { filters: [{ column: 'n', op: '<', value: '4' }] })).toHaveLength(3);
  await session.finish(context());
  await session.close();
  await session.close();
});

test('can be opened again and again, and is looked around in', async () => {
  expect(openSource().describe({ url: 'pglite:db' }, context())).toBe('pglite:db');
  expect((await openSource().probe({ url: 'pglite:db' }, context())).relations).toEqual(['public.t']);
  const session = await open();
  await session.close();
  expect(existsSync(join(folder, 'db', 'postmaster.pid'))).toBe(false);
});

test('goes on after a failure, and lets the folder go', async () => {
  const error = await failureOf(
    openSource().open({ connection: { url: 'pglite:db' }, relations: [{ tables: ['tt'] }], jobs: 1 }, context()),
  );
  expect(error.code).toBe('SNAPKEEP_TABLE_NOT_FOUND');
  expect(error.details.nearest).toBe('t');
  const session = await open();
  await session.close();
});

test('says where no database is, and makes none', async () => {
  const error = await failureOf(open('pglite:typo'));
  expect(error.code).toBe('SNAPKEEP_SOURCE_UNREACHABLE');
  expect(error.message).toContain('no PGlite database');
  expect(existsSync(join(folder, 'typo'))).toBe(false);
});

test('is refused while this process has it open', async () => {
  const session = await open();
  const error = await failureOf(open());
  expect(error.code).toBe('SNAPKEEP_SOURCE_UNREACHABLE');
  expect(error.message).toContain('is open in');
  await session.close();
});

test.runIf(process.platform === 'linux')(
  'is refused while another program has it open, not after that was killed',
  async () => {
    const script = `import { PGlite } from '@electric-sql/pglite';
    const db = await PGlite.create(process.argv[1]); await db.query('SELECT 1'); console.log('ready'); setInterval(() => {}, 1000);`;
    const here = fileURLToPath(new URL('.', import.meta.url));
    const other = spawn(process.execPath, ['--input-type=module', '-e', script, join(folder, 'db')], { cwd: here });
    try {
      await once(other.stdout, 'data');
      const error = await failureOf(open());
      expect(error.message).toContain(`is open in process ${other.pid}`);
    } finally {
      other.kill('SIGKILL');
      await once(other, 'exit');
    }
    const session = await open();
    expect(await allRows(session)).toHaveLength(5000);
    await session.close();
  },
);
