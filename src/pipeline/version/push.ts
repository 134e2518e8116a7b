import { type RemoteName, SnapkeepError, type SnapshotRef, type StoredCopy } from '@snapkeep/sdk';
import { tagOf } from '../../store/layout.ts';
import type { VersionLine } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';
import { isLacking, type Load, previewTransfer } from './preview-transfer.ts';
import { refsOf, type Selected, type Selection, selectDatasets } from './selection.ts';
import { inspectCopies, noRemoteStore } from './stores.ts';
import { peoplesTags } from './tags.ts';

export interface PushInput extends Selection {
  /** Absent: the default one. */
  readonly remote?: string | undefined;
  /** Branch and tags follow the data. */
  readonly git?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface PushedVersion {
  readonly dataset: string;
  readonly version: number;
  readonly snapshot: string;
  /** Sent, or with `--dry-run` still to be sent; 0: the remote had all of it. */
  readonly sentObjects: number;
  readonly sentBytes: number;
}

/** The `data` of `version push --json`. */
export interface PushResult {
  readonly remote: RemoteName;
  /** All of them are complete on the remote, or would be. */
  readonly versions: readonly PushedVersion[];
  readonly sentBytes: number;
  /** What went to the git remote, with `--git`. */
  readonly git: { readonly remote: string; readonly branch: string; readonly tags: number } | null;
  readonly dryRun: boolean;
}

/**
 * Sends versions to a remote, which is complete afterwards or the command fails; also versions whose pointers have
 * left HEAD. @throws SNAPKEEP_REMOTE_FAILED
 */
export async function pushVersions(runtime: Runtime, input: PushInput): Promise<PushResult> {
  const selected = await selectDatasets(runtime, input);
  const refs: SnapshotRef[] = [];
  for (const { dataset, lines } of selected) refs.push(...(await refsOf(runtime, dataset, lines)));
  const { remote, sent } = input.dryRun ? await preview(runtime, refs, input) : await send(runtime, refs, input);
  const versions = selected.flatMap(({ dataset, lines }) =>
    lines.map((line) => pushedVersion(dataset.layout.dataset, line, sent)),
  );
  const git = input.git && !input.dryRun ? await announce(runtime, await tagsToSend(runtime, selected)) : null;
  const sentBytes = [...sent.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  return { remote, versions, sentBytes, git, dryRun: input.dryRun ?? false };
}

function pushedVersion(
  dataset: string,
  { version, snapshot }: VersionLine,
  sent: ReadonlyMap<string, Load>,
): PushedVersion {
  const { objects, bytes } = sent.get(`${dataset}/${snapshot}`) ?? { objects: 0, bytes: 0 };
  return { dataset, version, snapshot, sentObjects: objects, sentBytes: bytes };
}

interface Outcome {
  readonly remote: RemoteName;
  /** By `<dataset>/<snapshot>`. */
  readonly sent: ReadonlyMap<string, Load>;
}

async function send(runtime: Runtime, refs: readonly SnapshotRef[], { remote }: PushInput): Promise<Outcome> {
  const [answer] = await runtime.emit('version:push', {
    snapshots: refs,
    ...(remote === undefined ? {} : { remote }),
  });
  if (answer === undefined) throw noRemoteStore(runtime);
  const byDirectory = new Map(answer.result.snapshots.map((one) => [one.directory, one]));
  const sent = refs.map(({ dataset, snapshot, directory }): [string, Load] => {
    const { moved = 0, movedBytes = 0 } = byDirectory.get(directory) ?? {};
    return [`${dataset}/${snapshot}`, { objects: moved, bytes: movedBytes }];
  });
  return { remote: answer.result.remote, sent: new Map(sent) };
}

async function preview(runtime: Runtime, refs: readonly SnapshotRef[], { remote }: PushInput): Promise<Outcome> {
  const inspection = await inspectCopies(runtime, {
    snapshots: refs,
    place: 'remote',
    depth: 'size',
    ...(remote === undefined ? {} : { remote }),
  });
  if (!inspection?.remote) throw noRemoteStore(runtime);
  const cache = await inspectCopies(runtime, { snapshots: refs, place: 'cache', depth: 'size' });
  for (const [index, ref] of refs.entries()) {
    const lacking = inspection.snapshots[index]?.copies.filter(isLacking) ?? [];
    const lost = lacking.find(({ path }) =>
      cache?.snapshots[index]?.copies.some((copy) => copy.path === path && isLacking(copy)),
    );
    if (lost) throw lackedEverywhere(inspection.remote.name, ref, lost);
  }
  const loads = previewTransfer(refs, inspection);
  const sent = refs.map(({ dataset, snapshot }, index): [string, Load] => [
    `${dataset}/${snapshot}`,
    loads[index] ?? { objects: 0, bytes: 0 },
  ]);
  return { remote: inspection.remote, sent: new Map(sent) };
}

/** What a real run would end with, unless the work tree had it. */
function lackedEverywhere(remote: string, { directory }: SnapshotRef, { path }: StoredCopy): SnapkeepError {
  const what = path === null ? `the listing of ${directory}` : `${directory}/${path}`;
  return new SnapkeepError('SNAPKEEP_REMOTE_FAILED', `neither the remote ${remote} nor the cache has ${what} whole`, {
    hint: 'snapkeep version verify shows where a good copy is; push from a machine that has it.',
    details: { remote, missing: [{ directory, path }] },
  });
}

/** The tags of the versions whose data have just been seen there, their own and people's: no other leaves this clone. */
async function tagsToSend(runtime: Runtime, selected: readonly Selected[]): Promise<readonly string[]> {
  const tags = new Set<string>();
  for (const { dataset, lines } of selected) {
    const { layout, versions } = dataset;
    const given = await peoplesTags(runtime, layout, versions);
    for (const { version } of lines) {
      tags.add(tagOf(layout.dataset, version));
      for (const { name } of given.get(version) ?? []) tags.add(name);
    }
  }
  return [...tags];
}

async function announce(runtime: Runtime, tags: readonly string[]): Promise<PushResult['git']> {
  const [answer] = await runtime.emit('version:announce', { tags });
  return answer?.result ?? null;
}
