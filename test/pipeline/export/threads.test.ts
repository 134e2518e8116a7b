import { expect, test } from 'vitest';
import { threadsWithin } from '../../../src/pipeline/export/threads.ts';

test.each([
  { memoryLimitMB: 200, cores: 2, threads: 2 },
  { memoryLimitMB: 200, cores: 64, threads: 4 },
  { memoryLimitMB: 20, cores: 64, threads: 1 },
  { memoryLimitMB: 4_000, cores: 64, threads: 64 },
])('$memoryLimitMB MB on $cores cores do for $threads threads', ({ memoryLimitMB, cores, threads }) => {
  expect(threadsWithin(memoryLimitMB, cores)).toBe(threads);
});
