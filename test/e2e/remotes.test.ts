import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, inject, test, vi } from 'vitest';
import { type S3, startS3 } from '../support/s3/server.ts';
import type { Cli } from './support/cli.ts';
import { orders } from './support/events.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, filesOf, transactionsOf, versionLines } from './support/state.ts';

// DVC starts a dozen times in each.
vi.setConfig({ testTimeout: 600_000 });

/** Two versions of `orders`, a DVC remote that is the default one, and a bare git repository as `origin`. */
async function ordersProject(remote: string, settings: Readonly<Record<string, string>> = {}): Promise<Project> {
  const project = await createProject({ sql: orders(30), dvc: true });
  const url = Object.entries(settings).map(([key, value]) => `    ${key} = ${value}\n`);
  const config = await readFile(path.join(project.root, '.dvc/config'), 'utf8');
  await project.write({
    '.dvc/config': `${config.replace('[core]\n', '[core]\n    remote = team\n')}['remote "team"']\n    url = ${remote}\n${url.join('')}`,
  });
  await project.git('commit', '--quiet', '--all', '--message', 'a remote');
  await project.git('init', '--quiet', '--bare', path.join(project.folder, 'origin.git'));
  await project.git('remote', 'add', 'origin', path.join(project.folder, 'origin.git'));
  for (const version of [1, 2]) {
    if (version > 1) await project.database.run(`UPDATE orders SET amount = amount + 1 WHERE order_id <= ${version}`);
    await project.data('export', 'orders');
  }
  return project;
}

async function onS3(s3: S3): Promise<{ project: Project; cli: Cli }> {
  const project = await ordersProject(`s3://${s3.bucket}/snapshots`, { endpointurl: s3.endpoint });
  return { project, cli: project.with(s3.env) };
}

async function cloneOf(project: Project, cli: Cli, ...flags: string[]): Promise<Cli> {
  const folder = path.join(project.folder, 'clone');
  await execa('git', ['clone', '--quiet', ...flags, `file://${project.folder}/origin.git`, folder], {
    env: project.env,
    extendEnv: false,
  });
  return cli.in(path.relative(project.root, folder));
}

/** SHA-256 of each Parquet file, by its path. */
async function parquetFiles(root: string): Promise<Record<string, string>> {
  const files = Object.entries(await filesOf(root));
  return Object.fromEntries(files.filter(([name]) => name.endsWith('.parquet')));
}

test('what a runner pushes to S3 with --git, another machine pulls: the same bytes, by name, range or all', async () => {
  const s3 = await startS3();
  const { project, cli } = await onS3(s3);
  expect(await cli.data('version', 'push', 'orders', '--dry-run')).toMatchObject({
    dryRun: true,
    versions: [{ version: 2, sentObjects: 2 }],
  });
  expect(await s3.keys()).toEqual([]);

  const pushed = await cli.data('version', 'push', '--git');
  expect(pushed).toMatchObject({
    remote: { name: 'team', url: `s3://${s3.bucket}/snapshots` },
    versions: [{ dataset: 'orders', version: 2, sentObjects: 2 }],
    // The data of v1 are not there: neither is its tag.
    git: { remote: 'origin', branch: 'main', tags: 1 },
  });
  expect(await s3.keys()).toHaveLength(2);
  const dvc = (cwd: string, ...args: string[]) =>
    execa(inject('dvcCommand'), args, { cwd, env: { ...project.env, ...s3.env }, extendEnv: false });

  const clone = await cloneOf(project, cli);
  const lacking = await clone.failure('version', 'pull', 'orders', 'v1');
  expect(lacking).toMatchObject({ code: 'SNAPKEEP_REMOTE_FAILED', exitCode: 16 });
  expect(lacking.message).toMatch(/^The remote team does not have the listing of data\/orders\/.* whole\.$/);
  expect(await transactionsOf(clone)).toEqual([]);

  expect(await cli.data('version', 'push', 'orders', 'v1..', '--git')).toMatchObject({ git: { tags: 2 } });
  expect((await dvc(project.root, 'status', '--cloud')).stdout).toMatch(/in sync/);

  const pulled = await clone.data('version', 'pull', 'orders', 'v1');
  expect(pulled).toMatchObject({ versions: [{ version: 1, rows: 30, fetchedObjects: 2, restored: true }] });
  const [line] = await versionLines(project, 'orders');
  expect(await clone.data('query', 'SELECT count(*) AS n FROM orders', '--at', 'v1')).toMatchObject({ rows: [[30]] });
  expect(Object.keys(await parquetFiles(clone.root))).toEqual([`data/orders/${line?.snapshot}/orders.parquet`]);

  await clone.data('version', 'pull', '--all');
  expect(await parquetFiles(clone.root)).toEqual(await parquetFiles(project.root));
  expect((await dvc(clone.root, 'status')).stdout).toMatch(/up to date/);
  await clone.git('fetch', '--quiet', '--tags');
  await expectAgreement(clone, 'orders', 2);
});

