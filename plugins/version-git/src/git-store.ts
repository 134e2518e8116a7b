import {
  isSnapkeepError,
  type PluginContext,
  type VersionFacts,
  type VersionRef,
  type VersionStore,
} from '@snapkeep/sdk';
import { commitOf } from './commit-of.ts';
import { findings, preflight } from './findings.ts';
import { openRepository, openWithHead, readHead } from './repository.ts';
import { askGit, git } from './run-git.ts';
import { readSettings } from './settings.ts';
import { unlock } from './unlock.ts';

/** The version store `git`. It reads only; commits and tags are made by the event `version:commit`. */
export const gitStore: VersionStore = {
  check: findings,
  preflight,
  head,
  committed,
  unlock,
  describe,
  fix,
  tags: async (context) => (await import('./tags.ts')).readTags(context),
  introduced: async (path, lines, context) => (await import('./introduced.ts')).introduced(path, lines, context),
  recorded: async (files, context) => (await import('./recorded.ts')).recordedFiles(files, context),
  revisions: async (name, context) => (await import('./revisions.ts')).revisions(name, context),
  incoming: async (context) => (await import('./incoming.ts')).incoming(context),
  fileAt: async (commit, path, context) => (await import('./revisions.ts')).fileAt(commit, path, context),
};

/** Makes the project a repository where none is around it, with the default branch that git is set to. */
async function fix(context: PluginContext): Promise<void> {
  if (!readSettings(context).commit) return;
  try {
    await openRepository(context);
  } catch (error) {
    if (!isSnapkeepError(error) || error.code !== 'SNAPKEEP_GIT_NO_REPOSITORY') throw error;
    await git(['init', '--quiet'], { cwd: context.root }, context);
    context.log.info(`A git repository was made in ${context.root}.`);
  }
}

async function head(context: PluginContext): Promise<{ commit: string | null; branch: string } | null> {
  if (!readSettings(context).commit) return null;
  const { commit, ref } = (await openWithHead(context)).head ?? (await readHead(context));
  return { commit, branch: ref.slice('refs/heads/'.length) };
}

async function committed(transaction: string, since: string | null, context: PluginContext): Promise<boolean> {
  return (await commitOf(transaction, since, context)) !== null;
}

/** One call of git for all versions: the tags of their datasets. Without a repository nothing is known. */
async function describe(versions: readonly VersionRef[], context: PluginContext): Promise<readonly VersionFacts[]> {
  if (versions.length === 0) return [];
  const folders = new Set(versions.map(({ tag }) => `refs/tags/${tag.slice(0, tag.lastIndexOf('/') + 1)}`));
  // A pattern without wildcards matches the ref of that name and all below it.
  const patterns = [...folders].map((folder) => folder.replace(/\/$/, ''));
  const format = '--format=%(objectname) %(*objectname) %(refname)';
  const commits = new Map<string, string>();
  try {
    await openRepository(context);
  } catch (error) {
    if (isSnapkeepError(error) && error.code === 'SNAPKEEP_GIT_NO_REPOSITORY') {
      return versions.map(() => ({}));
    }
    throw error;
  }
  for (const line of (await askGit(['for-each-ref', format, ...patterns], context)).split('\n')) {
    const [object, peeled, ref] = line.split(' ');
    if (object && ref) commits.set(ref, peeled || object);
  }
  return versions.map(({ tag }) => {
    const commit = commits.get(`refs/tags/${tag}`);
    return commit === undefined ? {} : { commit, tag };
  });
}
