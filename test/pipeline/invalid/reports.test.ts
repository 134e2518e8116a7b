import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newReport, removeOldReports } from '../../../src/pipeline/invalid/reports.ts';

test('of each dataset the newest twenty reports stay', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'snapkeep-reports-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const newest = newReport(root, 'orders');
  const folder = path.dirname(newest);
  await mkdir(folder, { recursive: true });
  const stamped = (name: string, day: number) => `${name}-202501${String(day).padStart(2, '0')}T100000000Z.csv`;
  const olds = Array.from({ length: 25 }, (_, index) => stamped('orders', index + 1));
  const others = [stamped('orders-eu', 1), 'orders-notes.csv', stamped('order', 1)];
  for (const name of [...olds, ...others, path.basename(newest)]) await writeFile(path.join(folder, name), '');
  await removeOldReports(newest);
  const left = [...olds.slice(6), ...others, path.basename(newest)];
  expect((await readdir(folder)).sort()).toEqual(left.sort());
});
