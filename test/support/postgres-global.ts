import type { TestProject } from 'vitest/node';
import { spawnServer } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a superuser, on a database that tests leave alone; carries a password. */
    postgresUrl: string;
  }
}

/** One PostgreSQL for all test files of a run, or the one that SNAPKEEP_TEST_DATABASE_URL names. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.SNAPKEEP_TEST_DATABASE_URL;
  if (given) {
    project.provide('postgresUrl', given);
    return async () => {};
  }
  const server = await spawnServer();
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}
