import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { gitStore } from '../src/git-store.ts';
import { createProject, type GitProject } from './project.ts';

let p: GitProject | undefined;
afterEach(() => p?.dispose());

/** Three versions, each with a file that the next one removes; in a folder below the top, with a blank in its name. */
async function history(): Promise<GitProject> {
  const project = await createProject({ folder: 'a project' });
  for (const version of [1, 2, 3]) {
    await project.write(`data/orders/s${version}.json`, `manifest ${version}: é\n`);
    if (version > 1) await project.git('rm', '--quiet', `data/orders/s${version - 1}.json`);
    await project.git('add', '--all');
    await project.git('commit', '--quiet', '--message', `v${version}`);
    await project.git('tag', '--annotate', '--message', 'a version', `orders/v${version}`);
  }
  return project;
}

const file = (version: number) => ({ path: `data/orders/s${version}.json`, tag: `orders/v${version}` });
const text = (version: number) => `manifest ${version}: é\n`;
const recorded = (project: Pick<GitProject, 'context'>, files: Parameters<typeof file>[0][]) =>
  gitStore.recorded?.(files.map(file), project.context);

test('gives files as their versions’ tags hold them, in the order asked, whatever the work tree has', async () => {
  p = await history();
  expect(await recorded(p, [3, 1, 9, 2])).toEqual([text(3), text(1), null, text(2)]);
  expect(await recorded(p, [])).toEqual([]);
});

test('finds them in the history where tags are missing, as in a clone without tags', async () => {
  p = await history();
  const root = `${p.root}/../clone`;
  await execa('git', ['clone', '--quiet', '--no-tags', `${p.root}/..`, root]);
  const context = { ...p.context, root: `${root}/a project` };
  expect(await recorded({ context }, [1, 9, 2])).toEqual([text(1), null, text(2)]);
});

test('finds the newest where a tag is another’s', async () => {
  p = await history();
  await p.git('tag', '--force', 'orders/v1', 'orders/v3');
  expect(await recorded(p, [1])).toEqual([text(1)]);
});

test('without a tag only the current commit counts', async () => {
  p = await history();
  const asked = [1, 3].map((version) => ({ ...file(version), tag: null }));
  expect(await gitStore.recorded?.(asked, p.context)).toEqual([null, text(3)]);
});

test('knows nothing without a repository, and nothing that a shallow clone lacks', async () => {
  p = await createProject({ repository: false });
  expect(await recorded(p, [1])).toEqual([null]);
  await p.dispose();
  p = await history();
  const root = `${p.root}/../clone`;
  await execa('git', ['clone', '--quiet', '--depth=1', `file://${p.root}/..`, root]);
  const context = { ...p.context, root: `${root}/a project` };
  expect(await recorded({ context }, [1, 3])).toEqual([null, text(3)]);
});
