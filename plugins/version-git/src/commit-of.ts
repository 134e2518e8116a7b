import type { PluginContext } from '@snapkeep/sdk';
import { reader, readHead } from './repository.ts';

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
  const found = await reader(context).raw(search);
  return found.trim().split('\n')[0] || null;
}
