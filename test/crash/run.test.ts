/**
 * A run of two datasets is killed at each of its fsyncs, renames, links and symlinks, and at those of git. After each both
 * have their new version or neither has; the next command on one of them heals the other too.
 */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orders } from '../e2e/support/events.ts';
import { createProject, type Project } from '../e2e/support/project.ts';
import { expectAgreement, filesOf, versionLines } from '../e2e/support/state.ts';
import { createInjector, type Injector, type Who } from './injector.ts';
import { copyOf, expectWhole, letAMinutePass, pointsOf } from './support.ts';

const COMMAND = ['run', '--jobs', '1'];

async function prepare(): Promise<Project> {
  const project = await createProject({
    sql: [...orders(40), 'CREATE TABLE customers (id int PRIMARY KEY)', 'INSERT INTO customers VALUES (1), (2)'],
    datasets: { customers: { table: 'customers' }, orders: { table: 'orders' } },
    dvc: 'native',
  });
  await project.data(...COMMAND);
  await project.database.run('UPDATE orders SET amount = 7 WHERE order_id <= 3; INSERT INTO customers VALUES (3)');
  return project;
}

let injector: Injector | undefined;

beforeAll(async () => {
  injector = await createInjector();
});

afterAll(() => injector?.dispose());

describe.each<{ who: Who; name: string }>([
  { who: 'own', name: 'run' },
  { who: 'children', name: 'git' },
])('killed at any fsync, rename, link or symlink of $name', ({ who }) => {
  test('both versions stand, or neither', { timeout: 3_600_000 }, async ({ skip }) => {
    if (injector === undefined) return skip('no C compiler');
    const project = await prepare();
    const files = await filesOf(project.root);
    const counted = await copyOf(project, 'counted');
    const trial = await counted.with(await injector.env(who, 0)).run(...COMMAND);
    expect(trial.exitCode, trial.stderr).toBe(0);
    const calls = await injector.calls();
    expect(calls.length).toBeGreaterThan(5);

    for (const point of pointsOf(calls.length)) {
      const where = `call ${point} of ${calls.length}: ${calls[point - 1]}`;
      const copy = await copyOf(project, `at-${point}`);
      const fate = point % 2 === 0 ? 'killed after' : 'killed before';
      await copy.with(await injector.env(who, point, fate)).run(...COMMAND);
      for (const dataset of ['customers', 'orders']) await expectWhole(copy, files, undefined, dataset);
      // The commit decides; tags come after it, and are made again from it.
      const stands = (await copy.git('show', 'HEAD:data/customers/versions.ndjson')).trim().split('\n').length === 2;
      const tags = (await copy.git('tag', '--list', '*/v2')).split('\n').filter((tag) => tag !== '');
      if (!stands) expect(tags, where).toEqual([]);
      await letAMinutePass(copy);
      const healed = await copy.run('export', 'orders');
      expect(healed.exitCode, `${where}: ${healed.stderr}`).toBe(0);
      await expectAgreement(copy, 'orders', 2).catch((error: unknown) => {
        throw new Error(`${where}: ${String(error)}\n${healed.stderr}`);
      });
      const customers = (await versionLines(copy, 'customers')).length;
      expect(customers, where).toBe(stands ? 2 : 1);
      await expectAgreement(copy, 'customers', customers).catch((error: unknown) => {
        throw new Error(`${where}: ${String(error)}\n${healed.stderr}`);
      });
      await rm(copy.root, { recursive: true, force: true });
    }
  });
});
