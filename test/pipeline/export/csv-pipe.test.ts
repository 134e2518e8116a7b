import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { CsvPipe } from '../../../src/pipeline/export/csv-pipe.ts';

async function pipePath(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'csv-pipe-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return path.join(folder, 'rows.csv');
}

test('a reader that comes late, after few rows, still gets them and their end', async () => {
  const file = await pipePath();
  const open = await CsvPipe.create(file);
  const reader = sleep(100).then(() => readFile(file, 'utf8'));
  const pipe = await open(reader);
  await pipe.write('"1","2"\n');
  await pipe.end();
  expect(await reader).toBe('"1","2"\n');
});

test('a pipe that is given up ends its reader', async () => {
  const file = await pipePath();
  const open = await CsvPipe.create(file);
  const reader = sleep(50).then(() => readFile(file, 'utf8'));
  const pipe = await open(reader);
  pipe.destroy();
  expect(await reader).toBe('');
});

test('a reader that fails before it opens the pipe is told to whoever wants to write', async () => {
  const open = await CsvPipe.create(await pipePath());
  await expect(open(sleep(20).then(() => Promise.reject(new Error('no such column'))))).rejects.toThrow(
    'no such column',
  );
});
