import { createTestContext, type TestContext } from './context.ts';
import type { SourceBench, SourceConformance } from './source-bench.ts';
import { readingTests } from './source-reading.ts';
import { sessionTests } from './source-session.ts';
import type { ConformanceTest } from './test-case.ts';

export type { KnownRelation, SourceConformance } from './source-bench.ts';

export function sourceConformance(given: SourceConformance): ConformanceTest[] {
  const newContext = (signal?: AbortSignal): TestContext =>
    createTestContext({ ...given.context, ...(signal ? { signal } : {}) });

  const bench: SourceBench = {
    ...given,
    newContext,
    async within(relations, work) {
      const context = newContext();
      const session = await given.source.open({ connection: given.connection, relations, jobs: 1 }, context);
      try {
        await work(session, context);
      } finally {
        await session.close();
      }
    },
  };
  return [...sessionTests(bench), ...readingTests(bench)];
}
