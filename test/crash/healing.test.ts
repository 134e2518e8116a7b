/**
 * A run is killed while it heals what a dead one left, and so is the next: what a third finds is healed all the same.
 * At a few of the healing's fsyncs, renames, links and removals; at all by `npm run test:crash`.
 */
import { chmod, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { orders } from '../e2e/support/events.ts';
import { createProject, type Project } from '../e2e/support/project.ts';
import { expectAgreement, filesOf, versionLines } from '../e2e/support/state.ts';
import { createInjector, type Injector } from './injector.ts';
import { copyOf, expectWhole, letAMinutePass, pointsOf } from './support.ts';

/** The state of git's ref transaction in which the first run dies, and what becomes of its version. */
const DEATHS = [
  { healing: 'undone', when: 'prepared', said: /undid an interrupted export/, versions: 1 },
  { healing: 'completed', when: 'committed', said: /completed an interrupted export/, versions: 2 },
] as const;

/** Heals, and then has nothing to do: all its calls are those of the healing. */
const HEAL = ['version', 'rollback', 'orders', 'latest'];

async function deadProject(when: string): Promise<Project> {
  const project = await createProject({ sql: orders(40), dvc: 'native' });
  await project.data('export', 'orders');
  await project.database.run('UPDATE orders SET amount = amount + 1 WHERE order_id <= 3');
  const hook = path.join(project.root, '.git/hooks/reference-transaction');
  const kill = `kill -9 "$(cut -d ' ' -f 4 "/proc/$PPID/stat")"`;
  await writeFile(hook, `#!/bin/sh\nif test "$1" = ${when}; then ${kill}; sleep 0.2; fi\nexit 0\n`);
  await chmod(hook, 0o755);
  expect((await project.run('export', 'orders')).exitCode).toBe('SIGKILL');
  await rm(hook);
  return project;
}

let injector: Injector | undefined;

beforeAll(async () => {
  injector = await createInjector();
});

afterAll(() => injector?.dispose());

test.for(DEATHS)(
  'killed, and killed again, while a dead run is $healing: the next run still heals it',
  { timeout: 3_600_000 },
  async ({ when, said, versions }, { skip }) => {
    if (injector === undefined) return skip('no C compiler');
    const project = await deadProject(when);
    const older = await filesOf(project.root);
    const counted = await copyOf(project, 'counted');
    const trial = await counted.with(await injector.env('own', 0, 'killed before', 'changes')).run(...HEAL);
    expect(trial.exitCode, trial.stderr).toBe(0);
    expect(trial.stderr).toMatch(said);
    const calls = await injector.calls();
    expect(calls.length).toBeGreaterThan(5);
    // What the healing takes away or puts back differs from what the dead run left; all else stays, at every moment.
    const kept = await filesOf(counted.root);
    const steady = Object.fromEntries(Object.entries(older).filter(([file, sha256]) => kept[file] === sha256));

    let missed = 0;
    for (const point of pointsOf(calls.length)) {
      const copy = await copyOf(project, `at-${point}`);
      const where = `${when}, call ${point} of ${calls.length}: ${calls[point - 1]}`;
      const fate = point % 2 === 0 ? 'killed after' : 'killed before';
      const killed = await copy.with(await injector.env('own', point, fate, 'changes')).run(...HEAL);
      // A folder is removed by several calls at once, now and then by one less.
      if (killed.exitCode === 0) missed += 1;
      else expect(killed.exitCode, `${where}: ${killed.stderr}`).toBe('SIGKILL');
      await expectWhole(copy, steady);
      // The second healer dies early in what the first one left over, where anything was.
      const again = await copy.with(await injector.env('own', Math.ceil(point / 2), fate, 'changes')).run(...HEAL);
      expect(['SIGKILL', 0], `${where}: ${again.stderr}`).toContain(again.exitCode);
      await expectWhole(copy, steady);
      await letAMinutePass(copy);
      const healed = await copy.run(...HEAL);
      expect(healed.exitCode, `${where}: ${healed.stderr}`).toBe(0);
      await expectAgreement(copy, 'orders', versions).catch((error: unknown) => {
        throw new Error(`${where}: ${String(error)}\n${healed.stderr}`);
      });
      await rm(copy.root, { recursive: true, force: true });
    }
    expect(missed).toBeLessThanOrEqual(Math.ceil(calls.length / 10));
  },
);

test('where no store commits, `latest` decides between the old version and the new one', async ({ skip }) => {
  if (injector === undefined) return skip('no C compiler');
  const project = await createProject({ sql: orders(40), dvc: false, init: false });
  await project.write({ 'snapkeep.config.yaml': 'capabilities: {versionStore: []}\n' });
  await project.data('export', 'orders');
  await project.database.run('UPDATE orders SET amount = amount + 1 WHERE order_id <= 3');
  const older = await filesOf(project.root);
  const counted = await copyOf(project, 'counted');
  await counted.with(await injector.env('own', 0)).run('export', 'orders');
  const calls = (await injector.calls()).length;
  const seen = new Set<number>();
  for (const point of [1, 2, 3, 4, 5].map((back) => calls + 1 - back)) {
    const copy = await copyOf(project, `at-${point}`);
    const killed = await copy.with(await injector.env('own', point, 'killed after')).run('export', 'orders');
    expect(killed.exitCode, `call ${point} of ${calls}: ${killed.stderr}`).toBe('SIGKILL');
    await expectWhole(copy, older);
    // What heals only looks: it makes no version.
    await copy.run('version', 'rollback', 'orders', 'latest');
    await expectWhole(copy, older);
    const lines = await versionLines(copy, 'orders');
    expect((await copy.data('query', 'SELECT sum(amount) AS s FROM orders')).rows).toHaveLength(1);
    expect(await copy.data('version', 'list', 'orders')).toMatchObject({ versions: { length: lines.length } });
    seen.add(lines.length);
  }
  expect([...seen].sort()).toEqual([1, 2]);
});
