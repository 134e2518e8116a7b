import { SnapkeepError } from '@snapkeep/sdk';
import { type DatasetLayout, tagOf } from '../../store/layout.ts';
import { lastLineOf, lineText, sameVersion, stablePart, type VersionLine } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';
import { openVersions, selectVersion, type VersionedDataset } from './select.ts';
import { isReserved } from './selector.ts';
import { describeVersions, introducedBy, namedCommits, recordedFiles } from './stores.ts';
import { isVersionTag, peoplesTags } from './tags.ts';

export interface TagInput {
  readonly name: string;
  /** Absent with `remove` and `restore`, and where tags are shown. */
  readonly version?: string | undefined;
  /** The tag to make. */
  readonly tag?: string | undefined;
  /** One line for the tag. */
  readonly message?: string | undefined;
  /** The tag to remove. */
  readonly remove?: string | undefined;
  /** Versions' own tags that are missing are made again, those that name another version are moved. */
  readonly restore?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface VersionTag {
  readonly tag: string;
  readonly version: number;
  readonly commit: string;
}

/** A version's own tag that named another version. */
export interface MovedTag extends VersionTag {
  /** The commit that it named. */
  readonly from: string;
  /** The version that was the newest there, by its present number; `null` where it is none of these. */
  readonly named: number | null;
}

/** The `data` of `version tag --json`. */
export interface TagResult {
  readonly dataset: string;
  readonly action: 'shown' | 'created' | 'removed' | 'restored';
  /** Those that were shown, made or removed. */
  readonly tags: readonly VersionTag[];
  /** Tags that named another version, as after `version merge`; with `restore` only. */
  readonly moved: readonly MovedTag[];
  /** Versions without a commit of their own in this branch's history here; with `restore` only. */
  readonly unknown: readonly number[];
  readonly unchanged: boolean;
  readonly dryRun: boolean;
}

/**
 * People's names for versions, and versions' own tags: shown, made, removed, made again from versions.ndjson.
 * @throws SNAPKEEP_USAGE, SNAPKEEP_GIT_FAILED, SNAPKEEP_VERSION_UNKNOWN
 */
export async function tagVersion(runtime: Runtime, input: TagInput): Promise<TagResult> {
  const dataset = await openVersions(runtime, input.name);
  if (input.restore) return restoreTags(runtime, dataset, input);
  if (input.remove !== undefined) return removeTag(runtime, dataset, input.remove, input);
  if (input.version !== undefined && input.tag !== undefined) {
    return createTag(runtime, dataset, { ...input, version: input.version, tag: input.tag });
  }
  if (input.version !== undefined) {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'a version and a name for it are needed', {
      hint: `snapkeep version tag ${input.name} ${input.version} paper-2026`,
    });
  }
  const tags = await peoplesTags(runtime, dataset.layout, dataset.versions);
  const shown = [...tags].sort(([a], [b]) => a - b).flatMap(([, some]) => some);
  return resultOf(
    dataset,
    'shown',
    shown.map(({ name, version, commit }) => ({ tag: name, version, commit })),
  );
}

function resultOf(
  { layout }: VersionedDataset,
  action: TagResult['action'],
  tags: readonly VersionTag[],
  more: Partial<Pick<TagResult, 'moved' | 'unknown' | 'unchanged' | 'dryRun'>> = {},
): TagResult {
  return { dataset: layout.dataset, action, tags, moved: [], unknown: [], unchanged: false, dryRun: false, ...more };
}

async function createTag(
  runtime: Runtime,
  dataset: VersionedDataset,
  input: TagInput & { readonly version: string; readonly tag: string },
): Promise<TagResult> {
  const { layout } = dataset;
  const { tag, dryRun = false } = input;
  if (isVersionTag(tag) || isReserved(tag, layout.dataset)) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `${tag} would be read as a version or a date, not as a tag`, {
      hint: 'Choose a name like paper-2026 or release/1.0.',
    });
  }
  const line = await selectVersion(runtime, dataset, input.version);
  const commit = await commitOf(runtime, dataset, line);
  const made = { tag, version: line.version, commit };
  const there = (await namedCommits(runtime)).find(({ name }) => name === tag);
  if (there?.commit === commit) return resultOf(dataset, 'created', [made], { unchanged: true, dryRun });
  if (there) {
    throw new SnapkeepError(
      'SNAPKEEP_GIT_FAILED',
      `the tag ${tag} exists already, at commit ${there.commit.slice(0, 10)}`,
      {
        hint: `Remove it first: snapkeep version tag ${layout.dataset} --delete ${tag}`,
        details: { tag, commit: there.commit },
      },
    );
  }
  const message = input.message ?? `${layout.dataset} v${line.version}: ${line.message}`;
  if (!dryRun) await change(runtime, { create: [{ name: tag, commit, message }], remove: [] });
  return resultOf(dataset, 'created', [made], { dryRun });
}

async function removeTag(
  runtime: Runtime,
  dataset: VersionedDataset,
  tag: string,
  { dryRun = false }: TagInput,
): Promise<TagResult> {
  const { layout, versions } = dataset;
  if (isVersionTag(tag)) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `${tag} is a version’s own name, which stays`, {
      hint: 'Only names that people gave are removed.',
    });
  }
  const tags = [...(await peoplesTags(runtime, layout, versions)).values()].flat();
  const found = tags.find(({ name }) => name === tag);
  if (!found) {
    throw new SnapkeepError('SNAPKEEP_GIT_FAILED', `no version of ${layout.dataset} has the tag ${tag}`, {
      hint: tags.length === 0 ? 'None has a tag of its own.' : `There are: ${tags.map(({ name }) => name).join(', ')}`,
      details: { tag },
    });
  }
  if (!dryRun) await change(runtime, { create: [], remove: [tag] });
  return resultOf(dataset, 'removed', [{ tag, version: found.version, commit: found.commit }], { dryRun });
}

