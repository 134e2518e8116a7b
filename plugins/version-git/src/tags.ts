import {
  type EventPayloads,
  isSnapkeepError,
  type NamedCommit,
  type NewTag,
  nearest,
  type PluginContext,
  SnapkeepError,
} from '@snapkeep/sdk';
import { refuseExistingTags, writeTagObjects } from './refs.ts';
import { openRepository, type Repository } from './repository.ts';
import { askGit, gitFailed, tryGit } from './run-git.ts';

/** All tags of commits. Without a repository there are none. */
export async function readTags(context: PluginContext): Promise<readonly NamedCommit[]> {
  try {
    await openRepository(context);
  } catch (error) {
    if (isSnapkeepError(error) && error.code === 'SNAPKEEP_GIT_NO_REPOSITORY') return [];
    throw error;
  }
  const fields = ['%(refname:lstrip=2)', '%(objecttype)', '%(objectname)', '%(*objecttype)', '%(*objectname)'];
  const found = await askGit(['for-each-ref', `--format=${fields.join(' ')}`, 'refs/tags'], context);
  return found.split('\n').flatMap((line): NamedCommit[] => {
    const [name, type, object, peeledType, peeled] = line.split(' ');
    if (!name || !object) return [];
    if (type === 'commit') return [{ name, commit: object }];
    return peeledType === 'commit' && peeled ? [{ name, commit: peeled }] : [];
  });
}

/**
 * Makes annotated tags and removes others, in one transaction of refs; those of both lists are moved.
 * @throws SNAPKEEP_GIT_FAILED where a tag exists, isn't there, or has a name that git doesn't allow; SNAPKEEP_GIT_STATE
 */
export async function changeTags(
  { create, remove }: EventPayloads['version:tag'],
  context: PluginContext,
): Promise<{ readonly created: number; readonly removed: number }> {
  const repository = await openRepository(context);
  await refuseNames(create, repository, context);
  const made = create.map(({ name }) => name);
  await refuseExistingTags(
    made.filter((name) => !remove.includes(name)),
    context,
  );
  const found = await existing(remove, context);
  const old = new Map(remove.map((name, index) => [name, found[index]]));
  const tagger = create.length === 0 ? '' : await askGit(['var', 'GIT_COMMITTER_IDENT'], context);
  const ids = await writeTagObjects(create, tagger, repository, context);
  const lines = [
    'start',
    ...made.map((name, index) => {
      const before = old.get(name);
      return before === undefined
        ? `create refs/tags/${name} ${ids[index]}`
        : `update refs/tags/${name} ${ids[index]} ${before}`;
    }),
    ...remove.filter((name) => !made.includes(name)).map((name) => `delete refs/tags/${name} ${old.get(name)}`),
    'prepare',
    'commit',
  ];
  const input = `${lines.join('\n')}\n`;
  const answer = await tryGit(['update-ref', '--stdin'], { cwd: repository.top, input, abort: 'never' }, context);
  if (answer.ok) return { created: create.length, removed: remove.length };
  if (/Unable to create '.*\.lock': File exists/.test(answer.stderr)) {
    throw new SnapkeepError('SNAPKEEP_GIT_STATE', 'Another git holds a lock of one of the tags.', {
      hint: 'Wait until it has ended; if none is running, remove the .lock file that git names.',
      details: { git: answer.stderr.trim() },
    });
  }
  throw gitFailed('git update-ref', answer.stderr);
}

/** git's own rules: https://git-scm.com/docs/git-check-ref-format */
async function refuseNames(tags: readonly NewTag[], repository: Repository, context: PluginContext): Promise<void> {
  for (const { name } of tags) {
    const run = { cwd: repository.top };
    const allowed = !name.startsWith('-') && (await tryGit(['check-ref-format', `refs/tags/${name}`], run, context)).ok;
    if (allowed) continue;
    throw new SnapkeepError('SNAPKEEP_GIT_FAILED', `git allows no tag called ${JSON.stringify(name)}.`, {
      hint: 'Use letters, digits, dots, hyphens and slashes, e.g. paper-2026.',
      details: { tag: name },
    });
  }
}

/** The objects that the tags are now. */
async function existing(names: readonly string[], context: PluginContext): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const found = await askGit(['for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/tags'], context);
  const objects = new Map(
    found.split('\n').map((line): [string, string] => {
      const [name = '', object = ''] = line.split(' ');
      return [name, object];
    }),
  );
  return names.map((name) => {
    const object = objects.get(name);
    if (object !== undefined) return object;
    const near = nearest(name, [...objects.keys()]);
    throw new SnapkeepError('SNAPKEEP_GIT_FAILED', `There is no tag ${name}.`, {
      hint: near === undefined ? 'git tag --list shows them all.' : `Did you mean ${near}?`,
      details: { tag: name },
    });
  });
}
