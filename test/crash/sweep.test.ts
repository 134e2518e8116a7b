/**
 * A run is killed at each of its fsyncs, renames, links and symlinks, snapkeep's own and those of git and DVC. After
 * each the old files are as they were and `latest` names a whole snapshot; the next command heals what is left.
 * Here at a few of them, at all by `npm run test:crash` (SNAPKEEP_CRASH=all), at some by SNAPKEEP_CRASH=21,22.
 */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orders } from '../e2e/support/events.ts';
import { createProject, type Project } from '../e2e/support/project.ts';
import { expectAgreement, filesOf, versionLines } from '../e2e/support/state.ts';
import { createInjector, type Injector, type Who } from './injector.ts';
import { copyOf, expectWhole, letAMinutePass, pointsOf } from './support.ts';

interface Operation {
  readonly name: string;
  /** The command that is killed. */
  readonly command: readonly string[];
  /** The next command that writes. */
  readonly next: readonly string[];
  readonly dvc: boolean | 'native';
  readonly who: Who;
  /** Versions before. */
  readonly before: number;
  /** Versions after healing. */
  readonly after: number;
  /** Only data of v1 may leave, and have left after healing. */
  readonly evicts?: boolean;
  /** They are nowhere else. */
  readonly forGood?: boolean;
  /** Cut in parts, of which most stay as they are. */
  readonly parts?: boolean;
  /** Some rows break the schema and are kept. */
  readonly quarantine?: boolean;
}

const EXPORT = { command: ['export', 'orders'], next: ['export', 'orders'], before: 1, after: 2 } as const;
const ROLLBACK = {
  command: ['version', 'rollback', 'orders', 'v1'],
  next: ['version', 'rollback', 'orders', 'v1'],
  before: 2,
  after: 3,
} as const;
const GC_COMMAND = ['version', 'gc', 'orders', '--keep-last', '1'];
const GC_FOR_GOOD = [...GC_COMMAND, '--cache', '--confirm'];
const GC = { command: GC_COMMAND, next: GC_COMMAND, before: 2, after: 2, evicts: true } as const;

const OPERATIONS: readonly Operation[] = [
  { ...EXPORT, name: 'export', dvc: true, who: 'own' },
  { ...EXPORT, name: 'export: git and DVC', dvc: true, who: 'children' },
  { ...EXPORT, name: 'export without DVC', dvc: 'native', who: 'own' },
  { ...EXPORT, name: 'export with a quarantine', dvc: 'native', who: 'own', quarantine: true },
  { ...EXPORT, name: 'export in parts', dvc: true, who: 'own', parts: true },
  { ...ROLLBACK, name: 'rollback', dvc: true, who: 'own' },
  { ...ROLLBACK, name: 'rollback: git', dvc: true, who: 'children' },
  { ...GC, name: 'gc', dvc: true, who: 'own' },
  { ...GC, name: 'gc: git', dvc: true, who: 'children' },
  { ...GC, command: GC_FOR_GOOD, next: GC_FOR_GOOD, name: 'gc for good', dvc: true, who: 'own', forGood: true },
  {
    ...GC,
    command: GC_FOR_GOOD,
    next: GC_FOR_GOOD,
    name: 'gc for good: git and DVC',
    dvc: true,
    who: 'children',
    forGood: true,
  },
];

/** A project with one version, or two, and a source that has changed since. */
async function prepare({ dvc, before, quarantine, parts }: Operation): Promise<Project> {
  const schema = 'orders.schema.json';
  const options = parts
    ? { sql: orders(4_000), datasets: { orders: { table: 'orders', parts: { by: 'key', targetMB: 0.01 } } } }
    : quarantine
      ? { sql: orders(40), datasets: { orders: { table: 'orders', schema, onInvalid: 'quarantine' } } }
      : { sql: orders(40) };
  const project = await createProject({ dvc, ...options });
  if (quarantine) {
    await project.write({ [schema]: { properties: { amount: { maximum: 30 } } } });
    await project.git('add', schema);
    await project.git('commit', '--quiet', '--message', 'schema');
    await project.database.run('UPDATE orders SET amount = 99 WHERE order_id <= 5');
  }
  await project.data('export', 'orders');
  await project.database.run('UPDATE orders SET amount = amount + 1 WHERE order_id <= 3');
  if (before > 1) await project.data('export', 'orders');
  return project;
}

let injector: Injector | undefined;

beforeAll(async () => {
  injector = await createInjector();
});

afterAll(() => injector?.dispose());

describe.each(OPERATIONS)('killed at any fsync, rename, link or symlink of $name', (operation) => {
  test('the old or the new version stands, whole', { timeout: 3_600_000 }, async ({ skip }) => {
    if (injector === undefined) return skip('no C compiler');
    const { command, next, who, after, evicts, forGood } = operation;
    const project = await prepare(operation);
    const leaving = evicts ? (await versionLines(project, 'orders'))[0]?.snapshot : undefined;
    const files = await filesOf(project.root);
    const counted = await copyOf(project, 'counted');
    const trial = await counted.with(await injector.env(who, 0)).run(...command);
    expect(trial.exitCode, trial.stderr).toBe(0);
    const calls = await injector.calls();
    expect(calls.length).toBeGreaterThan(5);

    let missed = 0;
    for (const point of pointsOf(calls.length)) {
      const where = `${operation.name}, call ${point} of ${calls.length}: ${calls[point - 1]}`;
      const copy = await copyOf(project, `at-${point}`);
      const fate = point % 2 === 0 ? 'killed after' : 'killed before';
      const killed = await copy.with(await injector.env(who, point, fate)).run(...command);
      // Threads of DuckDB don't always make as many calls; then the run ends by itself.
      if (killed.exitCode === 0) missed += 1;
      else expect(killed.exitCode, `${where}: ${killed.stderr}`).toBe('SIGKILL');
      await expectWhole(copy, files, leaving).catch((error: unknown) => {
        throw new Error(`${where}: ${String(error)}`);
      });
      await letAMinutePass(copy);
      const healed = await copy.run(...next);
      expect(healed.exitCode, `${where}: ${healed.stderr}`).toBe(0);
      expect((await versionLines(copy, 'orders')).length, where).toBe(after);
      await expectAgreement(copy, 'orders', after).catch((error: unknown) => {
        throw new Error(`${where}: ${String(error)}\n${healed.stderr}`);
      });
      if (leaving !== undefined) {
        const rest = Object.keys(await filesOf(copy.root)).filter((file) => file.includes(leaving));
        expect(rest, where).toEqual([]);
        const query = ['query', 'SELECT 1 FROM orders', '--at', 'v1'];
        if (forGood) expect(await copy.failure(...query), where).toMatchObject({ exitCode: 14 });
        else await copy.data(...query);
      }
      await rm(copy.root, { recursive: true, force: true });
    }
    expect(missed).toBeLessThanOrEqual(Math.ceil(calls.length / 10));
  });
});
