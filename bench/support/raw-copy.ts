import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Cost, runMeasured } from './processes.ts';

const WITHOUT_PSQL = fileURLToPath(new URL('copy-out.ts', import.meta.url));
const hasPsql = spawnSync('psql', ['--version']).status === 0;

/** What reads the floor: psql, which does nothing with the bytes, or node where there is no psql. */
export const RAW_COPY_BY = hasPsql ? 'psql' : 'node';

/**
 * The least that any way out of PostgreSQL costs: `COPY … TO STDOUT (FORMAT csv)` into the null device.
 * @param relation - quoted as in SQL
 */
export function rawCopy(url: string, relation: string): Promise<Cost> {
  const statement = `COPY ${relation} TO STDOUT (FORMAT csv)`;
  const { address, env } = withoutPassword(url);
  if (hasPsql) return runMeasured('psql', ['--no-psqlrc', '--quiet', '--command', statement, address], { env });
  return runMeasured(process.execPath, [WITHOUT_PSQL, statement], { env: { DATABASE_URL: url } });
}

/** Arguments can be seen by everybody on the machine. */
function withoutPassword(url: string): {
  readonly address: string;
  readonly env: Readonly<Record<string, string>>;
} {
  const parsed = new URL(url);
  const password = decodeURIComponent(parsed.password);
  parsed.password = '';
  return { address: parsed.href, env: password === '' ? {} : { PGPASSWORD: password } };
}
