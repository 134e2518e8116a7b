import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { announceVersions } from '../src/announce.ts';
import { createProject, type GitProject } from './project.ts';

let p: GitProject;
let bare: string;

beforeEach(async () => {
  p = await createProject();
  bare = `${p.root}/remote.git`;
  await execa('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  await p.write('.gitignore', '/remote.git/\n/other/\n');
  await commit('v1');
});

afterEach(() => p.dispose());

async function commit(name: string): Promise<void> {
  await p.git('add', '--all');
  await p.git('commit', '--quiet', '--allow-empty', '--message', name);
  await p.git('tag', '--annotate', '--message', name, `orders/${name}`);
}

const refs = async () =>
  (await execa('git', ['for-each-ref', '--format=%(refname)'], { cwd: bare })).stdout.split('\n').filter(Boolean);
const announce = (...tags: string[]) => announceVersions({ tags }, p.context);

test('pushes the branch and the tags that are here to the one remote there is', async () => {
  await p.git('remote', 'add', 'hub', bare);
  expect(await announce('orders/v1', 'orders/v2')).toEqual({ remote: 'hub', branch: 'main', tags: 1 });
  expect(await refs()).toEqual(['refs/heads/main', 'refs/tags/orders/v1']);
  await commit('v2');
  expect(await announce('orders/v1', 'orders/v2')).toMatchObject({ tags: 2 });
  expect(await refs()).toContain('refs/tags/orders/v2');
});

test('follows the branch’s own remote and name there', async () => {
  await p.git('remote', 'add', 'origin', '/nowhere');
  await p.git('remote', 'add', 'hub', bare);
  await p.git('push', '--quiet', '--set-upstream', 'hub', 'main:snapshots');
  expect(await announce('orders/v1')).toEqual({ remote: 'hub', branch: 'snapshots', tags: 1 });
});

test('says that there is no remote, or that it can’t be reached', async () => {
  await expect(announce()).rejects.toMatchObject({
    code: 'SNAPKEEP_GIT_FAILED',
    message: 'git has no remote to push to.',
  });
  await p.git('remote', 'add', 'origin', '/nowhere');
  await expect(announce()).rejects.toMatchObject({ code: 'SNAPKEEP_GIT_FAILED', exitCode: 15 });
});

test('pushes all or nothing: commits that are not here and a tag of somebody else’s are told apart', async () => {
  await p.git('remote', 'add', 'origin', bare);
  await announce('orders/v1');
  const other = `${p.root}/other`;
  const run = (...args: string[]) =>
    execa('git', ['-c', 'user.name=Eve', '-c', 'user.email=e@example.org', ...args], { cwd: other });
  await execa('git', ['clone', '--quiet', bare, other]);
  await run('tag', '--annotate', '--message', 'theirs', 'orders/v2');
  await run('push', '--quiet', 'origin', 'orders/v2');
  await commit('v2');
  const before = await refs();
  await expect(announce('orders/v1', 'orders/v2')).rejects.toMatchObject({
    code: 'SNAPKEEP_GIT_FAILED',
    message: 'The git remote origin has another orders/v2 already.',
  });
  expect(await refs()).toEqual(before);

  await run('commit', '--quiet', '--allow-empty', '--message', 'theirs');
  await run('push', '--quiet', 'origin', 'main');
  await expect(announce('orders/v1')).rejects.toMatchObject({
    code: 'SNAPKEEP_GIT_FAILED',
    message: 'The git remote origin has commits that are not here.',
  });
});
