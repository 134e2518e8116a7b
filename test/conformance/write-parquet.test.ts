import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writerConformance } from '@snapkeep/sdk/conformance';
import { parquetWriter } from '@snapkeep/write-parquet';
import { expect, test } from 'vitest';
import { column, stage, type TextRow } from '../support/staged.ts';
import { writerFixture } from '../support/writer-fixture.ts';

const columns = [
  column('id', { kind: 'integer', bits: 64 }, false),
  column('__proto__', { kind: 'string' }),
  column('when "it" was', { kind: 'timestamp', utc: true }),
  column('ok', { kind: 'boolean' }),
  column('price', { kind: 'decimal', precision: 12, scale: 2 }),
  column('bytes', { kind: 'bytes' }),
];
const rows: TextRow[] = Array.from({ length: 25 }, (_, index) => [
  `${9007199254740993n + BigInt((index * 7) % 25)}`,
  index % 4 === 0 ? null : `text ${index}, "quoted"\nand 🦆`,
  index === 3
    ? '0044-03-15 10:00:00+00 BC'
    : `2025-10-27 10:00:00.${String(index).padStart(6, '0')}+00`.replace(/\.?0+\+/, '+'),
  index % 3 === 0 ? null : index % 2 === 0 ? 't' : 'f',
  `${index}.50`,
  index === 5 ? null : '\\x00ff',
]);

const tests = writerConformance({ writer: parquetWriter, setUp: () => writerFixture(columns, rows) });
for (const { name, run } of tests) test(name, run);

test('rows that came in another order give the same bytes', async () => {
  const hashes = new Set<string>();
  for (const order of [rows, rows.toReversed()]) {
    await using staged = await stage(columns, order, ['id']);
    const folder = await mkdtemp(join(staged.folder, 'out-'));
    const request = {
      staged: staged.staging.relation(rows.length),
      directory: folder,
      baseName: 'things',
      compression: 'zstd',
      rowGroupRows: 10,
      footer: { 'snapkeep.dataset': "it's" },
    } as const;
    const context = (await import('@snapkeep/sdk/conformance')).createTestContext();
    const [file] = await parquetWriter.write(request, context);
    const { hashFile } = await import('../../src/store/durable.ts');
    hashes.add((await hashFile(join(folder, file?.name ?? ''))).sha256);
    await rm(folder, { recursive: true });
  }
  expect(hashes.size).toBe(1);
});
