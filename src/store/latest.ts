import { lstat, readlink, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import type { DatasetLayout } from './layout.ts';

/** What stands at `latest`. */
export type LatestState =
  | { readonly state: 'link'; readonly target: string }
  | { readonly state: 'absent' | 'not a link'; readonly target: null }
  /** It names nothing that is there, or something outside of the dataset. */
  | { readonly state: 'broken' | 'leaves'; readonly target: string };

/** Looks at the link itself; whether it names the right snapshot is the caller's question. */
export async function readLatest(layout: DatasetLayout): Promise<LatestState> {
  const path = layout.absolute(layout.latest);
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (stats === null) return { state: 'absent', target: null };
  if (!stats.isSymbolicLink()) return { state: 'not a link', target: null };
  const target = await readlink(path);
  if (isAbsolute(target) || normalize(target).startsWith('..')) return { state: 'leaves', target };
  const there = await stat(join(layout.absolute(layout.directory), target)).catch(() => null);
  return { state: there === null ? 'broken' : 'link', target };
}

/**
 * A command that swaps `latest` would fail after its commit where something else than a link stands there.
 * @throws SNAPKEEP_INTEGRITY
 */
export async function refuseForeignLatest(layout: DatasetLayout): Promise<void> {
  if ((await readLatest(layout)).state !== 'not a link') return;
  throw new SnapkeepError('SNAPKEEP_INTEGRITY', `${layout.latest} is a folder or a file, where a link must be`, {
    hint: `snapkeep version verify ${layout.dataset} --repair puts the link back; what stands there is kept aside.`,
    details: { dataset: layout.dataset, path: layout.latest },
  });
}

/** @throws SNAPKEEP_INTEGRITY where `latest` does not name the snapshot */
export async function requireLatest(layout: DatasetLayout, snapshot: string): Promise<void> {
  const { target } = await readLatest(layout);
  if (target === snapshot) return;
  throw new SnapkeepError(
    'SNAPKEEP_INTEGRITY',
    `${layout.latest} names ${target ?? 'nothing'} instead of ${snapshot}`,
    {
      hint: `snapkeep version verify ${layout.dataset} --repair puts it right.`,
      details: { dataset: layout.dataset, expected: snapshot, target },
    },
  );
}
