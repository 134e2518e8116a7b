/**
 * A call of a run fails: each fsync, rename, link and symlink with EIO, each write to a file with ENOSPC, snapkeep's own and
 * those of git and DVC; each file of the project that snapkeep opens with EMFILE. It ends with the exit code for that, everything is as it was, or, once the commit stands, whole;
 * the next command makes it right. At a few calls, at all by `npm run test:crash`. Each in a file of its own, test/crash/errors.
 */

import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { orders } from '../e2e/support/events.ts';
import { createProject, type Project } from '../e2e/support/project.ts';
import { expectAgreement, filesOf, stateOf, versionLines } from '../e2e/support/state.ts';
import { type Calls, createInjector, type Fate, type Injector, type Who } from './injector.ts';
import { copyOf, expectWhole, pointsOf } from './support.ts';

interface Failing {
  readonly command: readonly string[];
  readonly who: Who;
  readonly calls: Calls;
  readonly fate: Fate;
  /** Versions before, and once it has succeeded. */
  readonly before: number;
  readonly after: number;
}

export const EXPORT = { command: ['export', 'orders'], before: 1, after: 2 } as const;

/** Of storage; of git and DVC too, where these don't say why they failed. */
const EXIT_CODES = { own: [12], children: [12, 15, 16] } as const;

async function prepare({ before }: Failing): Promise<Project> {
  const project = await createProject({ sql: orders(40), dvc: true });
  await project.data('export', 'orders');
  await project.database.run('UPDATE orders SET amount = amount + 1 WHERE order_id <= 3');
  if (before > 1) await project.data('export', 'orders');
  return project;
}

/** A test for a file of its own: the command with a failure at each of its calls. */
export function failsAtEachCall(sweep: Failing): void {
  const { command, who, calls, fate, before, after } = sweep;
  const name = `${fate}: ${command[0] === 'version' ? command[1] : command[0]}, ${who === 'own' ? 'its own calls' : 'those of git and DVC'}`;
  let injector: Injector | undefined;

  beforeAll(async () => {
    injector = await createInjector();
  });

  afterAll(() => injector?.dispose());

  test(`${name}: is told, and nothing is lost`, { timeout: 3_600_000 }, async ({ skip }) => {
    if (injector === undefined) return skip('no C compiler');
    const project = await prepare(sweep);
    const files = await filesOf(project.root);
    const counted = await copyOf(project, 'counted');
    const trial = await counted.with(await injector.env(who, 0, fate, calls, counted.root)).run(...command);
    expect(trial.exitCode, trial.stderr).toBe(0);
    const seen = await injector.calls();
    expect(seen.length).toBeGreaterThan(5);

    for (const point of pointsOf(seen.length)) {
      const where = `${name}, call ${point} of ${seen.length}: ${seen[point - 1]}`;
      const copy = await copyOf(project, `at-${point}`);
      const state = await stateOf(copy);
      const failed = await copy.with(await injector.env(who, point, fate, calls, copy.root)).run(...command);
      const expected: readonly unknown[] = [0, ...EXIT_CODES[who]];
      expect(expected, `${where}: exit ${failed.exitCode}, ${failed.stderr}`).toContain(failed.exitCode);
      await expectWhole(copy, files).catch((error: unknown) => {
        throw new Error(`${where}: ${String(error)}`);
      });
      const versions = (await versionLines(copy, 'orders')).length;
      if (failed.exitCode !== 0 && versions === before) expect(await stateOf(copy), where).toEqual(state);
      const again = await copy.run(...command);
      expect(again.exitCode, `${where}: ${again.stderr}`).toBe(0);
      await expectAgreement(copy, 'orders', after).catch((error: unknown) => {
        throw new Error(`${where}: ${String(error)}\n${failed.stderr}\n${again.stderr}`);
      });
      await rm(copy.root, { recursive: true, force: true });
    }
  });
}
