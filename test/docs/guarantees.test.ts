import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

const DOCS = path.resolve(import.meta.dirname, '../../docs');

test('every test that the guarantees name is there, and every row of a table names one', async () => {
  const text = await readFile(path.join(DOCS, 'guarantees.md'), 'utf8');
  const links = [...text.matchAll(/\]\((\.\.?\/[^)#]+|[\w/-]+\.md)\)/g)].map(([, link]) => link ?? '');
  expect(links.filter((link) => link.endsWith('.test.ts')).length).toBeGreaterThan(40);
  expect(links.filter((link) => !existsSync(path.join(DOCS, link)))).toEqual([]);
  const rows = text.split('\n').filter((line) => /^\| (?!-|fault |promise )/.test(line));
  expect(rows.length).toBeGreaterThan(40);
  expect(rows.filter((row) => !row.includes('.test.ts)'))).toEqual([]);
});
