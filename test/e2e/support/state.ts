import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { Cli } from './cli.ts';

/** Every file of the project outside of git's, DVC's and our own store: path → SHA-256, or → target. */
export async function filesOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of entries) {
    const absolute = path.join(entry.parentPath, entry.name);
    const relative = path.relative(root, absolute);
    if (/^\.(?:git|snapkeep|venv)(?:\/|$)|^\.dvc\/(?:tmp|cache)(?:\/|$)/.test(relative)) continue;
    if (entry.isDirectory()) continue;
    found[relative] = entry.isSymbolicLink()
      ? `→ ${await readlink(absolute)}`
      : createHash('sha256')
          .update(await readFile(absolute))
          .digest('hex');
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** All that a failed command must leave as it was. */
export async function stateOf(project: Cli): Promise<Record<string, unknown>> {
  return {
    files: await filesOf(project.root),
    head: await project.git('rev-parse', 'HEAD'),
    refs: await project.git('for-each-ref'),
    status: await project.git('status', '--porcelain'),
    transactions: await transactionsOf(project),
  };
}

/** Folders of transactions that somebody left behind. */
export async function transactionsOf({ root }: Cli): Promise<string[]> {
  return readdir(path.join(root, '.snapkeep', 'tx')).catch(() => []);
}

interface Line {
  readonly version: number;
  readonly snapshot: string;
}

export async function versionLines({ root }: Cli, dataset: string): Promise<Line[]> {
  const text = await readFile(path.join(root, 'data', dataset, 'versions.ndjson'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** What `latest`, HEAD, tags and bytes say agrees, nothing half done lies around and git has nothing to tell. */
export async function expectAgreement(project: Cli, dataset: string, versions: number): Promise<void> {
  const lines = await versionLines(project, dataset);
  expect(lines.map(({ version }) => version)).toEqual(Array.from({ length: versions }, (_, index) => index + 1));
  const newest = lines.at(-1)?.snapshot;
  const latest = `data/${dataset}/latest`;
  expect(await readlink(path.join(project.root, latest))).toBe(newest);
  expect(await project.git('ls-tree', 'HEAD', latest)).toMatch(/^120000 blob/);
  expect(await project.git('cat-file', 'blob', `HEAD:${latest}`)).toBe(newest);
  expect(await project.git('show', `HEAD:data/${dataset}/versions.ndjson`)).toBe(
    (await readFile(path.join(project.root, 'data', dataset, 'versions.ndjson'), 'utf8')).trimEnd(),
  );
  const tags = (await project.git('tag', '--list', `${dataset}/*`)).split('\n').sort();
  expect(tags).toEqual(lines.map(({ version }) => `${dataset}/v${version}`).sort());
  expect(await project.git('cat-file', 'blob', `${dataset}/v${versions}:${latest}`)).toBe(newest);
  expect(await project.git('status', '--porcelain')).toBe('');
  expect(await transactionsOf(project)).toEqual([]);
  const verified = await project.data<{ ok: boolean }>('version', 'verify', dataset);
  expect(verified.ok).toBe(true);
}
