import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test, vi } from 'vitest';
import type { Cli } from './support/cli.ts';
import { orders } from './support/events.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, stateOf, transactionsOf, versionLines } from './support/state.ts';

vi.setConfig({ testTimeout: 600_000 });

const VERSIONS = 'data/orders/versions.ndjson';

/** So many versions of `orders` in a bare repository, by a project and a second clone of it. */
async function twoClones(dvc: boolean): Promise<{ project: Project; ada: Cli; bo: Cli }> {
  const project = await createProject({ sql: orders(30), dvc });
  if (dvc) {
    const config = await readFile(path.join(project.root, '.dvc/config'), 'utf8');
    const remote = `['remote "team"']\n    url = ${path.join(project.folder, 'remote')}\n`;
    await project.write({ '.dvc/config': `${config.replace('[core]\n', '[core]\n    remote = team\n')}${remote}` });
    await project.git('commit', '--quiet', '--all', '--message', 'a remote');
  }
  for (const version of [1, 2, 3]) await exportChanged(project, project, `${version} * 10`);
  const origin = path.join(project.folder, 'origin.git');
  await project.git('init', '--quiet', '--bare', origin);
  await project.git('remote', 'add', 'origin', origin);
  await project.git('push', '--quiet', '--set-upstream', '--follow-tags', 'origin', 'main');
  if (dvc) await project.data('version', 'push', '--all');
  const bo = await cloneOf(project, 'bo');
  await bo.git('config', 'user.name', 'Bo');
  return { project, ada: project, bo };
}

async function cloneOf(project: Project, name: string, ...options: string[]): Promise<Cli> {
  const folder = path.join(project.folder, name);
  const origin = `file://${project.folder}/origin.git`;
  await execa('git', ['clone', '--quiet', ...options, origin, folder], { env: project.env, extendEnv: false });
  return project.in(path.relative(project.root, folder));
}

async function exportChanged(project: Project, cli: Cli, amount: string): Promise<void> {
  await project.database.run(`UPDATE orders SET amount = ${amount} WHERE order_id = 1`);
  await cli.data('export', 'orders', '--message', `amount ${amount}`);
}

/** Without a remote of DVC: the data by hand, as between two folders of one machine. */
async function giveData(from: Cli, to: Cli): Promise<void> {
  for (const { snapshot } of await versionLines(from, 'orders')) {
    const folder = path.join('data/orders', snapshot);
    await cp(path.join(from.root, folder), path.join(to.root, folder), { recursive: true });
  }
}

const pull = (cli: Cli, ...options: string[]) =>
  execa('git', ['pull', '--quiet', '--no-edit', ...options], {
    cwd: cli.root,
    env: cli.env,
    extendEnv: false,
    reject: false,
  });

const kinds = (cli: Cli) =>
  versionLines(cli, 'orders').then((lines) => lines.map(({ version, ...line }) => ({ version, ...line })));

