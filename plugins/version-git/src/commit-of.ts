import type { PluginContext } from '@snapkeep/sdk';
import { readHead } from './repository.ts';
import { askGit } from './run-git.ts';

/**
 * The commit that a transaction made, by its trailer, which is ours alone: the transaction's id is random.
 * @param since - a commit before it; `null`: all of HEAD's history is looked through
 */
export async function commitOf(
  transaction: string,
  since: string | null,
  context: PluginContext,
): Promise<string | null> {
  const { commit } = await readHead(context);
  if (commit === null) return null;
  const range = since === null ? 'HEAD' : `${since}..HEAD`;
  const search = ['log', '--format=%H', '--fixed-strings', `--grep=Snapshot-Tx: ${transaction}`, range, '--'];
  const found = await askGit(search, context);
  return found.split('\n')[0] || null;
}
