import { expect, onTestFinished, test } from 'vitest';
import { commitVersions } from '../src/commit.ts';
import { completeCommit } from '../src/complete.ts';
import { createProject, request, version } from './project.ts';

test('after a kill right at the commit our paths of the index follow HEAD, and nothing else does', async () => {
  const p = await createProject({ folder: 'shop' });
  onTestFinished(p.dispose);
  const [ours, gone] = ['data/orders/a.json', 'data/orders/none.json'];
  await p.write(ours, '{"v":1}');
  await p.write('staged.txt', 'staged');
  await p.git('add', 'staged.txt');
  const before = await p.git('write-tree');
  const { commit } = await commitVersions(request([ours], { versions: [version(1)] }), p.context);
  // What the kill leaves: a new HEAD, the index of before.
  await p.git('read-tree', before);
  expect(await p.git('status', '--porcelain')).toContain(`D  shop/${ours}`);

  const { transaction } = request([]);
  const paths = [ours, gone].map((path) => ({ kind: 'file', path }) as const);
  for (const _again of [1, 2]) {
    expect(await completeCommit({ transaction, message: '', paths, versions: [version(1)] }, p.context)).toEqual({
      commit,
      tags: [],
    });
    expect(await p.git('status', '--porcelain')).toBe('A  shop/staged.txt');
    expect(await p.git('rev-parse', 'HEAD')).toBe(commit);
  }
});

test('after a kill between the branch and the tag the tag is made, at the run’s own commit', async () => {
  const p = await createProject();
  onTestFinished(p.dispose);
  const ours = 'data/orders/a.json';
  await p.write(ours, '{"v":1}');
  const asked = request([ours], { versions: [version(1)] });
  const { commit, tags } = await commitVersions(asked, p.context);
  const message = await p.git('tag', '--list', '--format=%(contents)', ...tags);
  await p.git('tag', '--delete', ...tags);
  await p.git('commit', '--quiet', '--allow-empty', '--message', 'somebody else’s');
  expect(await completeCommit(asked, p.context)).toMatchObject({ tags });
  expect(await p.git('rev-parse', `${tags[0]}^{commit}`)).toBe(commit);
  expect(await p.git('tag', '--list', '--format=%(contents)', ...tags)).toBe(message);
  expect(await completeCommit(asked, p.context)).toMatchObject({ tags: [] });
});
