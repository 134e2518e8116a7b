/**
 * The tests that depend on the server, on every PostgreSQL that snapkeep is meant for: `npm run test:servers`.
 * `npm run test:servers -- 14 17` runs those majors only. The servers are kept in .tmp/servers.
 */
import { fetchServer, SERVERS } from './check/server.ts';
import { runTests } from './check/tests.ts';

/** What a server's catalog, text forms and errors can change. */
const TESTS = [
  'plugins/source-postgres/test',
  'test/conformance/source-postgres.test.ts',
  'test/fidelity',
  'test/e2e/data-faults.test.ts',
  'test/e2e/names.test.ts',
  'test/e2e/refused-values.test.ts',
  'test/e2e/renames.test.ts',
  'test/e2e/types.test.ts',
  'test/pipeline/schema',
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((major) => SERVERS[major] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`there is no server ${unknown.join(', ')}; there are ${Object.keys(SERVERS).join(', ')}\n`);
  process.exit(2);
}

const lines: string[] = [];
for (const [major, version] of Object.entries(SERVERS)) {
  if (wanted.length > 0 && !wanted.includes(major)) continue;
  const name = `PostgreSQL ${version.split('.').slice(0, 2).join('.')}`;
  process.stdout.write(`\n${name}\n`);
  const { ok, counts, durationMs } = await runTests({
    files: TESTS,
    env: { SNAPKEEP_TEST_POSTGRES: await fetchServer(version) },
  });
  if (!ok) process.exitCode = 1;
  lines.push(
    `${ok ? '✓' : '✗'} ${name.padEnd(16)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${(durationMs / 1000).toFixed(0)} s`,
  );
}
process.stdout.write(`\n${lines.join('\n')}\n`);
