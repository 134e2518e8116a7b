import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DatasetLayout, datasetLayout, datasetNameOf, snapshotId } from '../../src/store/layout.ts';
import { readVersions, type VersionLine, withVersion } from '../../src/store/versions-file.ts';

let root: string;
let layout: DatasetLayout;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'snapkeep-versions-'));
  layout = datasetLayout(root, 'data', 'things');
  await mkdir(dirname(layout.absolute(layout.versions)), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const line = (version: number): VersionLine => ({
  version,
  snapshot: `2026010${version}T000000000Z-abcdefabcdef`,
  kind: 'export',
  created: `2026-01-0${version}T00:00:00.000Z`,
  message: 'with "quotes"\nand lines',
});

test('versions come back as they were written, oldest first', async () => {
  const written = withVersion([line(1)], line(2));
  expect(written.split('\n')).toHaveLength(3);
  await writeFile(layout.absolute(layout.versions), written);
  expect(await readVersions(layout)).toEqual([line(1), line(2)]);
});

test('a dataset without the file has no versions', async () => {
  expect(await readVersions(layout)).toEqual([]);
});

test.each([
  ['a gap', withVersion([line(1)], line(3)), /:2: holds version 3 where version 2 belongs/],
  ['half a line', '{"version": 1, "snap', /:1: not a JSON document/],
  ['an unknown kind', JSON.stringify({ ...line(1), kind: 'guess' }), /:1: has the unknown kind guess/],
  ['a path instead of a snapshot', JSON.stringify({ ...line(1), snapshot: '../../etc' }), /:1: names no snapshot/],
])('%s is told with its line', async (_, text, message) => {
  await writeFile(layout.absolute(layout.versions), text);
  await expect(readVersions(layout)).rejects.toMatchObject({
    code: 'SNAPKEEP_INTEGRITY',
    message: expect.stringMatching(message),
  });
});

test('a snapshot’s id sorts by time and carries the content', () => {
  const id = snapshotId(new Date('2026-10-27T02:00:00.123Z'), 'v1:3fa9c1d2e4b5ffff0000000000000000');
  expect(id).toBe('20261027T020000123Z-3fa9c1d2e4b5');
});

test.each([
  ['BehavioralEvent', 'behavioralevent'],
  ['Order "x"', 'order__x_'],
  ['_private', 't_private'],
  ['Ünïcode', 't_n_code'],
])('the table %s becomes the dataset %s', (table, dataset) => {
  expect(datasetNameOf(table)).toBe(dataset);
});
