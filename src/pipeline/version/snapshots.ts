import { readdir } from 'node:fs/promises';
import { type DatasetLayout, SNAPSHOT_ID } from '../../store/layout.ts';
import type { VersionLine } from '../../store/versions-file.ts';

const MANIFEST = '.json';

/** Ids of snapshots in the work tree that are no version: exported with `--no-version`, or narrowed; newest first. */
export async function unversionedSnapshots(
  layout: DatasetLayout,
  versions: readonly VersionLine[],
): Promise<readonly string[]> {
  const known = new Set(versions.map(({ snapshot }) => snapshot));
  return (await snapshotIds(layout)).filter((id) => !known.has(id));
}

async function snapshotIds(layout: DatasetLayout): Promise<string[]> {
  try {
    const names = await readdir(layout.absolute(layout.directory));
    return names
      .filter((name) => name.endsWith(MANIFEST))
      .map((name) => name.slice(0, -MANIFEST.length))
      .filter((id) => SNAPSHOT_ID.test(id))
      .sort()
      .reverse();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