test('two clones both made v4: both are kept, pushed, and a third clone has every version, each to roll back to', async () => {
  const { project, ada, bo } = await twoClones(true);
  await exportChanged(project, ada, '41');
  await ada.data('version', 'push', 'orders', '--git');
  await bo.data('version', 'pull', 'orders', '--all');
  await exportChanged(project, bo, '42');
  await bo.data('version', 'note', 'orders', 'v4', 'made by Bo');
  await exportChanged(project, bo, '43');
  await bo.data('version', 'rollback', 'orders', 'v4', '--message', 'v4 was right');
  const [, , , adas] = await versionLines(ada, 'orders');
  const bos = (await versionLines(bo, 'orders')).slice(3);

  expect((await pull(bo, '--no-rebase')).exitCode).not.toBe(0);
  expect(await bo.failure('version', 'list', 'orders')).toMatchObject({
    code: 'SNAPKEEP_VERSIONS_CONFLICT',
    hint: expect.stringContaining('snapkeep version merge orders'),
  });
  const before = await stateOf(bo);
  const planned = {
    operation: 'merge',
    versions: 7,
    latest: bos[2]?.snapshot,
    renumbered: [
      { from: 4, to: 5 },
      { from: 5, to: 6 },
      { from: 6, to: 7 },
    ],
    conflicts: [],
  };
  expect(await bo.data('version', 'merge', 'orders', '--dry-run')).toMatchObject({ ...planned, dryRun: true });
  expect(await stateOf(bo)).toEqual(before);

  expect(await bo.data('version', 'merge', 'orders')).toMatchObject({
    ...planned,
    staged: true,
    next: ['git commit --no-edit', 'snapkeep version tag orders --restore'],
  });
  expect(await bo.git('ls-files', '--unmerged')).toBe('');
  expect(await kinds(bo)).toMatchObject([
    { version: 1 },
    { version: 2 },
    { version: 3 },
    adas,
    { ...bos[0], version: 5 },
    { ...bos[1], version: 6 },
    { ...bos[2], version: 7, kind: 'rollback', of: 5 },
  ]);
  expect(await bo.data('version', 'merge', 'orders')).toMatchObject({ unchanged: true, renumbered: [] });
  await bo.git('commit', '--quiet', '--no-edit');

  const restore = await bo.run('version', 'tag', 'orders', '--restore', '--dry-run');
  expect(restore.stdout).toMatch(/orders\/v4 named what is v5 now \(commit [0-9a-f]{10}\): would be moved to v4 /);
  expect(await bo.data('version', 'tag', 'orders', '--restore')).toMatchObject({
    moved: [
      { tag: 'orders/v4', version: 4, named: 5, commit: await ada.git('rev-parse', 'orders/v4^{commit}') },
      { tag: 'orders/v5', version: 5, named: 6 },
      { tag: 'orders/v6', version: 6, named: 7 },
    ],
    tags: [{ tag: 'orders/v7', version: 7, commit: await bo.git('rev-parse', 'HEAD') }],
    unknown: [],
  });
  expect(await bo.data('version', 'tag', 'orders', '--restore')).toMatchObject({ unchanged: true, moved: [] });
  await bo.data('version', 'pull', 'orders', '--all');
  await expectAgreement(bo, 'orders', 7);
  for (const { version, snapshot } of await versionLines(bo, 'orders')) {
    expect(await bo.git('cat-file', 'blob', `orders/v${version}:data/orders/latest`)).toBe(snapshot);
  }
  expect(await bo.data('version', 'note', 'orders', 'v5')).toMatchObject({ notes: [{ text: 'made by Bo' }] });
  expect(await bo.data('version', 'note', 'orders', 'v4')).toMatchObject({ notes: [] });
  await bo.data('version', 'push', 'orders', '--all', '--git');

  const third = await cloneOf(project, 'third');
  await third.data('version', 'pull', 'orders', '--all');
  await expectAgreement(third, 'orders', 7);
  const amount = async (at: string) => {
    const { rows } = await third.data<{ rows: unknown[][] }>(
      'query',
      'SELECT amount::DOUBLE FROM orders WHERE order_id = 1',
      '--at',
      at,
    );
    return rows[0]?.[0];
  };
  expect(await Promise.all(['v4', 'v5', 'v6', 'v7'].map(amount))).toEqual([41, 42, 43, 42]);
  expect(await third.data('version', 'rollback', 'orders', 'v4')).toMatchObject({ version: 8, to: 4 });
  expect(await amount('latest')).toBe(41);
  expect(await third.data('version', 'rollback', 'orders', 'v5')).toMatchObject({ version: 9, to: 5 });
  expect(await amount('latest')).toBe(42);
  await expectAgreement(third, 'orders', 9);

  await ada.git('pull', '--quiet');
  await ada.data('version', 'pull', 'orders', '--all');
  await expectAgreement(ada, 'orders', 7);
});

test('git pull --rebase: each stopped commit is merged, its version gets the next number', async () => {
  const { project, ada, bo } = await twoClones(false);
  await exportChanged(project, ada, '41');
  await ada.git('push', '--quiet', '--follow-tags');
  await exportChanged(project, bo, '42');
  await exportChanged(project, bo, '43');
  await bo.data('version', 'rollback', 'orders', 'v4');
  const bos = (await versionLines(bo, 'orders')).slice(3);
  expect((await pull(bo, '--rebase')).exitCode).not.toBe(0);
  for (const version of [5, 6, 7]) {
    expect(await bo.data('version', 'merge', 'orders')).toMatchObject({
      operation: 'rebase',
      renumbered: [{ from: version - 1, to: version }],
      next: ['git rebase --continue', 'snapkeep version tag orders --restore'],
    });
    await bo
      .with({ GIT_EDITOR: 'true' })
      .git('rebase', '--continue')
      .catch(() => undefined);
  }
  expect(await bo.git('status', '--porcelain')).toBe('');
  expect((await versionLines(bo, 'orders')).slice(4)).toEqual([
    { ...bos[0], version: 5 },
    { ...bos[1], version: 6 },
    { ...bos[2], version: 7, of: 5 },
  ]);
  await bo.data('version', 'tag', 'orders', '--restore');
  await giveData(ada, bo);
  await expectAgreement(bo, 'orders', 7);
});

