import { expect, test } from 'vitest';
import { engineError } from '../../src/engine/engine-error.ts';

test.each([
  ['IO Error: Could not write file "/p/staging.duckdb": No space left on device', 'SNAPKEEP_STORAGE_FULL'],
  ['IO Error: Cannot open file "/p/staging.duckdb": Too many open files', 'SNAPKEEP_STORAGE_FAILED'],
  [
    'TransactionContext Error: Failed to commit: Cannot open file "/p/staging.duckdb.wal": Too many open files',
    'SNAPKEEP_STORAGE_FAILED',
  ],
  ['TransactionContext Error: Failed to commit: failed to pin block of size 256.0 KiB', 'SNAPKEEP_MEMORY_LIMIT'],
  ['TransactionContext Error: Failed to commit: PRIMARY KEY or UNIQUE constraint violation', undefined],
  ['Conversion Error: Could not convert string', undefined],
])('%s', (message, code) => {
  expect(engineError(new Error(message))).toMatchObject(code === undefined ? { message } : { code });
});
