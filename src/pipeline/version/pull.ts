import { type RemoteName, SnapkeepError, snapshotFiles } from '@snapkeep/sdk';
import { Transaction } from '../../store/transaction.ts';
import { verifyFiles } from '../../store/verify.ts';
import type { VersionLine } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';
import { lockAndRecover } from './lock.ts';
import { manifestsOf, snapshotRefs } from './manifests.ts';
import { isLacking, previewTransfer } from './preview-transfer.ts';
import { ensureBytes } from './restore.ts';
import type { VersionedDataset } from './select.ts';
import { type Selection, selectDatasets } from './selection.ts';
import { inspectCopies, noRemoteStore } from './stores.ts';

export interface PullInput extends Selection {
  /** Absent: the default one. */
  readonly remote?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface PulledVersion {
  readonly dataset: string;
  readonly version: number;
  readonly snapshot: string;
  readonly rows: number;
  readonly bytes: number;
  /** Came from the remote, or with `--dry-run` would; 0: the cache has all of it. */
  readonly fetchedObjects: number;
  readonly fetchedBytes: number;
  /** Whether the work tree got files that it lacked, or would. */
  readonly restored: boolean;
}

/** The `data` of `version pull --json`. */
export interface PullResult {
  readonly remote: RemoteName;
  readonly versions: readonly PulledVersion[];
  readonly fetchedBytes: number;
  readonly dryRun: boolean;
}

/** Versions of one dataset, and what became of them. */
interface Pulled {
  readonly remote: RemoteName;
  readonly versions: readonly PulledVersion[];
}

/**
 * Brings versions from a remote into cache and work tree; every byte is compared with the manifest first.
 * @throws SNAPKEEP_REMOTE_FAILED, SNAPKEEP_INTEGRITY
 */
export async function pullVersions(runtime: Runtime, input: PullInput): Promise<PullResult> {
  const pulled: Pulled[] = [];
  for (const { dataset, lines } of await selectDatasets(runtime, input)) {
    pulled.push(await (input.dryRun ? preview : pullDataset)(runtime, dataset, lines, input.remote));
  }
  const [first] = pulled;
  if (first === undefined) throw noRemoteStore(runtime);
  const versions = pulled.flatMap((one) => one.versions);
  const bySnapshot = new Map(versions.map((one) => [`${one.dataset}/${one.snapshot}`, one.fetchedBytes]));
  const fetchedBytes = [...bySnapshot.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { remote: first.remote, versions, fetchedBytes, dryRun: input.dryRun ?? false };
}

async function pullDataset(
  runtime: Runtime,
  { layout }: VersionedDataset,
  lines: readonly VersionLine[],
  remote: string | undefined,
): Promise<Pulled> {
  await using _lock = await lockAndRecover(runtime, layout);
  const manifests = await manifestsOf(runtime, layout, lines);
  const snapshots = await snapshotRefs(runtime, layout, [...manifests.values()]);
  const transaction = await Transaction.begin(runtime.root, layout, 'pull', null);
  try {
    const [answer] = await runtime.emit('version:pull', { snapshots, ...(remote === undefined ? {} : { remote }) });
    if (answer === undefined) throw noRemoteStore(runtime);
    const moved = new Map(answer.result.snapshots.map((one) => [one.directory, one]));
    const restored = new Map<string, boolean>();
    for (const [snapshot, manifest] of manifests) {
      restored.set(snapshot, await ensureBytes(runtime, layout, manifest));
    }
    const versions = lines.map(({ version, snapshot }) => {
      const { rows = 0, bytes = 0 } = manifests.get(snapshot) ?? {};
      const { moved: fetchedObjects = 0, movedBytes: fetchedBytes = 0 } = moved.get(layout.snapshot(snapshot)) ?? {};
      const { dataset } = layout;
      const facts = { dataset, version, snapshot, rows, bytes, fetchedObjects, fetchedBytes };
      return { ...facts, restored: restored.get(snapshot) ?? false };
    });
    return { remote: answer.result.remote, versions };
  } finally {
    // Whatever came is whole and in its place: there is nothing to undo.
    await transaction.done();
  }
}

async function preview(
  runtime: Runtime,
  { layout }: VersionedDataset,
  lines: readonly VersionLine[],
  remote: string | undefined,
): Promise<Pulled> {
  const manifests = [...(await manifestsOf(runtime, layout, lines)).values()];
  const snapshots = await snapshotRefs(runtime, layout, manifests);
  const there = await inspectCopies(runtime, {
    snapshots,
    place: 'remote',
    depth: 'size',
    ...(remote === undefined ? {} : { remote }),
  });
  if (!there?.remote) throw noRemoteStore(runtime);
  const here = await inspectCopies(runtime, {
    snapshots,
    place: 'cache',
    depth: 'size',
    remote: there.remote.name,
  });
  const loads = previewTransfer(snapshots, here);
  const versions: PulledVersion[] = [];
  for (const { version, snapshot } of lines) {
    const index = snapshots.findIndex((ref) => ref.snapshot === snapshot);
    const manifest = manifests[index];
    if (manifest === undefined) continue;
    const gone = here?.snapshots[index]?.copies
      .filter(isLacking)
      .find(({ path }) => there.snapshots[index]?.copies.some((copy) => copy.path === path && isLacking(copy)));
    if (gone) {
      const what = `${layout.snapshot(snapshot)}${gone.path === null ? '' : `/${gone.path}`}`;
      throw new SnapkeepError('SNAPKEEP_REMOTE_FAILED', `the remote ${there.remote.name} does not have ${what}`, {
        hint: 'Push it from where it was made (snapkeep version push), then run the command again.',
      });
    }
    const missing = await verifyFiles(
      layout.absolute(layout.snapshot(snapshot)),
      snapshotFiles(manifest),
      runtime.signal,
    );
    versions.push({
      dataset: layout.dataset,
      version,
      snapshot,
      rows: manifest.rows,
      bytes: manifest.bytes,
      fetchedObjects: loads[index]?.objects ?? 0,
      fetchedBytes: loads[index]?.bytes ?? 0,
      restored: missing.length > 0,
    });
  }
  return { remote: there.remote, versions };
}
