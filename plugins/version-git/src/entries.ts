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
  const ids = await writeContents(paths, context);
  return Promise.all(
    paths.map(async (item): Promise<Entry> => {
      const path = repository.prefix + item.path;
      const id = ids.get(item.path) ?? '';
      switch (item.kind) {
        case 'file':
          return { path, mode: await fileMode(item.path, context), id, kind: 'file' };
        case 'link':
          return { path, mode: '120000', id, kind: 'link' };
        case 'removed':
          return { path, mode: '0', id: repository.zeroId, kind: 'removed' };
      }
    }),
  );
}

/** What `git update-index -z --index-info` reads. */
export function indexInfo(entries: readonly Entry[]): string {
  return entries.map(({ mode, id, path }) => `${mode} ${id}\t${path}\0`).join('');
}

/** Each call of git takes many files and one link, whose target it reads from its input. @returns ids by path */
async function writeContents(
  paths: readonly CommitPath[],
  context: PluginContext,
): Promise<ReadonlyMap<string, string>> {
  const files = paths.filter(({ kind }) => kind === 'file').map(({ path }) => path);
  const links = paths.filter((item) => item.kind === 'link');
  const ids = new Map<string, string>();
  for (let call = 0; call * PATHS_PER_CALL < files.length || call < links.length; call += 1) {
    const some = files.slice(call * PATHS_PER_CALL, (call + 1) * PATHS_PER_CALL);
    const link = links[call];
    const args = ['hash-object', '-w', ...(link === undefined ? [] : ['--stdin']), '--', ...some];
    const answer = await git(args, { cwd: context.root, input: link?.target ?? '' }, context);
    const lines = answer.trim().split('\n');
    [...(link === undefined ? [] : [link.path]), ...some].forEach((path, index) => {
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
