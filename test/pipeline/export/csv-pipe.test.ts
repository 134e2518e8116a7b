import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { CsvPipe, makeFifo } from '../../../src/pipeline/export/csv-pipe.ts';

async function pipePath(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'csv-pipe-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'rows.csv');
  await makeFifo(file);
  return file;
}

test('a reader that comes late, after few rows, still gets them and their end', async () => {
  const file = await pipePath();
  let text: string | undefined;
  const { pipe, done } = await CsvPipe.open(file, async () => {
    await sleep(100);
    text = await readFile(file, 'utf8');
  });
  await pipe.write(Buffer.from('"1","2"\n'));
  await pipe.end();
  await done;
  expect(text).toBe('"1","2"\n');
});

test('a pipe that is given up ends its reader', async () => {
  const file = await pipePath();
  let text: string | undefined;
  const { pipe, done } = await CsvPipe.open(file, async () => {
    await sleep(50);
    text = await readFile(file, 'utf8');
  });
  pipe.destroy();
  await done;
  expect(text).toBe('');
});

test('a reader that fails before it opens the pipe is told to whoever wants to write', async () => {
  const read = () => sleep(20).then(() => Promise.reject(new Error('no such column')));
  await expect(CsvPipe.open(await pipePath(), read)).rejects.toThrow('no such column');
});

test('a reader that fails halfway is told to whoever writes on', async () => {
  const file = await pipePath();
  const { pipe } = await CsvPipe.open(file, async () => {
    const handle = await open(file);
    await handle.read(Buffer.alloc(10));
    await handle.close();
    throw new Error('no such type');
  });
  const writing = async () => {
    for (;;) await pipe.write(Buffer.alloc(1 << 16, 'x'));
  };
  await expect(writing()).rejects.toThrow('no such type');
  pipe.destroy();
});
