import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Compression, messageOf, SnapkeepError, type WriteRequest, type Writer } from '@snapkeep/sdk';
import { refusals } from './columns.ts';
import { openFile } from './parquet-file.ts';

const COMPRESSIONS = ['snappy', 'none'] as const satisfies readonly Compression[];

/** Rows asked for at once. */
const BATCH_ROWS = 1_000;

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** The file system's errors as the contract has them. */
async function onDisk<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const isFull = FULL.has(String((cause as NodeJS.ErrnoException).code));
    const code = isFull ? 'SNAPKEEP_STORAGE_FULL' : 'SNAPKEEP_STORAGE_FAILED';
    throw new SnapkeepError(code, `${path}: ${messageOf(cause)}`, { cause });
  }
}

async function writeAll(file: FileHandle, parts: readonly Buffer[]): Promise<void> {
  for (const part of parts) {
    for (let written = 0; written < part.length; ) written += (await file.write(part, written)).bytesWritten;
  }
}

/** What the plan should have refused is not written all the same. */
function assertHeld({ staged, compression }: WriteRequest): void {
  const [refused] = refusals(staged.columns);
  if (refused) {
    throw new SnapkeepError('SNAPKEEP_COLUMN_REFUSED', `${JSON.stringify(refused.column)}: ${refused.reason}`, {
      details: { ...refused },
    });
  }
  if (compression === 'zstd') throw new SnapkeepError('SNAPKEEP_USAGE', 'parquetjs-lite has no zstd');
}

/**
 * Parquet by parquetjs-lite 0.8.7, pure JavaScript: one file, rows in the staged order, the same bytes for the same
 * rows. It refuses every column that the library does not hold exactly (columns.ts says why).
 */
export const parquetjsWriter: Writer = {
  compressions: COMPRESSIONS,
  refuse: refusals,

  async write(request, { signal }) {
    assertHeld(request);
    const { staged, directory, baseName } = request;
    const name = `${baseName}.parquet`;
    const path = join(directory, name);
    const parquet = await openFile(request);
    const file = await onDisk(path, open(path, 'wx'));
    try {
      for await (const batch of staged.batches(BATCH_ROWS)) {
        for (const row of batch) await parquet.append(row);
        await onDisk(path, writeAll(file, parquet.take()));
        signal.throwIfAborted();
      }
      await parquet.close();
      await onDisk(path, writeAll(file, parquet.take()));
    } finally {
      await file.close();
    }
    return [{ name, rows: staged.rows }];
  },
};
