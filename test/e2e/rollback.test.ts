import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, filesOf, stateOf, versionLines } from './support/state.ts';

/** Two versions of `orders`; three rows differ. */
async function twoVersions(): Promise<Project> {
  const project = await createProject({ sql: orders(40), datasets: { orders: { table: 'orders' } } });
  await project.write({ 'README.md': 'ours', 'src/app.ts': 'one' });
  await project.git('add', 'README.md', 'src');
  await project.git('commit', '--quiet', '--message', 'files');
  await project.data('export', 'orders');
  await project.database.run('UPDATE orders SET amount = amount + 1 WHERE order_id <= 3');
  await project.data('export', 'orders');
  return project;
}

test('a dry run shows the diff and changes nothing; the same version again is said plainly', async () => {
  const project = await twoVersions();
  const before = await stateOf(project);
  const preview = await project.run('version', 'rollback', 'orders', 'v1', '--dry-run');
  expect([preview.exitCode, preview.stdout]).toEqual([0, expect.stringMatching(/v3 would hold .* v1 again/)]);
  expect(preview.stdout).toMatch(/\+ 0 +- 0 +~ 3 rows/);
  for (const flags of [[], ['--dry-run']]) {
    const same = await project.run('version', 'rollback', 'orders', 'latest', ...flags);
    expect([same.exitCode, same.stdout]).toEqual([0, 'orders v2 is that snapshot already: nothing changes\n']);
  }
  expect(await stateOf(project)).toEqual(before);
});

test('files that are not ours stay as they are: changed, staged, removed, untracked, beside our data and among it', async () => {
  const project = await twoVersions();
  const [first, second] = await versionLines(project, 'orders');
  await project.write({
    'README.md': 'changed',
    'src/app.ts': 'staged',
    'mine.txt': 'untracked',
    'data/orders/mine.csv': 'beside our data',
    [`data/orders/${first?.snapshot}/notes.txt`]: 'among the old data',
    [`data/orders/${second?.snapshot}/notes.txt`]: 'among the new data',
  });
  await project.git('add', 'src/app.ts');
  await project.write({ 'src/app.ts': 'staged, then changed', 'src/new.ts': 'added' });
  await project.git('add', 'src/new.ts');
  await project.git('rm', '--quiet', '--cached', 'README.md');
  const [status, staged, files] = [
    await project.git('status', '--porcelain'),
    await project.git('diff', '--cached'),
    await filesOf(project.root),
  ];

  expect(await project.data('version', 'rollback', 'orders', 'v1')).toMatchObject({ version: 3, to: 1 });
  expect(await project.git('status', '--porcelain')).toBe(status);
  expect(await project.git('diff', '--cached')).toBe(staged);
  const changed = Object.entries(await filesOf(project.root)).filter(([file, sha256]) => files[file] !== sha256);
  expect(changed.map(([file]) => file)).toEqual(['data/orders/latest', 'data/orders/versions.ndjson']);
  expect(Object.keys(await filesOf(project.root))).toEqual(Object.keys(files));
  expect(await project.git('show', '--format=', '--name-only', 'HEAD')).toBe(
    'data/orders/latest\ndata/orders/versions.ndjson',
  );

  await project.git('reset', '--quiet', '--hard');
  await project.git('clean', '--quiet', '--force', 'data', 'mine.txt');
  await expectAgreement(project, 'orders', 3);
});
