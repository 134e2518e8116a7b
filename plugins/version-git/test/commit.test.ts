import { access, chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { commitVersions } from '../src/commit.ts';
import { createProject, type GitProject, type ProjectOptions, request, swapLink, version } from './project.ts';

const projects: GitProject[] = [];

async function project(options?: ProjectOptions): Promise<GitProject> {
  const made = await createProject(options);
  projects.push(made);
  return made;
}

afterEach(async () => {
  for (const made of projects.splice(0)) await made.dispose();
});

describe('a commit of versions', () => {
  test('is the first one of an unborn branch, and leaves nothing for git status to say', async () => {
    const p = await project();
    await p.write('snapkeep.config.yaml', 'datasets: {}\n');
    const result = await commitVersions(request(['snapkeep.config.yaml']), p.context);
    expect(await p.git('rev-parse', 'main')).toBe(result.commit);
    expect(result.tags).toEqual([]);
    expect(await p.git('status', '--porcelain')).toBe('');
    expect(await p.git('log', '--format=%B')).toBe('chore: files\n\nSnapshot-Tx: tx-1\n');
  });

  test('holds exactly the given paths, its trailer, and annotated tags', async () => {
    const p = await project();
    await p.write('a.json', '{}');
    await p.write('b.json', '{}');
    await p.git('add', '.');
    await p.git('commit', '--quiet', '-m', 'before');
    await p.write('a.json', '{"v":1}');
    await p.write('b.json', 'changed by the user');
    await p.write('new.txt', 'not ours');
    const wanted = request(['a.json'], {
      transaction: '7f3',
      message: 'data(orders): v1\n\n3 rows',
      versions: [version(1), version(1, 'users')],
    });
    const { commit, tags } = await commitVersions(wanted, p.context);
    expect(tags).toEqual(['orders/v1', 'users/v1']);
    expect(await p.git('show', '--format=%B', '--name-only', commit)).toBe(
      'data(orders): v1\n\n3 rows\n\nSnapshot-Tx: 7f3\n\n\na.json',
    );
    expect(await p.git('cat-file', '-t', 'orders/v1')).toBe('tag');
    expect(await p.git('rev-parse', 'users/v1^{commit}')).toBe(commit);
    expect(await p.git('tag', '-n1', '--list', 'orders/*')).toMatch(/orders v1: 3 rows/);
    expect(await p.git('status', '--porcelain')).toBe(' M b.json\n?? new.txt');
    expect(await p.git('reflog', '-1', '--format=%gs')).toBe('snapkeep: data(orders): v1');
  });

  test('leaves staged files staged, also when the user staged another content of them', async () => {
    const p = await project();
    await p.write('theirs.txt', 'one');
    await p.write('ours.json', '{}');
    await p.git('add', '.');
    await p.git('commit', '--quiet', '-m', 'before');
    await p.write('theirs.txt', 'staged');
    await p.write('added.txt', 'staged too');
    await p.git('add', 'theirs.txt', 'added.txt');
    await p.write('theirs.txt', 'changed after staging');
    await p.write('ours.json', '{"v":2}');
    await commitVersions(request(['ours.json'], { versions: [version(1)] }), p.context);
    expect(await p.git('show', ':theirs.txt')).toBe('staged');
    expect(await p.git('status', '--porcelain')).toBe('A  added.txt\nMM theirs.txt');
    expect(await p.git('show', '--format=', '--name-only', 'HEAD')).toBe('ours.json');
  });

  test('takes a link that is not in the work tree yet; after the swap git status is clean', async () => {
    const p = await project();
    await p.write('data/orders/s1.json', '{}');
    await swapLink(p, 'data/orders/latest', 's0');
    await p.git('add', '.');
    await p.git('commit', '--quiet', '-m', 'before');
    const link = { kind: 'link', path: 'data/orders/latest', target: 's1' } as const;
    await commitVersions(request([], { paths: [link], versions: [version(1)] }), p.context);
    expect(await p.git('cat-file', '-p', 'orders/v1:data/orders/latest')).toBe('s1');
    expect(await p.git('status', '--porcelain')).toBe(' M data/orders/latest');
    await swapLink(p, 'data/orders/latest', 's1');
    expect(await p.git('status', '--porcelain')).toBe('');
  });

  test('commits what .gitignore leaves out, removes what is removed, keeps the executable bit', async () => {
    const p = await project();
    await p.write('.gitignore', '*.json\n');
    await p.write('old.dvc', 'x');
    await p.write('run.sh', 'true');
    await chmod(join(p.root, 'run.sh'), 0o755);
    await commitVersions(request(['.gitignore', 'old.dvc', 'run.sh']), p.context);
    await p.write('data/s1.json', '{}');
    const removed = { kind: 'removed', path: 'old.dvc' } as const;
    const never = { kind: 'removed', path: 'never-there' } as const;
    const file = { kind: 'file', path: 'data/s1.json' } as const;
    await commitVersions(request([], { paths: [removed, never, file] }), p.context);
    expect(await p.git('ls-tree', '-r', 'HEAD', '--format=%(objectmode) %(path)')).toBe(
      '100644 .gitignore\n100644 data/s1.json\n100755 run.sh',
    );
    expect(await p.git('status', '--porcelain')).toBe('?? old.dvc');
  });

  test('goes through the filters that .gitattributes asks for', async () => {
    const p = await project();
    await p.write('.gitattributes', '*.txt text eol=lf\n');
    await p.write('a.txt', 'one\r\ntwo\r\n');
    await commitVersions(request(['.gitattributes', 'a.txt']), p.context);
    expect(await p.git('cat-file', '-p', 'HEAD:a.txt')).toBe('one\ntwo');
    expect(await p.git('status', '--porcelain')).toBe('');
  });

  test.each([
    'with space',
    '-rf',
    '"quoted"',
    'tab\there',
    'line\nbreak',
    'żółć/日本.json',
    '*.glob[a]',
    ':(top)magic',
    '$(touch pwned)',
    'back\\slash',
  ])('takes the path %j', async (path) => {
    const p = await project();
    await p.write(path, 'content');
    await p.write('other', 'content');
    await commitVersions(request([path]), p.context);
    expect(await p.git('ls-tree', '-r', '-z', '--name-only', 'HEAD')).toBe(`${path}\0`);
    expect(await p.git('status', '--porcelain', '-z')).toBe('?? other\0');
    expect(await readdir(p.root)).not.toContain('pwned');
  });

  test.each(['../outside', '/etc/passwd', 'a/../b', './a', 'a//b', ''])('refuses the path %j', async (path) => {
    const p = await project();
    await expect(commitVersions(request([path]), p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_PATH_UNSAFE' });
  });

  test('knows its paths in a project that is a folder of a larger repository', async () => {
    const p = await project({ folder: 'apps/żółć data' });
    await p.write('../other.txt', 'not ours');
    await p.write('data/s1.json', '{}');
    const link = { kind: 'link', path: 'data/latest', target: 's1' } as const;
    const file = { kind: 'file', path: 'data/s1.json' } as const;
    const { commit } = await commitVersions(request([], { paths: [file, link], versions: [version(1)] }), p.context);
    expect(await p.git('ls-tree', '-r', '-z', '--full-tree', '--name-only', commit)).toBe(
      'apps/żółć data/data/latest\0apps/żółć data/data/s1.json\0',
    );
    await swapLink(p, 'data/latest', 's1');
    expect(await p.git('status', '--porcelain')).toBe('?? apps/other.txt');
  });

  test('works in a linked work tree on its own branch', async () => {
    const p = await project();
    await p.write('a', '1');
    await commitVersions(request(['a']), p.context);
    await p.git('worktree', 'add', '--quiet', '-b', 'side', 'tree');
    const side = { ...p.context, root: join(p.root, 'tree') };
    await writeFile(join(side.root, 'b'), '2');
    const { commit } = await commitVersions(request(['b'], { versions: [version(1)] }), side);
    expect(await p.git('rev-parse', 'side')).toBe(commit);
    expect(await p.git('-C', 'tree', 'status', '--porcelain')).toBe('');
  });

  test('makes no commit where files alone are asked for and all are in git as they are', async () => {
    const p = await project();
    await p.write('a', '1');
    const first = await commitVersions(request(['a']), p.context);
    expect(await commitVersions(request(['a'], { transaction: 'tx-2' }), p.context)).toEqual(first);
    expect(await p.git('rev-list', '--count', 'HEAD')).toBe('1');
  });

  test('replaces a folder by a link of the same name', async () => {
    const p = await project();
    await p.write('latest/file', 'x');
    await commitVersions(request(['latest/file']), p.context);
    const link = { kind: 'link', path: 'latest', target: 's1' } as const;
    await commitVersions(request([], { paths: [link] }), p.context);
    expect(await p.git('ls-tree', '-r', 'HEAD', '--format=%(objectmode) %(path)')).toBe('120000 latest');
  });

  test('leaves no file of its own in the git folder', async () => {
    const p = await project();
    await p.write('a', '1');
    await commitVersions(request(['a'], { versions: [version(1)] }), p.context);
    expect((await readdir(join(p.root, '.git'))).filter((name) => /snapkeep|lock/.test(name))).toEqual([]);
    await expect(access(join(p.root, '.git', 'index'))).resolves.toBeUndefined();
  });
});
