import { dirname } from 'node:path/posix';
import { isSnapkeepError, type PluginContext, type RecordedFile } from '@snapkeep/sdk';
import { openRepository, type Repository } from './repository.ts';
import { git, gitBytes } from './run-git.ts';

/**
 * Small files as versions recorded them, by one `git cat-file` for all: from the version's tag, else from the newest
 * commit of any branch or tag that held the path, as in a clone without tags. Without a repository none is known.
 */
export async function recordedFiles(
  files: readonly RecordedFile[],
  context: PluginContext,
): Promise<readonly (string | null)[]> {
  if (files.length === 0) return [];
  let repository: Repository;
  try {
    repository = await openRepository(context);
  } catch (error) {
    if (isSnapkeepError(error) && error.code === 'SNAPKEEP_GIT_NO_REPOSITORY') return files.map(() => null);
    throw error;
  }
  const paths = files.map(({ path }) => repository.prefix + path);
  const found = await blobs(
    files.map(({ tag }, index) => `${tag === null ? 'HEAD' : `refs/tags/${tag}`}:${paths[index]}`),
    repository,
    context,
  );
  const unknown = paths.filter((_, index) => found[index] === null && mayBeElsewhere(files[index]));
  if (unknown.length === 0) return found;
  const ids = await newestBlobs(unknown, repository, context);
  const names = [...new Set(ids.values())];
  const texts = await blobs(names, repository, context);
  return found.map((text, index) => {
    const id = mayBeElsewhere(files[index]) ? ids.get(paths[index] ?? '') : undefined;
    return text ?? (id === undefined ? null : (texts[names.indexOf(id)] ?? null));
  });
}

function mayBeElsewhere(file: RecordedFile | undefined): boolean {
  return file !== undefined && file.tag !== null && !file.exact;
}

/** @param names - objects as git names them, one a line */
async function blobs(
  names: readonly string[],
  repository: Repository,
  context: PluginContext,
): Promise<readonly (string | null)[]> {
  const input = names.map((name) => `${name.includes('\n') ? 'none' : name}\n`).join('');
  const output = await gitBytes(['cat-file', '--batch'], { cwd: repository.top, input }, context);
  const texts: (string | null)[] = [];
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf('\n', at);
    const [, type, size] = / (\w+) (\d+)$/.exec(output.toString('utf8', at, end)) ?? [];
    if (size === undefined) {
      texts.push(null);
      at = end + 1;
      continue;
    }
    const next = end + 1 + Number(size);
    texts.push(type === 'blob' ? output.toString('utf8', end + 1, next) : null);
    at = next + 1;
  }
  return texts;
}

/** Of each path the blob that was written last, whatever branch or tag keeps it. */
async function newestBlobs(
  paths: readonly string[],
  repository: Repository,
  context: PluginContext,
): Promise<ReadonlyMap<string, string>> {
  const folders = [...new Set(paths.map((path) => dirname(path)))];
  const args = ['--literal-pathspecs', 'log', '--all', '--format=', '--raw', '--no-abbrev', '--no-renames', '-z'];
  const output = await git([...args, '--diff-filter=AM', '--', ...folders], { cwd: repository.top }, context);
  const wanted = new Set(paths);
  const newest = new Map<string, string>();
  const fields = output.split('\0');
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const id = /^\n*:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [AM]$/.exec(fields[index] ?? '')?.[1];
    const path = fields[index + 1] ?? '';
    if (id !== undefined && wanted.has(path) && !newest.has(path)) newest.set(path, id);
  }
  return newest;
}
