import { expect, test } from 'vitest';
import { createProject, type Project } from './support/project.ts';
import { filesOf } from './support/state.ts';

const OWN_FILES = ['.dvc/.gitignore', '.dvc/config', '.dvcignore', '.gitignore', 'snapkeep.config.yaml'];

async function committedFiles(project: Project): Promise<string[]> {
  return (await project.git('show', '--format=', '--name-only', 'HEAD')).split('\n').sort();
}

test('an empty folder becomes a repository whose first commit is exactly the files of init', async () => {
  const project = await createProject({ init: false });
  const result = await project.data<{ files: string[] }>('init', '--yes');
  expect([...result.files].sort()).toEqual(OWN_FILES);
  expect(await committedFiles(project)).toEqual(OWN_FILES);
  expect(await project.git('rev-list', '--count', 'HEAD')).toBe('1');
  expect(await project.git('status', '--porcelain')).toBe('');
});

test('what is changed, staged and new in a repository stays so, and is not committed', async () => {
  const project = await createProject({ init: false });
  await project.git('init', '--quiet');
  await project.write({ 'notes.md': 'one\n', '.gitignore': 'node_modules/' });
  await project.git('add', '--all');
  await project.git('commit', '--quiet', '--message', 'start');
  await project.write({ 'notes.md': 'two\n', 'staged.md': 'staged\n', 'new.md': 'new\n' });
  await project.git('add', 'staged.md');
  const status = await project.git('status', '--porcelain');

  await project.data('init', '--yes');
  expect(await project.git('status', '--porcelain')).toBe(status);
  expect(await committedFiles(project)).toEqual(OWN_FILES);
  expect(await project.git('show', 'HEAD:.gitignore')).toMatch(/^node_modules\/\n.*\.snapkeep/s);
  expect(await project.git('diff', '--cached', '--name-only')).toBe('staged.md');
});

test('run again it changes nothing and commits nothing', async () => {
  const project = await createProject({ init: false });
  await project.data('init', '--yes');
  const before = [await filesOf(project.root), await project.git('rev-parse', 'HEAD')];
  const again = await project.data<{ commit: string | null }>('init', '--yes');
  expect([await filesOf(project.root), await project.git('rev-parse', 'HEAD')]).toEqual(before);
  expect(await project.git('status', '--porcelain')).toBe('');
  expect(again.commit === null || again.commit === before[1]).toBe(true);
});

test('a configuration that stands there stays as it is', async () => {
  const project = await createProject({ init: false });
  await project.write({ 'snapkeep.config.json': { datasets: {} } });
  await project.data('init', '--yes', '--no-dvc');
  const files = await filesOf(project.root);
  expect(Object.keys(files)).toEqual(['.gitignore', 'snapkeep.config.json']);
  expect(await project.git('status', '--porcelain')).toBe('?? snapkeep.config.json');
});

test('in a folder of a larger repository only that folder is touched', async () => {
  const project = await createProject({ init: false });
  await project.git('init', '--quiet');
  await project.write({ 'README.md': 'all shops\n', 'shop/README.md': 'one shop\n' });
  await project.git('add', '--all');
  await project.git('commit', '--quiet', '--message', 'start');
  await project.in('shop').data('init', '--yes');
  expect(await committedFiles(project)).toEqual(OWN_FILES.map((file) => `shop/${file}`));
  expect(await project.git('status', '--porcelain')).toBe('');
});

test('a password in --url is refused, because the configuration goes into git', async () => {
  const project = await createProject({ init: false });
  const failure = await project.failure('init', '--yes', '--url', 'postgres://ada:hunter2-canary@localhost/shop');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_USAGE', exitCode: 2 });
  expect(JSON.stringify(failure)).not.toContain('hunter2-canary');
  expect(await filesOf(project.root)).toEqual({});
});
