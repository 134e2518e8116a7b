import { type Manifest, type RemoteName, SnapkeepError, snapshotFiles } from '@snapkeep/sdk';
import { type LatestState, readLatest } from '../../store/latest.ts';
import type { VersionLine } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';
import { type CopyProblem, type Examination, examineSnapshots, type Place } from './copies.ts';
import { evictedSnapshots, manifestsOf, removedSnapshots } from './manifests.ts';
import { type Repaired, repairDataset } from './repair.ts';
import { openVersions, selectVersion, type VersionedDataset } from './select.ts';

export interface VerifyInput {
  readonly name: string;
  /** Absent: every version. */
  readonly selector?: string | undefined;
  /** A remote's name, or `true` for the default one; absent: the remote isn't read. */
  readonly remote?: string | boolean | undefined;
  /** Puts damaged and missing copies right from good ones. */
  readonly repair?: boolean | undefined;
}

export interface VerifiedVersion {
  readonly version: number;
  readonly snapshot: string;
  readonly files: number;
  readonly bytes: number;
  /** Its data are not meant to be here (version gc). */
  readonly evicted: boolean;
  /** When its data were removed for good (version gc --confirm): it can't be restored, and that is known; else `null`. */
  readonly removed: string | null;
  readonly ok: boolean;
  /** Places that have all of it whole, of those that were read. */
  readonly good: readonly Place[];
  readonly problems: readonly CopyProblem[];
}

export interface VerifiedLatest {
  readonly ok: boolean;
  readonly target: string | null;
  readonly expected: string;
  readonly problem: 'absent' | 'not a link' | 'broken' | 'leaves the project' | 'names another snapshot' | null;
}

/** The `data` of `version verify --json`, or the error's details. */
export interface VerifyResult {
  readonly dataset: string;
  readonly ok: boolean;
  readonly latest: VerifiedLatest;
  /** The remote that was read. */
  readonly remote: RemoteName | null;
  readonly versions: readonly VerifiedVersion[];
  /** What `--repair` put right; the rest of this document says how it is afterwards. */
  readonly repaired: readonly Repaired[];
}

/**
 * Reads every byte of a version, or of all, in work tree, cache and, where asked, remote, and compares it with the manifest.
 * @throws SNAPKEEP_REMOTE_FAILED, SNAPKEEP_PATH_UNSAFE
 */
export async function verifyVersions(runtime: Runtime, input: VerifyInput): Promise<VerifyResult> {
  const dataset = await openVersions(runtime, input.name);
  const lines =
    input.selector === undefined ? dataset.versions : [await selectVersion(runtime, dataset, input.selector)];
  const found = await lookAt(runtime, dataset, lines, input);
  const selected = input.selector !== undefined;
  const result = resultOf(dataset, lines, found, selected);
  if (!input.repair || result.ok) return result;
  const repaired = await repairDataset(runtime, dataset.layout, {
    expected: dataset.current.snapshot,
    latest: result.latest.ok,
    snapshots: [...found.examination.snapshots.values()].filter(({ problems }) => problems.length > 0),
    remote: typeof input.remote === 'string' ? input.remote : undefined,
    repairRemote: remoteOf(input) !== false,
  });
  return { ...resultOf(dataset, lines, await lookAt(runtime, dataset, lines, input), selected), repaired };
}

interface Found {
  readonly latest: LatestState;
  readonly examination: Examination;
  readonly manifests: ReadonlyMap<string, Manifest>;
}

function remoteOf({ remote }: VerifyInput): { name?: string } | false {
  if (typeof remote === 'string') return { name: remote };
  return remote === true ? {} : false;
}

async function lookAt(
  runtime: Runtime,
  { layout }: VersionedDataset,
  lines: readonly VersionLine[],
  input: VerifyInput,
): Promise<Found> {
  const manifests = await manifestsOf(runtime, layout, lines);
  const evicted = await evictedSnapshots(runtime, layout, lines);
  const removed = await removedSnapshots(runtime, layout, lines);
  const task = runtime.progress.start(`verify ${layout.dataset}`, { unit: 'files', total: manifests.size });
  let done = 0;
  try {
    const examination = await examineSnapshots(runtime, layout, [...manifests.values()], {
      evicted,
      removed,
      remote: remoteOf(input),
      onSnapshot: () => {
        done += 1;
        task.update(done);
      },
    });
    return { latest: await readLatest(layout), examination, manifests };
  } finally {
    task.end();
  }
}

function resultOf(
  { layout, current }: VersionedDataset,
  lines: readonly VersionLine[],
  { latest: state, examination, manifests }: Found,
  selected: boolean,
): VerifyResult {
  const versions = lines.map(({ version, snapshot }): VerifiedVersion => {
    const examined = examination.snapshots.get(snapshot);
    const manifest = manifests.get(snapshot);
    if (!examined || !manifest) throw new SnapkeepError('SNAPKEEP_INTERNAL', `${snapshot} was not looked at`);
    const { evicted, removed, good, problems } = examined;
    const files = snapshotFiles(manifest);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const ok = problems.length === 0 && removed === null;
    return { version, snapshot, files: files.length, bytes, evicted, removed, ok, good, problems };
  });
  const latest = verifiedLatest(state, current.snapshot);
  return {
    dataset: layout.dataset,
    // What was removed on purpose is no reason to fail night after night; who asks for just that is told that it is gone.
    ok: latest.ok && versions.every(({ ok, removed }) => ok || (removed !== null && !selected)),
    latest,
    remote: examination.remote,
    versions,
    repaired: [],
  };
}

function verifiedLatest({ state, target }: LatestState, expected: string): VerifiedLatest {
  // A link to a snapshot whose data aren't here, as in a fresh clone, is as it should be.
  if (target === expected) return { ok: true, target, expected, problem: null };
  const problem = state === 'link' ? 'names another snapshot' : state === 'leaves' ? 'leaves the project' : state;
  return { ok: false, target, expected, problem };
}
