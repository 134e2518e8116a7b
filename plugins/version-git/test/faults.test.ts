import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { commitVersions } from '../src/commit.ts';
import { gitStore } from '../src/git-store.ts';
import { createProject, type GitProject, type ProjectOptions, request, state, version } from './project.ts';

const projects: GitProject[] = [];

/** With one commit, `a.json` changed since, and a file of the user's staged. */
async function project(options?: ProjectOptions): Promise<GitProject> {
  const p = await createProject(options);
  projects.push(p);
  await p.write('a.json', '{}');
  await p.git('add', '.');
  await p.git('-c', 'user.name=Seed', '-c', 'user.email=seed@example.org', 'commit', '--quiet', '-m', 'before');
  await p.write('a.json', '{"v":1}');
  await p.write('staged.txt', 'staged');
  await p.git('add', 'staged.txt');
  return p;
}

afterEach(async () => {
  for (const made of projects.splice(0)) await made.dispose();
});

const commit = (p: GitProject, more = {}) =>
  commitVersions(request(['a.json'], { versions: [version(1)], ...more }), p.context);

async function failsUnchanged(p: GitProject, code: string, message: RegExp): Promise<void> {
  const before = await state(p);
  await expect(commit(p)).rejects.toMatchObject({ code, exitCode: 15, message: expect.stringMatching(message) });
  expect(await state(p)).toBe(before);
}

