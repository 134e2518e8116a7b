import { existsSync } from 'node:fs';
import { type SyncTargetFixture, syncTargetConformance } from '@snapkeep/sdk/conformance';
import { describe, test } from 'vitest';
import { duckdbTarget } from '../src/target.ts';
import { createBench, numbers, runSql } from './bench.ts';

async function setUp(): Promise<SyncTargetFixture> {
  const bench = await createBench();
  const first = bench.request([await bench.parquet('first.parquet', numbers(10))], 10, { indexes: [['id']] });
  const second = bench.request([await bench.parquet('second.parquet', numbers(25))], 25, {
    indexes: [['id']],
    version: 2,
  });
  return {
    first,
    second,
    read: async () =>
      existsSync(bench.to)
        ? (await runSql(bench.to, 'SELECT * FROM research.events ORDER BY ALL')).map((row) => row.map(String))
        : null,
    dispose: bench.dispose,
  };
}

describe('duckdb is a sync target', () => {
  for (const { name, run } of syncTargetConformance({ target: duckdbTarget, setUp })) test(name, run);
});
