import { access, glob } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './process.ts';
import type { Project } from './project.ts';

/** A dataset whose rows come one in ten milliseconds, so that a test can step in between. */
export const SLOW = {
  slow: {
    query:
      'SELECT n AS id, CASE WHEN pg_sleep(0.01) IS NULL THEN 0 ELSE 1 END AS one FROM generate_series(1, 3000) AS n',
    key: ['id'],
  },
};

/** The same dataset without its slowness. */
export const QUICK = {
  slow: { query: 'SELECT n AS id, 1 AS one FROM generate_series(1, 3000) AS n', key: ['id'] },
};

interface Streaming {
  readonly root: string;
  readonly database: Pick<Project['database'], 'run'>;
}

/** Waits until rows are on their way. */
export async function untilStreaming({ root, database }: Streaming): Promise<void> {
  await until('rows are on their way', async () => {
    for await (const staging of glob('.snapkeep/tx/*/*/staging.duckdb', { cwd: root })) {
      await access(`${root}/${staging}`).catch(() => undefined);
      const { rows } = await database.run(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(0.01)%'
           AND state = 'active' AND pid <> pg_backend_pid()`,
      );
      return rows.length > 0;
    }
    return false;
  });
  await sleep(300);
}

/** Backends of the database beside the test's own. */
export async function backends({ database }: Project): Promise<number> {
  const { rows } = await database.run(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  return Number(rows[0]?.n);
}