test('what a union merge made of the file, or marks that were committed, becomes one history; other conflicts are left and told', async () => {
  const { project, ada, bo } = await twoClones(false);
  await exportChanged(project, ada, '41');
  await ada.write({ 'readme.txt': 'Ada' });
  await ada.git('add', 'readme.txt');
  await ada.git('commit', '--quiet', '--message', 'readme');
  await ada.git('push', '--quiet', '--follow-tags');
  await exportChanged(project, bo, '42');
  await bo.write({ 'readme.txt': 'Bo' });
  await bo.git('add', 'readme.txt');
  await bo.git('commit', '--quiet', '--message', 'readme');
  const bos = (await versionLines(bo, 'orders'))[3];

  const attributes = path.join(bo.root, '.git/info/attributes');
  await writeFile(attributes, `${VERSIONS} merge=union\n`);
  await pull(bo, '--no-rebase');
  expect((await bo.failure('version', 'list', 'orders')).message).toMatch(/names v4 twice/);
  expect(await bo.data('version', 'merge', 'orders')).toMatchObject({ conflicts: ['readme.txt'], versions: 5 });
  const whole = await readFile(path.join(bo.root, VERSIONS), 'utf8');

  await bo.git('merge', '--abort');
  await writeFile(attributes, '');
  await pull(bo, '--no-rebase');
  await bo.git('add', '--all');
  await bo.git('commit', '--quiet', '--no-edit');
  expect((await bo.failure('version', 'list', 'orders')).message).toMatch(/holds a merge conflict/);
  expect(await bo.data('version', 'merge', 'orders')).toMatchObject({
    operation: null,
    renumbered: [{ from: 4, to: 5, snapshot: bos?.snapshot }],
    latest: bos?.snapshot,
    staged: true,
    next: ['git commit -m "orders: both histories"', 'snapkeep version tag orders --restore'],
  });
  expect(await readFile(path.join(bo.root, VERSIONS), 'utf8')).toBe(whole);
  await bo.git('commit', '--quiet', '--message', 'orders: both histories');
  await bo.data('version', 'tag', 'orders', '--restore');
  await giveData(ada, bo);
  await expectAgreement(bo, 'orders', 5);
  expect(await bo.data('version', 'merge', 'orders')).toMatchObject({ unchanged: true, next: [] });
});

/** A `git` that kills who called it, instead of or right after the call that stages. */
async function killingGit(project: Project, when: 'before' | 'after'): Promise<Record<string, string>> {
  const real = (await execa('which', ['git'], { env: project.env, extendEnv: false })).stdout;
  const folder = path.join(project.folder, `git-that-kills-${when}`);
  const staging = `${when === 'after' ? `${real} "$@"; ` : ''}kill -9 $PPID; exit 1`;
  await mkdir(folder);
  await writeFile(
    path.join(folder, 'git'),
    `#!/bin/sh\ncase " $* " in *" update-index "*) ${staging};; esac\nexec ${real} "$@"\n`,
    { mode: 0o755 },
  );
  return { PATH: `${folder}${path.delimiter}${project.env.PATH}` };
}

test('a branch that is merged into the published one follows it; a held index or a kill changes nothing for good', async () => {
  const { project, ada } = await twoClones(false);
  await ada.git('switch', '--quiet', '--create', 'trial');
  await exportChanged(project, ada, '42');
  const [trial] = (await versionLines(ada, 'orders')).slice(3);
  await ada.git('tag', '--delete', 'orders/v4');
  await ada.git('switch', '--quiet', 'main');
  await exportChanged(project, ada, '41');
  const [published] = (await versionLines(ada, 'orders')).slice(3);
  await ada.git('push', '--quiet', '--follow-tags');
  await ada.git('merge', '--quiet', 'trial').catch(() => undefined);

  const lock = path.join(ada.root, '.git/index.lock');
  await writeFile(lock, '');
  const before = await stateOf(ada);
  expect(await ada.failure('version', 'merge', 'orders')).toMatchObject({ code: 'SNAPKEEP_GIT_STATE', exitCode: 15 });
  expect(await stateOf(ada)).toEqual(before);
  await rm(lock);

  for (const when of ['before', 'after'] as const) {
    const killed = await ada.with(await killingGit(project, when)).run('version', 'merge', 'orders');
    expect(killed.exitCode).toBe('SIGKILL');
    expect(await transactionsOf(ada)).toHaveLength(1);
  }
  const merged = await ada.run('version', 'merge', 'orders');
  expect(merged.stderr).toMatch(/undid an interrupted version merge of orders/);
  expect(merged.stdout).toMatch(/v4 → v5 {2}amount 42\n/);
  expect(merged.stdout).toMatch(/then: git commit --no-edit; snapkeep version tag orders --restore\n$/);
  expect((await versionLines(ada, 'orders')).slice(3)).toEqual([published, { ...trial, version: 5 }]);
  await ada.git('commit', '--quiet', '--no-edit');
  await ada.data('version', 'tag', 'orders', '--restore');
  await expectAgreement(ada, 'orders', 5);
});
