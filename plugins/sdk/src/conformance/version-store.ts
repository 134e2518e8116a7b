import assert from 'node:assert/strict';
import type { PluginContext } from '../context.ts';
import { ERRORS } from '../errors/registry.ts';
import type { Check, VersionRef, VersionStore } from '../version-store.ts';
import { assertFails, assertPlainJson, type ConformanceTest } from './test-case.ts';

/** A project of its own for one test. */
export interface VersionStoreFixture {
  readonly context: PluginContext;
  readonly dispose: () => Promise<void>;
}

export interface VersionStoreConformance {
  readonly store: VersionStore;
  /** A project in which a version could be recorded now. */
  readonly ready: () => Promise<VersionStoreFixture>;
  /** A project in which none could: no repository, or the tool missing. */
  readonly broken: () => Promise<VersionStoreFixture>;
}

const NOT_THERE: readonly VersionRef[] = [1, 2, 3].map((version) => ({
  dataset: 'conformance',
  version,
  snapshot: `20250101T00000${version}000Z-0123456789ab`,
  tag: `conformance/v${version}`,
  directory: `data/conformance/20250101T00000${version}000Z-0123456789ab`,
}));

export function versionStoreConformance({ store, ready, broken }: VersionStoreConformance): ConformanceTest[] {
  const within =
    (setUp: () => Promise<VersionStoreFixture>, work: (context: PluginContext) => Promise<void>) => async () => {
      const { context, dispose } = await setUp();
      try {
        await work(context);
      } finally {
        await dispose();
      }
    };

  return [
    {
      name: 'check finds everything in order in a project that is ready',
      run: within(ready, async (context) => {
        const checks = await store.check(context);
        assert.ok(checks.length > 0);
        for (const check of checks) assertWhole(check);
        assert.deepEqual(
          checks.filter(({ ok }) => !ok).map(({ message }) => message),
          [],
        );
      }),
    },
    {
      name: 'check never throws: it says what is missing, what to do, and with which code a command would fail',
      run: within(broken, async (context) => {
        const checks = await store.check(context);
        for (const check of checks) assertWhole(check);
        assert.ok(checks.some(({ ok }) => !ok));
      }),
    },
    {
      name: 'preflight passes in a project that is ready',
      run: within(ready, async (context) => store.preflight(context)),
    },
    {
      name: 'preflight fails with a coded error where no version could be recorded',
      run: within(broken, async (context) => {
        await assertFails(() => store.preflight(context));
      }),
    },
    {
      name: 'describe gives as many answers as asked for, empty ones for versions that it does not know',
      run: within(ready, async (context) => {
        assert.deepEqual(await store.describe([], context), []);
        const facts = await store.describe(NOT_THERE, context);
        assert.equal(facts.length, NOT_THERE.length);
        assertPlainJson(facts, 'the facts');
        for (const { commit, tag, cached } of facts) {
          assert.equal(commit, undefined);
          assert.equal(tag, undefined);
          assert.notEqual(cached, true);
        }
      }),
    },
    {
      name: 'head, where there is one, names a commit or none, and a branch',
      run: within(ready, async (context) => {
        const head = await store.head?.(context);
        if (!head) return;
        assert.ok(head.commit === null || /^[0-9a-f]{40,64}$/.test(head.commit));
        assert.notEqual(head.branch, '');
      }),
    },
  ];
}

function assertWhole({ name, ok, message, hint, code }: Check): void {
  assert.notEqual(name, '');
  assert.notEqual(message, '');
  assert.ok(!message.includes('\n'), 'a message is one line');
  if (!ok) assert.ok(hint, `${name} must say what to do`);
  if (code !== undefined) assert.ok(Object.hasOwn(ERRORS, code), `${code} is not in the registry`);
}
