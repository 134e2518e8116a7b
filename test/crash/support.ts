import { access, readFile, readlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { Cli } from '../e2e/support/cli.ts';
import type { Project } from '../e2e/support/project.ts';
import { filesOf, transactionsOf } from '../e2e/support/state.ts';

const WANTED = process.env.SNAPKEEP_CRASH ?? '';
/** Of each sweep, where not all are asked for. */
const SAMPLES = 3;

/** The same project elsewhere, its hard links too. */
export async function copyOf(project: Project, name: string): Promise<Cli> {
  await execa('cp', ['-a', project.root, path.join(project.folder, name)]);
  return project.in(path.join('..', name));
}

/** What must hold at once, before anything heals. */
export async function expectWhole(
  project: Cli,
  before: Readonly<Record<string, string>>,
  leaving?: string,
  dataset = 'orders',
): Promise<void> {
  const now = await filesOf(project.root);
  const old = Object.entries(before).filter(([file]) => !/versions\.ndjson$|\/latest$|\.gitignore$/.test(file));
  for (const [file, sha256] of old) {
    const mayBeGone = leaving !== undefined && file.startsWith(`data/orders/${leaving}`);
    expect(mayBeGone ? (now[file] ?? sha256) : now[file], file).toBe(sha256);
  }
  const data = `data/${dataset}`;
  const latest = await readlink(path.join(project.root, data, 'latest'));
  const manifest = JSON.parse(await readFile(path.join(project.root, data, `${latest}.json`), 'utf8')) as {
    files: { path: string; sha256: string }[];
    quarantine: { files: { path: string; sha256: string }[] } | null;
  };
  for (const file of [...manifest.files, ...(manifest.quarantine?.files ?? [])]) {
    expect(now[path.join(data, latest, file.path)], `latest: ${file.path}`).toBe(file.sha256);
  }
}

/** A run that was killed before its journal's first entry, or as the journal went, leaves a folder, which goes once a minute has passed. */
export async function letAMinutePass(project: Cli): Promise<void> {
  for (const name of await transactionsOf(project)) {
    const folder = path.join(project.root, '.snapkeep/tx', name);
    const hasJournal = await access(path.join(folder, 'journal.json')).then(
      () => true,
      () => false,
    );
    if (!hasJournal) await utimes(folder, new Date(), new Date(Date.now() - 120_000));
  }
}

/** The numbers at which to kill: all, or a few from all over. */
export function pointsOf(calls: number): number[] {
  const points = Array.from({ length: calls }, (_, index) => index + 1);
  if (WANTED === 'all') return points;
  if (WANTED !== '') return points.filter((point) => WANTED.split(',').includes(String(point)));
  const step = Math.max(1, Math.floor(calls / SAMPLES));
  return points.filter((point) => point % step === Math.ceil(step / 2) % step);
}
