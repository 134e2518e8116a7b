/**
 * `version merge` is killed at an fsync, a rename, a link or a removal of its own, or of git's: no data are touched, and run again
 * it ends as if nothing had been. At a few of the calls, at all by `npm run test:crash`.
 */
import { readFile, readlink, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cli } from '../e2e/support/cli.ts';
import { orders } from '../e2e/support/events.ts';
import { createProject, type Project } from '../e2e/support/project.ts';
import { filesOf, transactionsOf } from '../e2e/support/state.ts';
import { createInjector, type Injector, type Who } from './injector.ts';
import { copyOf, expectWhole, letAMinutePass, pointsOf } from './support.ts';

const MERGE = ['version', 'merge', 'orders'];

/** Two branches that both made v2, met in a merge that git can't decide. */
async function undecided(): Promise<Project> {
  const project = await createProject({ sql: orders(40), dvc: 'native' });
  const exportChanged = async (amount: number) => {
    await project.database.run(`UPDATE orders SET amount = ${amount} WHERE order_id = 1`);
    await project.data('export', 'orders');
  };
  await exportChanged(1);
  await project.git('branch', 'other');
  await exportChanged(2);
  await project.git('tag', '--delete', 'orders/v2');
  await project.git('checkout', '--quiet', 'other');
  await exportChanged(3);
  await project.data('version', 'note', 'orders', 'v2', 'made beside');
  await project.git('checkout', '--quiet', 'main');
  await expect(project.git('merge', '--quiet', 'other')).rejects.toThrow(/CONFLICT/);
  return project;
}

/** What a merge leaves: the texts, the link, and what git is told. */
async function outcomeOf(cli: Cli): Promise<unknown> {
  const text = (name: string) => readFile(path.join(cli.root, 'data/orders', name), 'utf8');
  return {
    texts: await Promise.all(['versions.ndjson', 'notes.ndjson'].map(text)),
    latest: await readlink(path.join(cli.root, 'data/orders/latest')),
    unmerged: await cli.git('ls-files', '--unmerged'),
    status: await cli.git('status', '--porcelain'),
    transactions: await transactionsOf(cli),
  };
}

let injector: Injector | undefined;

beforeAll(async () => {
  injector = await createInjector();
});

afterAll(() => injector?.dispose());

test.for<Who>(['own', 'children'])(
  'killed at a call of version merge (%s): run again it ends as if nothing had been',
  { timeout: 3_600_000 },
  async (who, { skip }) => {
    if (injector === undefined) return skip('no C compiler');
    const project = await undecided();
    const files = await filesOf(project.root);
    const counted = await copyOf(project, 'counted');
    const trial = await counted.with(await injector.env(who, 0, 'killed before', 'changes')).run(...MERGE);
    expect(trial.exitCode, trial.stderr).toBe(0);
    const calls = await injector.calls();
    expect(calls.length).toBeGreaterThan(0);
    const wanted = await outcomeOf(counted);

    let missed = 0;
    for (const point of pointsOf(calls.length)) {
      const where = `${who}, call ${point} of ${calls.length}: ${calls[point - 1]}`;
      const copy = await copyOf(project, `at-${point}`);
      const fate = point % 2 === 0 ? 'killed after' : 'killed before';
      const killed = await copy.with(await injector.env(who, point, fate, 'changes')).run(...MERGE);
      if (killed.exitCode === 0) missed += 1;
      else expect(killed.exitCode, `${where}: ${killed.stderr}`).toBe('SIGKILL');
      await expectWhole(copy, withoutNotes(files)).catch((error: unknown) => {
        throw new Error(`${where}: ${String(error)}`);
      });
      await letAMinutePass(copy);
      const again = await copy.run(...MERGE);
      expect(again.exitCode, `${where}: ${again.stderr}`).toBe(0);
      expect(await outcomeOf(copy), `${where}\n${again.stderr}`).toEqual(wanted);
      await rm(copy.root, { recursive: true, force: true });
    }
    expect(missed).toBeLessThanOrEqual(Math.ceil(calls.length / 10));
  },
);

function withoutNotes(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([file]) => !file.endsWith('notes.ndjson')));
}
