import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, stateOf, transactionsOf } from './support/state.ts';

interface Listed {
  readonly versions: readonly {
    version: number;
    tag: string | null;
    tags: string[];
    notes: { text: string }[];
    change: { rows: number; columns: number; sameContent: boolean } | null;
  }[];
}

/** Four versions of `orders`: three rows less, a column more, the first again. */
async function fourVersions(): Promise<Project> {
  const project = await createProject({ sql: orders(40), datasets: { orders: { table: 'orders' } } });
  await project.data('export', 'orders', '--message', 'as it began');
  await project.database.run('DELETE FROM orders WHERE order_id <= 3');
  await project.data('export', 'orders');
  await project.database.run("ALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT ''");
  await project.data('export', 'orders');
  await project.data('version', 'rollback', 'orders', 'v1');
  return project;
}

const listed = async (project: Project) => (await project.data<Listed>('version', 'list', 'orders')).versions;

test('list and log say what changed, what is current, tags and notes', async () => {
  const project = await fourVersions();
  expect((await listed(project)).map(({ change }) => change)).toEqual([
    null,
    { rows: -3, columns: 0, sameContent: false },
    { rows: 0, columns: 1, sameContent: false },
    { rows: 3, columns: 1, sameContent: false },
  ]);
  await project.data('version', 'tag', 'orders', 'v2', 'paper-2026');
  await project.data('version', 'note', 'orders', 'paper-2026', 'table 3 was made from this\nand figure 2');

  const table = (await project.run('version', 'list', 'orders')).stdout.split('\n');
  expect(table[0]).toMatch(/version +created \(UTC\) +rows +change +size +commit +tags +notes +message/);
  expect(table[1]).toMatch(/^ +v1 .* 40 .* as it began$/);
  expect(table[2]).toMatch(/^ +v2 .* 37 +−3 .* paper-2026 +1 +export of 37 rows$/);
  expect(table[3]).toMatch(/^ +v3 .* 37 +1 column /);
  expect(table[4]).toMatch(/^● +v4 .* 40 +\+3, 1 column .* rollback to v1$/);

  const log = (await project.run('version', 'log', 'orders')).stdout;
  expect(log).toMatch(
    /^orders v4 \(current\)\n.*40 rows \(\+3, 1 column\).*commit [0-9a-f]{10}\n {4}rollback to v1\n\norders v3\n/,
  );
  expect(log).toMatch(
    /orders v2 \(paper-2026\)\n.*\n.*\n {4}note \d{4}-\d\d-\d\d table 3 was made from this\n {6}and figure 2\n/,
  );
  const lines = (await project.run('version', 'log', 'orders', '--oneline', '-n', '3')).stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.slice(0, 3))).toEqual(['v4 ', 'v3 ', 'v2 ']);
  expect(lines[2]).toMatch(/^v2 \d{4}-\d\d-\d\d \(paper-2026\) export of 37 rows 37 rows \(−3\), /);
  expect((await project.run('version', 'show', 'orders', 'v2')).stdout).toMatch(/tags +paper-2026\nnote +.* table 3/);
});

test('a tag is git’s, by which every command finds the version; it is made once, moved by nobody, removed on demand', async () => {
  const project = await fourVersions();
  const commit = await project.git('rev-parse', 'orders/v2^{commit}');
  const before = await stateOf(project);
  const tag = (...args: string[]) => project.data('version', 'tag', 'orders', ...args);
  expect(await tag('v2', 'paper-2026', '--dry-run')).toMatchObject({ action: 'created', dryRun: true });
  expect(await stateOf(project)).toEqual(before);
  expect(await tag('v2', 'paper-2026', '--message', 'as submitted')).toMatchObject({
    tags: [{ tag: 'paper-2026', version: 2, commit }],
    unchanged: false,
  });
  expect(await project.git('cat-file', '-t', 'paper-2026')).toBe('tag');
  expect(await project.git('tag', '--list', '--format=%(contents:subject)', 'paper-2026')).toBe('as submitted');
  expect(await project.git('rev-parse', 'paper-2026^{commit}', 'HEAD')).toBe(`${commit}\n${before.head}`);
  expect(await project.data('version', 'show', 'orders', 'paper-2026')).toMatchObject({
    version: 2,
    tags: ['paper-2026'],
  });
  expect(await tag('v2', 'paper-2026')).toMatchObject({ unchanged: true });
  expect(await tag()).toMatchObject({ action: 'shown', tags: [{ tag: 'paper-2026', version: 2 }] });

  const refused = (...args: string[]) => project.failure('version', 'tag', 'orders', ...args);
  expect(await refused('v1', 'paper-2026')).toMatchObject({ code: 'SNAPKEEP_GIT_FAILED', exitCode: 15 });
  expect(await refused('v1', 'with space')).toMatchObject({ code: 'SNAPKEEP_GIT_FAILED', exitCode: 15 });
  for (const name of ['v9', '2026-01-01', 'latest', 'orders/v9', 'users/v1', '7d']) {
    expect(await refused('v1', name), name).toMatchObject({ code: 'SNAPKEEP_USAGE', exitCode: 2 });
  }
  expect(await refused('v1')).toMatchObject({ code: 'SNAPKEEP_USAGE' });
  expect(await refused('--delete', 'orders/v1')).toMatchObject({ code: 'SNAPKEEP_USAGE' });
  expect(await refused('--delete', 'paper-2025')).toMatchObject({ message: expect.stringContaining('paper-2025') });
  expect(await tag('--delete', 'paper-2026')).toMatchObject({ action: 'removed' });
  expect(await stateOf(project)).toEqual(before);
});