test('pointers that have left HEAD are pushed, pulled, read and rolled back to, also without tags', async () => {
  const project = await ordersProject('../../remote');
  const before = await parquetFiles(project.root);
  const [first] = await versionLines(project, 'orders');
  const stem = `data/orders/${first?.snapshot}`;
  await project.git('rm', '--quiet', `${stem}.dvc`, `${stem}.json`);
  await project.git('commit', '--quiet', '--message', 'v1 leaves HEAD');
  await rm(path.join(project.root, stem), { recursive: true });
  await project.data('version', 'push', 'orders', '--all', '--git');

  const clone = await cloneOf(project, project, '--no-tags');
  expect(await clone.data('version', 'list', 'orders')).toMatchObject({
    versions: [{ rows: 30 }, { rows: 30 }],
  });
  expect(await clone.data('version', 'show', 'orders', 'v1')).toMatchObject({
    manifest: { snapshot: first?.snapshot },
  });
  await clone.data('version', 'pull', 'orders', 'v1');
  expect(await parquetFiles(clone.root)).toEqual({ [`${stem}/orders.parquet`]: before[`${stem}/orders.parquet`] });
  expect(await clone.git('status', '--porcelain')).toBe('');

  await clone.git('fetch', '--quiet', '--tags');
  await rm(path.join(clone.root, stem), { recursive: true });
  await rm(path.join(clone.root, '.dvc/cache'), { recursive: true });
  const diff = await clone.data('version', 'diff', 'orders', 'v1', 'v2');
  expect(diff).toMatchObject({ rows: { changed: 2, unchanged: 28 } });
  await rm(path.join(clone.root, stem), { recursive: true });
  await rm(path.join(clone.root, '.dvc/cache'), { recursive: true });
  expect(await clone.data('version', 'rollback', 'orders', 'v1')).toMatchObject({
    version: 3,
    to: 1,
    unchanged: false,
  });
  await clone.data('version', 'pull', 'orders', '--all');
  await expectAgreement(clone, 'orders', 3);
  expect(await readdir(path.join(clone.root, 'data/orders'))).toEqual(
    expect.arrayContaining([`${first?.snapshot}.dvc`, `${first?.snapshot}.json`]),
  );
});

test('a remote that is missing, unreachable, without its bucket or refusing ends with 16 and says what to do', async () => {
  const s3 = await startS3({ refusing: true });
  const { project, cli } = await onS3(s3);
  const config = await readFile(path.join(project.root, '.dvc/config'), 'utf8');
  const failing = async (change: (text: string) => string) => {
    await project.write({ '.dvc/config': change(config) });
    const failure = await cli.failure('version', 'push', 'orders');
    expect(failure).toMatchObject({ code: 'SNAPKEEP_REMOTE_FAILED', exitCode: 16 });
    return failure;
  };
  const refused = await failing((text) => text);
  expect(refused.message).toMatch(/^The remote team refuses: /);
  expect(refused.hint).toMatch(/credentials/);
  const unreachable = await failing((text) => text.replace(s3.endpoint, 'http://127.0.0.1:1'));
  expect(unreachable.message).toMatch(/^The remote team can’t be reached: /);
  const none = await failing((text) => text.replace('remote = team', ''));
  expect(none.message).toBe('No DVC remote is the default one.');
  expect(none.hint).toMatch(/--remote \(team\)/);

  const other = await startS3();
  const bucket = await failing((text) => text.replace(s3.endpoint, other.endpoint));
  expect(bucket.message).toMatch(/^The remote team failed: .*bucket does not exist/);
});
