import type { PluginContext } from '@snapkeep/sdk';
import { askGit } from './run-git.ts';

/** What git's configuration says of commits. */
export interface CommitRules {
  /** `commit.gpgSign`. */
  readonly signs: boolean;
  /** Whether hooks are configured beside those that are files: https://git-scm.com/docs/git-config, hook.<name>.command */
  readonly hooksConfigured: boolean;
}

export async function readCommitRules(context: PluginContext): Promise<CommitRules> {
  const found = await askGit(['config', '-z', '--name-only', '--get-regexp', '^(commit\\.gpgsign$|hook\\.)'], context);
  const names = found.split('\0').filter((name) => name !== '');
  const asked = names.includes('commit.gpgsign');
  const signs = asked && (await askGit(['config', '--type=bool', 'commit.gpgsign'], context)) === 'true';
  return { signs, hooksConfigured: names.some((name) => name.startsWith('hook.')) };
}
