import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  // Plugins are tested from their sources, so that a stale build can't pass.
  resolve: {
    alias: [
      { find: /^@snapkeep\/sdk\/conformance$/, replacement: `${root}plugins/sdk/src/conformance/index.ts` },
      { find: /^@snapkeep\/([a-z-]+)$/, replacement: `${root}plugins/$1/src/index.ts` },
    ],
  },
  test: {
    globalSetup: ['test/support/postgres-global.ts', 'test/support/dvc-global.ts'],
    include: ['test/**/*.test.ts', 'plugins/*/test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
