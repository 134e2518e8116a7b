import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Violation } from '@snapkeep/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { MAX_REPORT_LINES, Rejections } from '../../../src/pipeline/invalid/rejections.ts';

test('a report that ends before the last reason isn’t called whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snapkeep-rejections-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'orders-20260131T100000000Z.csv');
  const rejections = new Rejections({ columns: [], key: [], sensitive: [], validation: null }, file);
  const violation: Violation = { column: '', pointer: '', keyword: 'not', schemaPath: '#/not', message: 'must not be' };
  const add = (number: number) => rejections.add({ texts: [], json: {}, number }, [violation]);
  for (let number = 1; number <= MAX_REPORT_LINES; number += 1) await add(number);
  expect(rejections.reportText).toBe(`All of them: ${file}`);
  await add(MAX_REPORT_LINES + 1);
  expect(rejections.reportText).toBe(`The first 100,000 reasons: ${file}`);
  await rejections.close();
  expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(MAX_REPORT_LINES + 1);
});
