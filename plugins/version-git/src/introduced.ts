import { isSnapkeepError, type PluginContext } from '@snapkeep/sdk';
import { openRepository, type Repository } from './repository.ts';
import { fileAt } from './revisions.ts';
import { tryGit } from './run-git.ts';

/**
 * The commit that brought each line into a file to which lines are only appended, by one `git log` for all: the first
 * in which it was the file's last line; `null` where no commit of the present branch is that, as in a shallow clone.
 * @param lines - whole, or a part by which a line is known; a line that is the whole text goes before one that holds it
 */
export async function introduced(
  path: string,
  lines: readonly string[],
  context: PluginContext,
): Promise<readonly (string | null)[]> {
  let repository: Repository;
  try {
    repository = await openRepository(context);
  } catch (error) {
    if (isSnapkeepError(error) && error.code === 'SNAPKEEP_GIT_NO_REPOSITORY') return lines.map(() => null);
    throw error;
  }
  const diff = ['-p', '-U0', '-m', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-color'];
  const args = ['--literal-pathspecs', 'log', '--reverse', '--topo-order', '--format=%x00%H %P', ...diff];
  const answer = await tryGit([...args, 'HEAD', '--', repository.prefix + path], { cwd: repository.top }, context);
  if (!answer.ok) return lines.map(() => null);
  const run = { cwd: repository.top };
  const shallow = (await tryGit(['rev-parse', '--is-shallow-repository'], run, context)).stdout.trim() === 'true';
  const commits = new Map<string, string>();
  for (const entry of answer.stdout.split('\0')) {
    const [head = '', ...rest] = entry.split('\n');
    const [commit = '', ...parents] = head.trim().split(' ');
    const line = rest.findLast((candidate) => /^\+(?!\+\+ )/.test(candidate))?.slice(1);
    if (line === undefined || commits.has(line)) continue;
    // Where a shallow history begins, nobody knows how long the file had been so.
    if (parents.length === 0 && shallow) continue;
    if (parents.length > 1 && !lines.some((part) => line.includes(part))) continue;
    // What a merge added to one side may stand in the midst of the file.
    if (parents.length > 1 && (await fileAt(commit, path, context))?.trimEnd().split('\n').at(-1) !== line) continue;
    commits.set(line, commit);
  }
  const holding = (part: string) => [...commits].find(([line]) => line.includes(part))?.[1];
  return lines.map((line) => commits.get(line) ?? holding(line) ?? null);
}
