import { join } from 'node:path';
import { cacheFolder } from '@snapkeep/sdk';
import { createTestContext } from '@snapkeep/sdk/conformance';

/** For what benchmarks install or build; in the user's cache, so that all clones share it. */
export function benchCache(name: string): string {
  return join(cacheFolder(createTestContext({ root: import.meta.dirname, env: process.env })), 'bench', name);
}
