import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTextIfThere } from '../src/read-text.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snapkeep-read-text-'));
  await writeFile(join(folder, 'file'), 'é\n');
});
afterAll(() => rm(folder, { recursive: true }));

test('what is not there is not read', async () => {
  expect(await readTextIfThere(join(folder, 'file'))).toBe('é\n');
  expect(await readTextIfThere(join(folder, 'none'))).toBeUndefined();
  expect(await readTextIfThere(join(folder, 'file/none'))).toBeUndefined();
});

test('what can’t be read is not missing', async () => {
  await expect(readTextIfThere(folder)).rejects.toMatchObject({ code: 'EISDIR' });
});