test('a clone without tags makes the versions’ own again; squashed and shallow history are told', async () => {
  const project = await fourVersions();
  const tags = await project.git('for-each-ref', '--format=%(refname) %(*objectname) %(contents:subject)', 'refs/tags');
  const clone = async (name: string, ...options: string[]) => {
    await execa('git', ['clone', '--quiet', '--no-tags', ...options, `file://${project.root}`, name], {
      cwd: project.folder,
    });
    return project.in(`../${name}`);
  };
  const full = await clone('full');
  expect(await full.data('version', 'tag', 'orders', '--restore')).toMatchObject({
    action: 'restored',
    tags: [1, 2, 3, 4].map((version) => ({ tag: `orders/v${version}`, version })),
    unknown: [],
  });
  const format = '--format=%(refname) %(*objectname) %(contents:subject)';
  expect(await full.git('for-each-ref', format, 'refs/tags')).toBe(tags);
  expect(await full.data('version', 'tag', 'orders', '--restore')).toMatchObject({ tags: [], unchanged: true });
  await full.git('tag', '--delete', 'orders/v2');
  await full.data('version', 'tag', 'orders', 'v2', 'paper-2026');
  expect(await full.git('rev-parse', 'paper-2026^{commit}')).toBe(await project.git('rev-parse', 'orders/v2^{commit}'));

  await full.git('tag', '--delete', 'orders/v1', 'orders/v3', 'orders/v4');
  await full.git('reset', '--quiet', '--soft', 'paper-2026~1');
  await full.git('commit', '--quiet', '--message', 'squashed');
  expect(await full.data('version', 'tag', 'orders', '--restore')).toMatchObject({
    tags: [{ version: 1 }, { version: 4, commit: await full.git('rev-parse', 'HEAD') }],
    unknown: [2, 3],
  });

  const shallow = await clone('shallow', '--depth', '2');
  expect(await shallow.data('version', 'tag', 'orders', '--restore')).toMatchObject({
    tags: [{ version: 4 }],
    unknown: [1, 2, 3],
  });
  expect(await shallow.failure('version', 'tag', 'orders', 'v1', 'first')).toMatchObject({
    code: 'SNAPKEEP_GIT_FAILED',
    hint: expect.stringContaining('--unshallow'),
  });
});

test('a note is one commit of its own, whatever else is dirty; a conflict of notes keeps both sides', async () => {
  const project = await createProject({ sql: orders(40), datasets: { orders: { table: 'orders' } } });
  await project.data('export', 'orders');
  await project.write({ 'mine.txt': 'mine', 'staged.txt': 'staged' });
  await project.git('add', 'staged.txt');
  const status = await project.git('status', '--porcelain');
  const added = await project.data('version', 'note', 'orders', 'v1', '  first  ');
  expect(added).toMatchObject({ version: 1, added: true, notes: [{ text: 'first' }] });
  expect(added.commit).toBe(await project.git('rev-parse', 'HEAD'));
  expect(await project.git('show', '--name-only', '--format=%s%n%n%b', 'HEAD')).toMatch(
    /^orders v1: note\n\nfirst\n\nVersion: orders\/v1\nSnapshot-Tx: \S+\n+data\/orders\/notes\.ndjson$/,
  );
  expect(await project.git('status', '--porcelain')).toBe(status);
  expect(await project.failure('version', 'note', 'orders', 'v1', '  ')).toMatchObject({ code: 'SNAPKEEP_USAGE' });
  expect(await project.failure('version', 'note', 'orders', 'v7', 'x')).toMatchObject({
    code: 'SNAPKEEP_VERSION_UNKNOWN',
  });

  const hook = path.join(project.root, '.git/hooks/pre-commit');
  await project.write({ '.git/hooks/pre-commit': '#!/bin/sh\nexit 1\n' });
  await execa('chmod', ['+x', hook]);
  const before = await stateOf(project);
  expect(await project.failure('version', 'note', 'orders', 'v1', 'refused')).toMatchObject({ exitCode: 15 });
  expect(await stateOf(project)).toEqual(before);
  await execa('rm', [hook]);
  expect(await transactionsOf(project)).toEqual([]);

  await project.git('rm', '--quiet', '--cached', 'staged.txt');
  await project.git('switch', '--quiet', '--create', 'other', 'HEAD~1');
  await project.data('version', 'note', 'orders', 'v1', 'theirs');
  await execa('git', ['merge', '--quiet', 'main'], {
    cwd: project.root,
    env: project.env,
    extendEnv: false,
    reject: false,
  });
  expect(await readFile(path.join(project.root, 'data/orders/notes.ndjson'), 'utf8')).toContain('<<<<<<<');
  const { notes } = await project.data<{ notes: { text: string }[] }>('version', 'note', 'orders', 'v1');
  expect(notes.map(({ text }) => text).sort()).toEqual(['first', 'theirs']);
  await project.git('checkout', '--quiet', '--ours', 'data/orders/notes.ndjson');
  await project.git('commit', '--quiet', '--all', '--no-edit');
  await execa('rm', ['mine.txt', 'staged.txt'], { cwd: project.root });
  await expectAgreement(project, 'orders', 1);
});
