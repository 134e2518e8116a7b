import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isSnapkeepError, type PluginContext, SnapkeepError, type SnapshotRef } from '@snapkeep/sdk';
import { parse } from 'yaml';

/** What a `.dvc` file says of the one folder that it names. */
export interface Pointer {
  /** 32 hex digits and `.dir`. */
  readonly md5: string;
  readonly bytes: number;
  readonly files: number;
}

/** `data/x/<snapshot>` → `data/x/<snapshot>.dvc`. */
export function pointerPath(directory: string): string {
  return `${directory.replace(/\/+$/, '')}.dvc`;
}

/**
 * @returns `undefined` where there is no pointer
 * @throws SNAPKEEP_DVC_FAILED where it is not one that DVC would write for a folder, e.g. with marks of a merge conflict
 */
export async function readPointer(directory: string, context: PluginContext): Promise<Pointer | undefined> {
  const path = pointerPath(directory);
  try {
    return understand(await readFile(join(context.root, path), 'utf8'), directory);
  } catch (error) {
    if (isSnapkeepError(error)) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SnapkeepError('SNAPKEEP_STORAGE_FAILED', `${path} can’t be read.`, { cause: error });
  }
}

/**
 * The pointer of a snapshot: as it was recorded, where it has left the work tree, else the file.
 * @throws SNAPKEEP_INTEGRITY where there is none, and as {@link readPointer}
 */
export async function pointerOf(snapshot: SnapshotRef, context: PluginContext): Promise<Pointer> {
  const { directory, dataset } = snapshot;
  if (snapshot.pointer !== undefined) return understand(snapshot.pointer, directory);
  const pointer = await readPointer(directory, context);
  if (pointer !== undefined) return pointer;
  const path = pointerPath(directory);
  throw new SnapkeepError('SNAPKEEP_INTEGRITY', `${path} is missing: DVC can’t know what ${directory} held.`, {
    hint: `Bring it back with git checkout ${dataset}/vN -- ${path}.`,
    details: { path },
  });
}

function understand(text: string, directory: string): Pointer {
  const pointer = parsePointer(text, basename(directory));
  if (pointer !== undefined) return pointer;
  const path = pointerPath(directory);
  const conflict = /^<{7} /m.test(text);
  throw new SnapkeepError(
    'SNAPKEEP_DVC_FAILED',
    conflict ? `${path} holds the marks of a merge conflict.` : `${path} is not a pointer that DVC wrote.`,
    { hint: `Bring it back with git checkout -- ${path}.`, details: { path } },
  );
}

function parsePointer(text: string, name: string): Pointer | undefined {
  let document: unknown;
  try {
    document = parse(text, { schema: 'core' });
  } catch {
    return undefined;
  }
  const outs = field(document, 'outs');
  const out: unknown = Array.isArray(outs) && outs.length === 1 ? outs[0] : undefined;
  const [md5, bytes, files, path] = ['md5', 'size', 'nfiles', 'path'].map((key) => field(out, key));
  if (typeof md5 !== 'string' || !/^[0-9a-f]{32}\.dir$/.test(md5)) return undefined;
  if (typeof bytes !== 'number' || typeof files !== 'number' || String(path) !== name) return undefined;
  return { md5, bytes, files };
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
