import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { type CheckResult, root } from './run.ts';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What we read of vitest's JSON report (https://vitest.dev/guide/reporters.html#json-reporter). */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

export interface TestsToRun {
  /** Files and folders, relative to the root; absent: all. */
  readonly files?: readonly string[];
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Unit, conformance and end-to-end tests in one run of vitest, shown as they go. */
export async function runTests({ files = [], env = {} }: TestsToRun = {}): Promise<CheckResult & { counts: Counts }> {
  const file = path.join(root, '.tmp', 'tests.json');
  await rm(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const result = await execa('vitest', ['run', ...reporters, ...files], {
    cwd: root,
    env,
    preferLocal: true,
    localDir: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
  });
  const counts = await countsOf(file);
  // A run that failed as a whole, a leftover error or a crash, is a failure even where no test is.
  if (result.failed && counts.failed === 0) counts.failed = 1;
  return { ok: !result.failed && counts.failed === 0, durationMs: result.durationMs, counts };
}

async function countsOf(file: string): Promise<Counts> {
  let report: Report;
  try {
    report = JSON.parse(await readFile(file, 'utf8')) as Report;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // A file that can't be loaded has no tests that could fail: it counts as one.
  const broken = report.testResults.filter((one) => one.status === 'failed' && one.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
