import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from './repository.ts';

/** Files in the git folder that say what is under way. A rebase leaves marks of a cherry-pick, too. */
const UNDER_WAY = {
  MERGE_HEAD: 'a merge',
  'rebase-merge': 'a rebase',
  'rebase-apply': 'a rebase',
  CHERRY_PICK_HEAD: 'a cherry-pick',
  REVERT_HEAD: 'a revert',
} as const;

/** What the user has begun with git and not ended. */
export async function underWay({
  gitDir,
}: Repository): Promise<(typeof UNDER_WAY)[keyof typeof UNDER_WAY] | undefined> {
  for (const [file, what] of Object.entries(UNDER_WAY)) {
    const there = await access(join(gitDir, file)).then(
      () => true,
      () => false,
    );
    if (there) return what;
  }
  return undefined;
}
