/**
 * Every benchmark one after the other, its figures into bench/results and docs/performance.md: `npm run bench:all`, on a machine
 * that does nothing else. `-- lanes growth` runs only those. One that fails doesn't keep the next from running.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describeMachine } from './support/machine.ts';
import { today, writeResult } from './support/results.ts';

/** By name: the script and its arguments. In this order, the most wanted first. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  tools: ['run.ts'],
  lanes: ['lanes.ts'],
  startup: ['startup.ts'],
  rollback: ['rollback.ts'],
  query: ['query.ts'],
  shapes: ['shapes.ts'],
  growth: ['growth.ts'],
  versions: ['versions.ts', '2', '10', '100', '500', '2000', 'native'],
  memory: ['memory.ts'],
  validation: ['validation.ts'],
  jobs: ['jobs.ts'],
  storage: ['storage.ts'],
  diff: ['diff.ts'],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
  process.stderr.write(`there is no benchmark ${unknown.join(', ')}; there are ${Object.keys(STEPS).join(', ')}\n`);
  process.exit(2);
}
const run = (script: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' }).status;
const steps: { name: string; minutes: number; failed?: string }[] = [];
for (const [name, [script = '', ...args]] of Object.entries(STEPS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`\n${name}: node bench/${[script, ...args].join(' ')}\n`);
  const started = performance.now();
  const save = name === 'tools' ? [] : ['--save'];
  const status = run(path.join(import.meta.dirname, script), ...args, ...save);
  const minutes = (performance.now() - started) / 60_000;
  steps.push({ name, minutes, ...(status === 0 ? {} : { failed: `ended with ${status}` }) });
  process.stdout.write(`${name}: ${minutes.toFixed(1)} minutes\n`);
}
const minutes = steps.reduce((sum, step) => sum + step.minutes, 0);
const result = { date: today(), command: 'npm run bench:all', machine: await describeMachine() };
await writeResult('all', { ...result, minutes, steps }, wanted.length === 0);
const docs = run(path.join(import.meta.dirname, '../scripts/generate-docs.ts'));
process.exitCode = docs !== 0 || steps.some(({ failed }) => failed) ? 1 : 0;
