/**
 * All that the project checks, one after the other, each with its time: `npm test`.
 * A check that fails doesn't keep the next from running. `npm test -- lint knip` runs only those named.
 */
import { execFileSync } from 'node:child_process';
import { type CheckResult, runCheck } from './check/run.ts';
import { type Counts, runTests } from './check/tests.ts';

/** Each counts as one test. */
const STATIC_CHECKS: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: 'build', command: ['npm', 'run', '--silent', 'build'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.test.json'] },
  { name: 'lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  {
    name: 'imports',
    command: ['depcruise', '--config', '.dependency-cruiser.cjs', 'src', 'plugins', 'test', 'bench', 'scripts', 'bin'],
  },
  { name: 'unused', command: ['knip', '--no-config-hints'] },
  { name: 'docs', command: ['node', 'scripts/generate-docs.ts', '--check'] },
];
const TESTS = 'tests';

const wanted = process.argv.slice(2);
const names = [...STATIC_CHECKS.map(({ name }) => name), TESTS];
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no check ${unknown.join(', ')}; there are ${names.join(', ')}\n`);
  process.exit(2);
}
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);

function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function report(name: string, { ok, durationMs }: CheckResult): void {
  process.stdout.write(`${ok ? '✓' : '✗'} ${name.padEnd(8)} ${(durationMs / 1000).toFixed(1)} s\n`);
}

const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
const failed: string[] = [];
process.stdout.write(`Node ${execFileSync('node', ['--version'], { encoding: 'utf8' })}`);
for (const { name, command } of STATIC_CHECKS) {
  if (!isWanted(name)) continue;
  const result = await runCheck(command);
  if (result.ok) counts.passed += 1;
  else {
    counts.failed += 1;
    failed.push(name);
    process.stdout.write(result.output);
  }
  report(name, result);
}
if (isWanted(TESTS)) {
  const { counts: tests, ...result } = await runTests();
  counts.passed += tests.passed;
  counts.failed += tests.failed;
  counts.skipped += tests.skipped;
  if (!result.ok) failed.push(TESTS);
  report(TESTS, result);
}
if (failed.length > 0) process.stdout.write(`Failed: ${failed.join(', ')}\n`);
process.stdout.write(`${closingLine(counts)}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
