import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine, readParquet } from '../../src/engine/engine.ts';
import { layoutOf } from '../../src/pipeline/dataset.ts';
import { exportDataset } from '../../src/pipeline/export/export.ts';
import { readManifest } from '../../src/store/manifest-file.ts';
import { type SpawnedServer, spawnServer } from '../support/postgres-server.ts';
import { testRuntime } from '../support/runtime.ts';

/** Locale → decimals of its money. */
const LOCALES = { ja_JP: 0, de_DE: 2, ar_KW: 3 } as const;

/** Locales compiled into a folder of the test's own; nothing where the system has no `localedef` or no sources for it. */
function compileLocales(folder: string): boolean {
  try {
    for (const name of Object.keys(LOCALES)) {
      execFileSync('localedef', ['--no-archive', '-i', name, '-f', 'UTF-8', join(folder, `${name}.UTF-8`)], {
        stdio: 'ignore',
      });
    }
    return true;
  } catch {
    return false;
  }
}

const folder = await mkdtemp(join(tmpdir(), 'snapkeep-money-'));
// The server runs as another user where the tests run as root.
await chmod(folder, 0o755);
const compiled = compileLocales(folder);
let server: SpawnedServer;

beforeAll(async () => {
  if (compiled) process.env.LOCPATH = folder;
  server = await spawnServer();
});
afterAll(async () => {
  delete process.env.LOCPATH;
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The smallest that there is, a 64-bit number of the smallest unit. */
function smallest(decimals: number): string {
  const digits = '9223372036854775808';
  return decimals === 0 ? `-${digits}` : `-${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** What a table of money comes to, on a database of this locale. */
async function exported(locale: string, decimals: number) {
  const name = `money_${locale.slice(0, 2).toLowerCase()}`;
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.query(`ALTER DATABASE ${name} SET lc_monetary = '${locale}'`);
  await admin.end();
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const root = await mkdtemp(join(tmpdir(), 'snapkeep-money-project-'));
  try {
    await client.query(`CREATE TYPE priced AS (at money, no int);
      CREATE TABLE prices (id int PRIMARY KEY, v money, list money[], inside priced);
      INSERT INTO prices SELECT 1, t.v, ARRAY[t.v, NULL], (t.v, 1)::priced
        FROM (SELECT ('${smallest(decimals)}'::numeric)::money AS v) AS t;
      INSERT INTO prices VALUES (2, 1234567, '{}', NULL), (3, NULL, NULL, NULL)`);
    const { rows } = await client.query(`SELECT v::numeric::text AS v,
      to_json(list::numeric[]::text[])::text AS list, (inside).at::text AS inside FROM prices ORDER BY id`);
    const runtime = testRuntime(root, { url: url.href });
    const { snapshot } = await exportDataset(runtime, { name: 'prices', version: false });
    const layout = layoutOf(runtime, 'prices');
    const { plan, files } = await readManifest(layout, snapshot);
    const engine = await openEngine();
    const read = await engine.rows(
      `SELECT v::VARCHAR AS v, to_json(list::VARCHAR[])::VARCHAR AS list, inside."at" AS inside
       FROM ${readParquet(files.map(({ path }) => layout.absolute(`${layout.snapshot(snapshot)}/${path}`)))} ORDER BY id`,
    );
    engine.close();
    const narrowed = await exportDataset(runtime, { name: 'prices', where: [`v=${rows[1].v}`] });
    const types = plan.columns.map(({ fileType, fidelity }) => `${fileType} ${fidelity}`);
    return { rows, read, types, narrowed: narrowed.rows };
  } finally {
    await client.end();
    await rm(root, { recursive: true, force: true });
  }
}

async function expectExact(locale: string, decimals: number): Promise<void> {
  const { rows, read, types, narrowed } = await exported(locale, decimals);
  expect(rows[0].v).toBe(smallest(decimals));
  expect(read).toEqual(rows.map(({ v, list, inside }) => ({ v, list, inside })));
  expect(types).toEqual([
    'INTEGER exact',
    `DECIMAL(19,${decimals}) exact`,
    `DECIMAL(19,${decimals})[] exact`,
    'STRUCT("at" VARCHAR, "no" INTEGER) annotated',
  ]);
  expect(narrowed).toBe(1);
}

test('money is a DECIMAL with two decimals where the server’s locale is C', () => expectExact('C', 2));

test.skipIf(!compiled).each(Object.entries(LOCALES))(
  'money in %s is a DECIMAL with as many decimals as that locale has: %i',
  async (locale, decimals) => {
    await expectExact(`${locale}.UTF-8`, decimals);
  },
);
