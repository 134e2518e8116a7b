/** The version store `git`: what a commit and its tags need, in the repository that the project lies in. */
export { commitVersions } from './commit.ts';
export { gitStore } from './git-store.ts';
