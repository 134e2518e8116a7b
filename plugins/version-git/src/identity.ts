import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { tryGit } from './run-git.ts';

/**
 * Name, address and time of the committer as `git var GIT_COMMITTER_IDENT` gives them; the author's must be known too.
 * @throws SNAPKEEP_GIT_STATE
 */
export async function readIdentity(context: PluginContext): Promise<string> {
  const ask = (name: string) => tryGit(['var', name], { cwd: context.root }, context);
  const [author, committer] = await Promise.all([ask('GIT_AUTHOR_IDENT'), ask('GIT_COMMITTER_IDENT')]);
  if (author.ok && committer.ok) return committer.stdout.trim();
  throw new SnapkeepError('SNAPKEEP_GIT_STATE', 'git knows no name and address to commit with.', {
    hint: 'Set them with git config user.name and git config user.email.',
  });
}

/** Name and address alone, as `git commit --signoff` writes them. */
export function withoutTime(ident: string): string {
  return ident.replace(/ \d+ [+-]\d+$/, '');
}