describe('where a commit is refused, branch, index, tags and work tree are as before', () => {
  test.each(['pre-commit', 'prepare-commit-msg', 'commit-msg'])('a failing %s hook', async (name) => {
    const p = await project();
    await p.hook(name, 'echo checking; echo "no snapshots on Fridays" >&2; exit 1');
    await failsUnchanged(
      p,
      'SNAPKEEP_GIT_FAILED',
      new RegExp(`${name} hook refused the commit: no snapshots on Fridays`),
    );
  });

  test('a pre-commit hook that rewrites what is committed is named with the file', async () => {
    const p = await project();
    await p.hook(
      'pre-commit',
      'echo formatted > a.json.new; git update-index --cacheinfo 100644,$(git hash-object -w a.json.new),a.json; rm a.json.new',
    );
    await failsUnchanged(p, 'SNAPKEEP_GIT_FAILED', /pre-commit hook changed .*a\.json/);
  });

  test('a reference-transaction hook that says no', async () => {
    const p = await project();
    await p.hook('reference-transaction', 'test "$1" != prepared');
    await failsUnchanged(p, 'SNAPKEEP_GIT_FAILED', /update-ref/);
  });

  test('a tag that exists', async () => {
    const p = await project();
    await p.git('tag', 'orders/v1');
    await failsUnchanged(p, 'SNAPKEEP_GIT_FAILED', /tag orders\/v1 exists/);
  });

  test('a tag that stands where the dataset’s tags need a folder', async () => {
    const p = await project();
    await p.git('tag', 'orders');
    await failsUnchanged(p, 'SNAPKEEP_GIT_FAILED', /refs\/tags\/orders/);
  });

  test('one of several tags that can’t be made keeps the branch and the others from moving', async () => {
    const p = await project();
    await p.git('tag', 'users');
    const before = await state(p);
    const versions = [version(1), version(1, 'users')];
    await expect(commit(p, { versions })).rejects.toMatchObject({ code: 'SNAPKEEP_GIT_FAILED' });
    expect(await state(p)).toBe(before);
  });

  test('a detached HEAD', async () => {
    const p = await project();
    await p.git('checkout', '--quiet', '--detach');
    await failsUnchanged(p, 'SNAPKEEP_GIT_STATE', /detached/);
  });

  test('no identity', async () => {
    const p = await project({ identity: false });
    await failsUnchanged(p, 'SNAPKEEP_GIT_STATE', /no name and address/);
  });

  test('a merge under way', async () => {
    const p = await project();
    await writeFile(join(p.root, '.git', 'MERGE_HEAD'), `${await p.git('rev-parse', 'HEAD')}\n`);
    await failsUnchanged(p, 'SNAPKEEP_GIT_STATE', /merge is under way/);
  });

  test('an index.lock of somebody else, which is not deleted', async () => {
    const p = await project();
    const lock = join(p.root, '.git', 'index.lock');
    await writeFile(lock, '');
    await failsUnchanged(p, 'SNAPKEEP_GIT_STATE', /index\.lock/);
    await rm(lock);
    await commit(p);
  });

  test('a lock on the branch of somebody else, which is not deleted', async () => {
    const p = await project();
    const lock = join(p.root, '.git', 'refs', 'heads', 'main.lock');
    await writeFile(lock, '');
    await failsUnchanged(p, 'SNAPKEEP_GIT_STATE', /lock of refs\/heads\/main/);
    await rm(lock);
  });

  test('a missing file', async () => {
    const p = await project();
    const before = await state(p);
    await expect(commitVersions(request(['gone.json'], { versions: [version(1)] }), p.context)).rejects.toThrow();
    expect(await state(p)).toBe(before);
  });

  test('a repository of somebody else', async () => {
    const p = await project();
    const context = { ...p.context, env: { ...p.context.env, GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' } };
    await expect(gitStore.preflight(context)).rejects.toMatchObject({
      code: 'SNAPKEEP_GIT_STATE',
      hint: expect.stringContaining('safe.directory'),
    });
  });

  test('Ctrl-C while a hook runs', async () => {
    const abort = new AbortController();
    const p = await project({ signal: abort.signal });
    await p.hook('pre-commit', 'sleep 20');
    const before = await state(p);
    setTimeout(() => abort.abort(new Error('stop')), 600);
    const startedMs = Date.now();
    await expect(commit(p)).rejects.toThrow('stop');
    expect(Date.now() - startedMs).toBeLessThan(10_000);
    expect(await state(p)).toBe(before);
  });
});

describe('while somebody else commits', () => {
  /** Commits another file by plumbing, once, in the middle of our commit. */
  const RIVAL = `test -e .git/rival && exit 0
touch .git/rival
unset GIT_INDEX_FILE
export GIT_INDEX_FILE=.git/rival.index
git read-tree HEAD
git update-index --add --cacheinfo 100644,$(echo rival | git hash-object -w --stdin),PATH
git update-ref refs/heads/main $(git commit-tree $(git write-tree) -p HEAD -m rival)`;

  test('the commit is built anew on theirs', async () => {
    const p = await project();
    await p.hook('pre-commit', RIVAL.replace('PATH', 'theirs.txt'));
    const { commit: id } = await commit(p);
    expect(await p.git('log', '--format=%s', 'main')).toBe('chore: files\nrival\nbefore');
    expect(await p.git('ls-tree', '--name-only', id)).toBe('a.json\ntheirs.txt');
    expect(await p.git('rev-parse', 'orders/v1^{commit}')).toBe(id);
    expect(p.context.messages).toContainEqual({ level: 'verbose', message: expect.stringContaining('built anew') });
  });

  test('their change of one of our paths is not overwritten', async () => {
    const p = await project();
    await p.hook('pre-commit', RIVAL.replace('PATH', 'a.json'));
    await expect(commit(p)).rejects.toMatchObject({
      code: 'SNAPKEEP_GIT_FAILED',
      message: expect.stringContaining('a.json'),
    });
    expect(await p.git('log', '--format=%s', 'main')).toBe('rival\nbefore');
    expect(await p.git('tag')).toBe('');
  });

  test('a branch that never stands still ends the attempts', async () => {
    const p = await project();
    await p.hook('pre-commit', RIVAL.replace(/^test.*\ntouch.*\n/, '').replace('PATH', 'theirs-$$.txt'));
    await expect(commit(p)).rejects.toMatchObject({ message: expect.stringContaining('moved 20 times') });
    expect(await p.git('tag')).toBe('');
  });
});

describe('the user’s hooks', () => {
  test('see index, message and trailer as git commit shows them, and may change the message', async () => {
    const p = await project();
    await p.hook('pre-commit', 'git diff --cached --name-only > .git/seen');
    await p.hook('commit-msg', 'grep -q "^Snapshot-Tx: tx-1$" "$1" || exit 1; echo "Change-Id: I1" >> "$1"');
    await commit(p);
    expect(await p.git('log', '-1', '--format=%B')).toBe('chore: files\n\nSnapshot-Tx: tx-1\nChange-Id: I1\n');
    expect(await readFile(join(p.root, '.git', 'seen'), 'utf8')).toBe('a.json\n');
  });

  test('are found where core.hooksPath names them, from a project in a folder too', async () => {
    const p = await createProject({ folder: 'sub' });
    projects.push(p);
    await p.write('a.json', '{}');
    await p.write('../.githooks/commit-msg', '#!/bin/sh\necho "Change-Id: I2" >> "$1"\n');
    await chmod(join(p.root, '..', '.githooks', 'commit-msg'), 0o755);
    await p.git('config', 'core.hooksPath', '.githooks');
    await commit(p);
    expect(await p.git('log', '-1', '--format=%B')).toBe('chore: files\n\nSnapshot-Tx: tx-1\nChange-Id: I2\n');
  });

  test('a hook that can’t be executed is passed over, and git says so', async () => {
    const p = await project();
    await p.hook('pre-commit', 'exit 1');
    await chmod(join(p.root, '.git', 'hooks', 'pre-commit'), 0o644);
    await commit(p);
    const said = p.context.messages.filter(({ level }) => level === 'verbose').map(({ message }) => message);
    expect(said).toContainEqual(expect.stringMatching(/^pre-commit: .*ignoredHook/));
  });

  test('a commit-msg hook that drops the trailer gets it back', async () => {
    const p = await project();
    await p.hook('commit-msg', 'echo "rewritten" > "$1"');
    await commit(p);
    expect(await p.git('log', '-1', '--format=%B')).toBe('rewritten\n\nSnapshot-Tx: tx-1\n');
  });

  test('a failing post-commit hook is a warning', async () => {
    const p = await project();
    await p.hook('post-commit', 'echo oops; exit 1');
    const { commit: id } = await commit(p);
    expect(await p.git('rev-parse', 'HEAD')).toBe(id);
    expect(p.context.messages).toContainEqual({ level: 'warn', message: expect.stringContaining('oops') });
  });

  test('an index that stays locked after the commit is a warning, and the commit stands', async () => {
    const p = await project();
    await p.hook('commit-msg', ': > .git/index.lock');
    const { commit: id } = await commit(p);
    expect(await p.git('rev-parse', 'HEAD')).toBe(id);
    expect(p.context.messages).toContainEqual({ level: 'warn', message: expect.stringContaining('index') });
  });
});
