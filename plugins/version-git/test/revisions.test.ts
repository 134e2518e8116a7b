import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestContext } from '@snapkeep/sdk/conformance';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gitStore } from '../src/git-store.ts';
import { createProject, type GitProject } from './project.ts';

let p: GitProject;
let first: string;
let second: string;

beforeEach(async () => {
  p = await createProject({ folder: 'analytics' });
  const commit = async (text: string) => {
    await p.write('data/orders/versions.ndjson', text);
    await p.git('add', '--all');
    await p.git('commit', '--quiet', '--message', text.trim());
    return p.git('rev-parse', 'HEAD');
  };
  first = await commit('one\n');
  second = await commit('two\n');
});
afterEach(() => p.dispose());

const find = async (name: string, context = p.context) => gitStore.revisions?.(name, context);

test('tags, annotated or not, branches, commits and what git makes of a name', async () => {
  await p.git('tag', 'light', first);
  await p.git('tag', '--annotate', '--message', 'x', 'paper', first);
  await p.git('branch', 'side', first);
  const one = (name: string, full: string) =>
    expect(find(name)).resolves.toEqual({ matches: [{ commit: first, name: full }], shallow: false });
  await one('light', 'refs/tags/light');
  await one('paper', 'refs/tags/paper');
  await one('refs/tags/paper', 'refs/tags/paper');
  await one('side', 'refs/heads/side');
  await one(first, first);
  await one(first.slice(0, 8), first);
  await one('HEAD~1', first);
  await one('main^', first);
  expect((await find('HEAD'))?.matches[0]?.commit).toBe(second);
});

test('a name of several things gives each of them', async () => {
  await p.git('tag', 'both', first);
  await p.git('branch', 'both', second);
  expect((await find('both'))?.matches).toEqual([
    { commit: second, name: 'refs/heads/both' },
    { commit: first, name: 'refs/tags/both' },
  ]);
  const prefix = first.slice(0, 4);
  await p.git('tag', prefix, second);
  expect((await find(prefix))?.matches).toEqual(
    expect.arrayContaining([
      { commit: second, name: `refs/tags/${prefix}` },
      { commit: first, name: first },
    ]),
  );
});

test('what is no name is nothing: options, ranges, paths, blobs, unknown ids', async () => {
  const blob = await p.git('rev-parse', 'HEAD:./data/orders/versions.ndjson');
  for (const name of [
    '--all',
    'HEAD..HEAD',
    'HEAD:data',
    'a b',
    '',
    '*',
    blob,
    'f'.repeat(40),
    'none',
    'v9',
    ':/one',
  ]) {
    expect(await find(name), name).toEqual({ matches: [], shallow: false });
  }
});

test('a file as it was, from a project inside of a repository; null where it was not', async () => {
  const at = (commit: string, path: string) => gitStore.fileAt?.(commit, path, p.context);
  expect(await at(first, 'data/orders/versions.ndjson')).toBe('one\n');
  expect(await at(second, 'data/orders/versions.ndjson')).toBe('two\n');
  expect(await at(first, 'data/other/versions.ndjson')).toBeNull();
  await expect(at('f'.repeat(40), 'x')).rejects.toMatchObject({ code: 'SNAPKEEP_GIT_FAILED' });
});

test('a shallow clone says so; outside of a repository nothing is known', async () => {
  const clone = await realpath(await mkdtemp(join(tmpdir(), 'snapkeep-shallow-')));
  try {
    const context = createTestContext({ root: join(clone, 'c'), env: p.context.env });
    await execa(
      'git',
      ['clone', '--quiet', '--depth=1', `file://${await p.git('rev-parse', '--show-toplevel')}`, join(clone, 'c')],
      { env: { GIT_CONFIG_GLOBAL: '/dev/null' } },
    );
    expect(await find(first, context)).toEqual({ matches: [], shallow: true });
    expect(await find('HEAD', context)).toEqual({ matches: [{ commit: second, name: second }], shallow: true });
    expect(await find('HEAD', createTestContext({ root: clone, env: p.context.env }))).toEqual({
      matches: [],
      shallow: false,
    });
  } finally {
    await rm(clone, { recursive: true, force: true });
  }
});
