import { open, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type PluginContext, SnapkeepError, type SnapshotRef } from '@snapkeep/sdk';

/** Files of a snapshot's folder: path relative to it → size in bytes. */
export type Workspace = ReadonlyMap<string, number>;

/** @throws SNAPKEEP_PATH_UNSAFE where something else than files and folders is in it, SNAPKEEP_INTEGRITY where a file is missing */
export async function readWorkspace(snapshot: SnapshotRef, context: PluginContext): Promise<Workspace> {
  const folder = join(context.root, snapshot.directory);
  const files = new Map<string, number>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new SnapkeepError('SNAPKEEP_INTEGRITY', `${snapshot.directory} can’t be read.`, { cause });
  });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(relative(folder, path), (await stat(path)).size);
    else if (!entry.isDirectory()) {
      const name = relative(context.root, path);
      throw new SnapkeepError('SNAPKEEP_PATH_UNSAFE', `${name} is a link or a device: a snapshot holds files only.`);
    }
  }
  for (const { path, bytes } of snapshot.files) {
    if (files.get(path) !== bytes) {
      throw new SnapkeepError(
        'SNAPKEEP_INTEGRITY',
        `${snapshot.directory}/${path} is missing or not ${bytes} bytes long.`,
      );
    }
  }
  return files;
}

export function totalBytes(workspace: Workspace): number {
  return [...workspace.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Files whose size is another now, or that are gone. */
export function lostFiles(before: Workspace, after: Workspace): readonly string[] {
  return [...before].filter(([path, bytes]) => after.get(path) !== bytes).map(([path]) => path);
}

/** DVC fsyncs nothing. Files first, then the folders that name them. */
export async function syncToDisk(paths: Iterable<string>): Promise<void> {
  for (const path of new Set(paths)) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
