import assert from 'node:assert/strict';
import { SYNC_MODES, type SyncRequest, type SyncTarget } from '../sync-target.ts';
import { createTestContext } from './context.ts';
import { assertFails, assertPlainJson, type ConformanceTest } from './test-case.ts';

/** A target of its own for one test, and two snapshots of one dataset with different numbers of rows. */
export interface SyncTargetFixture {
  readonly first: Omit<SyncRequest, 'mode'>;
  readonly second: Omit<SyncRequest, 'mode'>;
  /** Rows that a reader of the target sees now, as texts in any order; `null` where the relation isn't there. */
  readonly read: () => Promise<readonly (readonly (string | null)[])[] | null>;
  readonly dispose: () => Promise<void>;
}

export interface SyncTargetConformance {
  readonly target: SyncTarget;
  readonly setUp: () => Promise<SyncTargetFixture>;
  /** Modes that the target offers; both where absent. */
  readonly modes?: readonly SyncRequest['mode'][];
}

export function syncTargetConformance({ target, setUp, modes = SYNC_MODES }: SyncTargetConformance): ConformanceTest[] {
  const within = (work: (fixture: SyncTargetFixture) => Promise<void>) => async () => {
    const fixture = await setUp();
    try {
      await work(fixture);
    } finally {
      await fixture.dispose();
    }
  };

  const perMode = modes.flatMap((mode): ConformanceTest[] => [
    {
      name: `${mode}: the target shows as many rows as the snapshot has, and says so`,
      run: within(async ({ first, read }) => {
        const result = await target.sync({ ...first, mode }, createTestContext());
        assert.equal(result.rows, first.rows);
        assert.equal(result.mode, mode);
        assert.equal(result.to, first.to);
        assertPlainJson(result, 'the result');
        assert.equal((await read())?.length, first.rows);
      }),
    },
    {
      name: `${mode}: the same snapshot again changes nothing, another one takes its place`,
      run: within(async ({ first, second, read }) => {
        await target.sync({ ...first, mode }, createTestContext());
        const before = await read();
        await target.sync({ ...first, mode }, createTestContext());
        assert.deepEqual(await read(), before);
        await target.sync({ ...second, mode }, createTestContext());
        assert.equal((await read())?.length, second.rows);
        await target.sync({ ...first, mode }, createTestContext());
        assert.deepEqual(await read(), before);
      }),
    },
    {
      name: `${mode}: another number of rows than the manifest's is SNAPKEEP_SYNC_MISMATCH, and the old state stays`,
      run: within(async ({ first, second, read }) => {
        await target.sync({ ...first, mode }, createTestContext());
        const before = await read();
        const wrong = { ...second, mode, rows: second.rows + 1 };
        await assertFails(() => target.sync(wrong, createTestContext()), 'SNAPKEEP_SYNC_MISMATCH');
        assert.deepEqual(await read(), before);
      }),
    },
    {
      name: `${mode}: a run that was aborted leaves the old state`,
      run: within(async ({ first, second, read }) => {
        await target.sync({ ...first, mode }, createTestContext());
        const before = await read();
        const context = createTestContext({ signal: AbortSignal.abort() });
        await assert.rejects(target.sync({ ...second, mode }, context));
        assert.deepEqual(await read(), before);
      }),
    },
  ]);

  return [
    ...perMode,
    {
      name: 'a view takes the place of a table, and a table that of a view',
      run: within(async ({ first, second, read }) => {
        for (const mode of [...modes, ...modes]) {
          await target.sync({ ...first, mode }, createTestContext());
          assert.equal((await read())?.length, first.rows);
          await target.sync({ ...second, mode }, createTestContext());
        }
      }),
    },
  ];
}