async function restoreTags(
  runtime: Runtime,
  dataset: VersionedDataset,
  { dryRun = false }: TagInput,
): Promise<TagResult> {
  const { layout, versions } = dataset;
  const facts = await factsOf(runtime, dataset, versions);
  const commits = await commitsOf(runtime, layout, versions);
  const strays = await strayTags(runtime, dataset, facts, commits);
  const wanted = versions.filter((line, index) => facts[index]?.tag === undefined || strays.has(line.version));
  const known = wanted.flatMap(({ version }): VersionTag[] => {
    const commit = commits[version - 1] ?? null;
    return commit === null ? [] : [{ tag: tagOf(layout.dataset, version), version, commit }];
  });
  const moved = known.flatMap(({ tag, version, commit }): MovedTag[] => {
    const stray = strays.get(version);
    return stray ? [{ tag, version, commit, ...stray }] : [];
  });
  const tags = known.filter(({ version }) => !strays.has(version));
  const unknown = wanted.filter(({ version }) => (commits[version - 1] ?? null) === null).map(({ version }) => version);
  if (known.length > 0 && !dryRun) {
    const create = known.map(({ tag, commit, version }) => {
      return { name: tag, commit, message: versions[version - 1]?.message ?? tag };
    });
    await change(runtime, { create, remove: moved.map(({ tag }) => tag) });
  }
  return resultOf(dataset, 'restored', tags, { moved, unknown, unchanged: known.length === 0, dryRun });
}

/** By the line as it is, else as it was before a merge gave the version its number. In the order of the versions. */
async function commitsOf(
  runtime: Runtime,
  layout: DatasetLayout,
  lines: readonly VersionLine[],
): Promise<readonly (string | null)[]> {
  const commits = [...(await introducedBy(runtime, layout.versions, lines.map(lineText)))];
  const open = lines.flatMap((line, index) => ((commits[index] ?? null) === null ? [{ line, index }] : []));
  if (open.length === 0) return commits;
  const parts = open.map(({ line }) => stablePart(line));
  const found = await introducedBy(runtime, layout.versions, parts);
  for (const [at, { index }] of open.entries()) commits[index] = found[at] ?? null;
  return commits;
}

/** Versions' own tags that name another version, as after a merge that gave this one's number to it; by number. */
async function strayTags(
  runtime: Runtime,
  { layout, versions }: VersionedDataset,
  facts: Awaited<ReturnType<typeof factsOf>>,
  commits: readonly (string | null)[],
): Promise<ReadonlyMap<number, { readonly from: string; readonly named: number | null }>> {
  const suspects = versions.flatMap(({ version }, index) => {
    const { tag, commit } = facts[index] ?? {};
    return tag === undefined || commit === undefined || commit === commits[index] ? [] : [{ tag, commit, version }];
  });
  const strays = new Map<number, { readonly from: string; readonly named: number | null }>();
  for (const { tag, commit, version } of suspects) {
    const [text] = await recordedFiles(runtime, [{ path: layout.versions, tag, exact: true }]);
    const then = lastLineOf(text ?? '');
    const own = versions[version - 1];
    if (!then || (then.snapshot === own?.snapshot && then.created === own.created)) continue;
    strays.set(version, { from: commit, named: sameVersion(versions, then)?.version ?? null });
  }
  return strays;
}

function factsOf(runtime: Runtime, { layout }: VersionedDataset, lines: readonly VersionLine[]) {
  return describeVersions(
    runtime,
    lines.map(({ version, snapshot }) => ({
      dataset: layout.dataset,
      version,
      snapshot,
      tag: tagOf(layout.dataset, version),
      directory: layout.snapshot(snapshot),
    })),
    ['commit', 'tag'],
  );
}

/** By the version's own tag, else by the commit that brought its line. */
async function commitOf(runtime: Runtime, dataset: VersionedDataset, line: VersionLine): Promise<string> {
  const [facts] = await factsOf(runtime, dataset, [line]);
  if (facts?.commit !== undefined) return facts.commit;
  const [commit] = await commitsOf(runtime, dataset.layout, [line]);
  if (typeof commit === 'string') return commit;
  const { dataset: name } = dataset.layout;
  throw new SnapkeepError(
    'SNAPKEEP_GIT_FAILED',
    `no commit of v${line.version} of ${name} is here, which a tag could name`,
    {
      hint: 'git fetch --tags brings it, in a shallow clone git fetch --unshallow; a version that was never committed has none.',
      details: { dataset: name, version: line.version },
    },
  );
}

async function change(runtime: Runtime, tags: Parameters<typeof runtime.emit<'version:tag'>>[1]): Promise<void> {
  const answers = await runtime.emit('version:tag', tags);
  if (answers.length > 0) return;
  throw new SnapkeepError('SNAPKEEP_USAGE', 'no version store here knows tags', {
    hint: 'Write capabilities: {versionStore: [dvc, git]} into the configuration.',
  });
}
