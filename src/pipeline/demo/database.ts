import { access, cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '@snapkeep/sdk';
import { createBehavioralEvents, insertBehavioralEvents } from './behavioral-events.ts';

const DAY_MS = 86_400_000;

/** PostgreSQL in WebAssembly, in a folder, for as long as `use` runs: one process at a time may have it open. */
async function withDatabase<T>(folder: string, use: (run: (sql: string) => Promise<number>) => Promise<T>): Promise<T> {
  const { PGlite } = await import('@electric-sql/pglite');
  const database = await PGlite.create(folder);
  try {
    return await use(async (sql) => {
      const results = await database.exec(sql);
      return results.at(-1)?.affectedRows ?? 0;
    });
  } finally {
    await database.close();
  }
}

/**
 * An empty cluster, kept in the user's cache folder: `initdb` takes seconds in WebAssembly, and its result is always
 * the same. Built beside its place and renamed: what is there is whole.
 * @returns its absolute path
 */
async function clusterTemplate(): Promise<string> {
  const packageFile = join(dirname(fileURLToPath(import.meta.resolve('@electric-sql/pglite'))), '..', 'package.json');
  const { version } = JSON.parse(await readFile(packageFile, 'utf8'));
  const home = join(cacheFolder(process), `pglite-${version}`);
  const isThere = () =>
    access(home).then(
      () => true,
      () => false,
    );
  if (await isThere()) return home;
  await mkdir(dirname(home), { recursive: true });
  const staged = await mkdtemp(`${home}.`);
  try {
    await withDatabase(staged, async () => undefined);
    await rename(staged, home).catch(async (error: unknown) => {
      // Another run was faster.
      if (!(await isThere())) throw error;
    });
    return home;
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** Creates the table of the example and fills it. */
export async function loadDemoDatabase(folder: string, rows: number): Promise<void> {
  await cp(await clusterTemplate(), folder, { recursive: true });
  const baseTime = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS).toISOString();
  await withDatabase(folder, async (run) => {
    for (const statement of createBehavioralEvents()) await run(statement);
    await run(insertBehavioralEvents({ rows, baseTime }));
    await run('ANALYZE "BehavioralEvent"');
  });
}

export interface DemoChange {
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
}

/** What a working day does to a table. */
export async function changeDemoDatabase(folder: string, rows: number): Promise<DemoChange> {
  const baseTime = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS).toISOString();
  return withDatabase(folder, async (run) => {
    // In this order no row is in two of them, so that the diff shows the same numbers.
    const deleted = await run(
      `DELETE FROM "BehavioralEvent"
       WHERE id IN (SELECT id FROM "BehavioralEvent" ORDER BY "userId", id LIMIT ${Math.ceil(rows / 250)})`,
    );
    const changed = await run(
      `UPDATE "BehavioralEvent" SET "engagementLevel" = 'HIGH', "sessionPerformanceScore" = 100
       WHERE id IN (SELECT id FROM "BehavioralEvent" WHERE "sessionPerformanceScore" < 60 ORDER BY id LIMIT ${Math.ceil(rows / 150)})`,
    );
    const added = await run(insertBehavioralEvents({ rows: Math.ceil(rows / 100), baseTime, firstRow: rows + 1 }));
    return { added, changed, deleted };
  });
}

/** One row that no schema of the example allows: an id that is no CUID and a score beyond its scale. */
export async function spoilDemoDatabase(folder: string): Promise<void> {
  await withDatabase(folder, (run) =>
    run(`INSERT INTO "BehavioralEvent" ("id", "userId", "eventType", "eventData", "timestamp", "sessionPerformanceScore")
         SELECT 'not-a-cuid', "userId", 'QUIZ_ANSWER', '{"correct": true}', now(), 140 FROM "BehavioralEvent" ORDER BY id LIMIT 1`),
  );
}
