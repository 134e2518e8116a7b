import { lstat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { type CommitPath, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import type { Repository } from './repository.ts';
import { git } from './run-git.ts';

/** One line of an index: what a path of the repository holds, or that it is gone. */
export interface Entry {
  /** From the top of the work tree, not from the project. */
  readonly path: string;
  /** `100644`, `100755`, `120000`; `0` where the path is removed. */
  readonly mode: string;
  readonly id: string;
  readonly kind: CommitPath['kind'];
}

/** So many paths in one call of git: far below every limit of argument lists. */
const PATHS_PER_CALL = 500;

/**
 * Writes the contents of the paths into git's object store, through the filters that
 * `.gitattributes` asks for, and gives the entries that an index needs. Changes nothing else.
 * @throws SNAPKEEP_PATH_UNSAFE, SNAPKEEP_GIT_FAILED, SNAPKEEP_STORAGE_FULL
 */
export async function writeEntries(
  paths: readonly CommitPath[],
  repository: Repository,
  context: PluginContext,
): Promise<readonly Entry[]> {
  for (const { path } of paths) refuseUnsafe(path);
  const ids = await hashFiles(
    paths.filter(({ kind }) => kind === 'file').map(({ path }) => path),
    context,
  );
  const entries: Entry[] = [];
  for (const item of paths) {
    const path = repository.prefix + item.path;
    switch (item.kind) {
      case 'file':
        entries.push({ path, mode: await fileMode(item.path, context), id: ids.get(item.path) ?? '', kind: 'file' });
        break;
      case 'link': {
        const id = await git(['hash-object', '-w', '--stdin'], { cwd: context.root, input: item.target }, context);
        entries.push({ path, mode: '120000', id: id.trim(), kind: 'link' });
        break;
      }
      case 'removed':
        entries.push({ path, mode: '0', id: repository.zeroId, kind: 'removed' });
        break;
    }
  }
  return entries;
}

/** What `git update-index -z --index-info` reads. */
export function indexInfo(entries: readonly Entry[]): string {
  return entries.map(({ mode, id, path }) => `${mode} ${id}\t${path}\0`).join('');
}

async function hashFiles(paths: readonly string[], context: PluginContext): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (let start = 0; start < paths.length; start += PATHS_PER_CALL) {
    const some = paths.slice(start, start + PATHS_PER_CALL);
    const answer = await git(['hash-object', '-w', '--', ...some], { cwd: context.root }, context);
    const lines = answer.trim().split('\n');
    some.forEach((path, index) => {
      ids.set(path, lines[index] ?? '');
    });
  }
  return ids;
}

async function fileMode(path: string, context: PluginContext): Promise<string> {
  const stats = await lstat(join(context.root, path));
  if (!stats.isFile()) throw new SnapkeepError('SNAPKEEP_PATH_UNSAFE', `${path} is not a regular file.`);
  return (stats.mode & 0o100) === 0 ? '100644' : '100755';
}

function refuseUnsafe(path: string): void {
  if (
    path === '' ||
    isAbsolute(path) ||
    path.includes('\0') ||
    path.split('/').some((part) => /^\.{0,2}$/.test(part))
  ) {
    throw new SnapkeepError('SNAPKEEP_PATH_UNSAFE', `${JSON.stringify(path)} is not a path inside the project.`);
  }
}
