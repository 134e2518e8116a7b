import { mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isSnapkeepError, snapshotFiles } from '@snapkeep/sdk';
import { readLatest } from '../../store/latest.ts';
import { type DatasetLayout, privateDirectory } from '../../store/layout.ts';
import { beginRestoring } from '../../store/restoring.ts';
import { Transaction } from '../../store/transaction.ts';
import type { Runtime } from '../runtime.ts';
import type { CopyProblem, Examined, Place } from './copies.ts';
import { lockAndRecover } from './lock.ts';
import { snapshotRefs } from './manifests.ts';
import { bringBack } from './restore.ts';

export interface Repaired {
  readonly snapshot: string;
  readonly place: Place | 'latest';
  /** `null`: the store's listing of the snapshot, or `latest`. */
  readonly path: string | null;
  /** Where the good copy was; `null` for `latest`. */
  readonly from: Place | null;
}

export interface RepairRequest {
  /** What `latest` must name. */
  readonly expected: string;
  /** Whether it does. */
  readonly latest: boolean;
  readonly snapshots: readonly Examined[];
  readonly remote: string | undefined;
  /** Whether copies on the remote are to be put right too. */
  readonly repairRemote: boolean;
}

/**
 * Puts damaged and missing copies right: the cache's from the work tree or a remote, the work tree's from the cache,
 * with `repairRemote` the remote's from either. Every byte is verified before it gets a name, by rename; a good
 * copy is never touched. What has no good copy stays as it is.
 */
export async function repairDataset(
  runtime: Runtime,
  layout: DatasetLayout,
  request: RepairRequest,
): Promise<readonly Repaired[]> {
  await using _lock = await lockAndRecover(runtime, layout, { latest: 'anything' });
  const transaction = await Transaction.begin(runtime.root, layout, 'repair', null);
  try {
    const repaired: Repaired[] = [];
    for (const examined of request.snapshots) {
      const at = (place: Place) => examined.problems.filter((problem) => problem.place === place);
      if (at('cache').length > 0) repaired.push(...(await repairStore(runtime, layout, examined, 'cache', request)));
      if (at('workspace').length > 0)
        repaired.push(...(await repairWorkspace(runtime, layout, examined, at('workspace'))));
      if (request.repairRemote && at('remote').length > 0) {
        repaired.push(...(await repairStore(runtime, layout, examined, 'remote', request)));
      }
    }
    if (!request.latest) {
      if ((await readLatest(layout)).state === 'not a link') await setAside(runtime, layout, layout.latest);
      await transaction.pointLatest(request.expected);
      repaired.push({ snapshot: request.expected, place: 'latest', path: null, from: null });
    }
    return repaired;
  } finally {
    // What was put right is whole and in its place: there is nothing to undo.
    await transaction.done();
  }
}

async function repairStore(
  runtime: Runtime,
  layout: DatasetLayout,
  { manifest }: Examined,
  place: 'cache' | 'remote',
  { remote }: RepairRequest,
): Promise<Repaired[]> {
  const snapshots = await snapshotRefs(runtime, layout, [manifest]);
  const [answer] = await runtime.emit('version:repair', {
    snapshots,
    place,
    ...(remote === undefined ? {} : { remote }),
  });
  const { snapshot } = manifest;
  return (answer?.result.repaired ?? []).map(({ path, from }) => ({ snapshot, place, path, from }));
}

async function repairWorkspace(
  runtime: Runtime,
  layout: DatasetLayout,
  { manifest }: Examined,
  problems: readonly CopyProblem[],
): Promise<Repaired[]> {
  const { snapshot } = manifest;
  const wrong = problems.flatMap(({ path, problem }) =>
    path === null ? [] : [{ path, problem, expected: '', found: null }],
  );
  await using restoring = await beginRestoring(runtime.root, layout.dataset, runtime.signal);
  const place = async () => {
    const folder = layout.snapshot(snapshot);
    const all = wrong.length === snapshotFiles(manifest).length && wrong.every(({ problem }) => problem === 'a link');
    if (all) await setAside(runtime, layout, folder);
    for (const { path, problem } of wrong)
      if (problem === 'not a file') await setAside(runtime, layout, `${folder}/${path}`);
  };
  try {
    await bringBack(runtime, layout, manifest, wrong, restoring.staging, place);
  } catch (error) {
    if (!isSnapkeepError(error) || !TOLERATED.has(error.code)) throw error;
    runtime.log.warn(error.message);
    return [];
  }
  const from = problems.some(({ good }) => good.includes('cache')) ? 'cache' : 'remote';
  return wrong.map(({ path }) => ({ snapshot, place: 'workspace', path, from }));
}

/** No good copy is to be had: the result says so. */
const TOLERATED: ReadonlySet<string> = new Set(['SNAPKEEP_INTEGRITY', 'SNAPKEEP_REMOTE_FAILED', 'SNAPKEEP_DVC_FAILED']);

/** What stands where it mustn't may be somebody's work: it is moved, not removed. */
async function setAside(runtime: Runtime, layout: DatasetLayout, path: string): Promise<void> {
  const folder = join(privateDirectory(runtime.root), 'aside');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const kept = join(folder, `${Date.now().toString(36)}-${basename(path)}`);
  await rename(layout.absolute(path), kept).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  runtime.log.warn(`${path} was no place for what stood there; it is kept as ${kept.slice(runtime.root.length + 1)}`);
}
