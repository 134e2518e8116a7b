import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isSnapkeepError, type Manifest, SnapkeepError, snapshotFiles } from '@snapkeep/sdk';
import { refuseLinks } from '../../store/containment.ts';
import type { DatasetLayout } from '../../store/layout.ts';
import { beginRestoring, placeFiles } from '../../store/restoring.ts';
import { type FileProblem, verifyFiles } from '../../store/verify.ts';
import type { Runtime } from '../runtime.ts';
import { removedSnapshots, snapshotRefs } from './manifests.ts';
import { bringBackHint, integrityError, removedText } from './problems.ts';

/**
 * The snapshot's bytes in the work tree, each verified by SHA-256; what is missing is brought back by the
 * version stores first, from cache or remote. @returns whether anything had to be
 * @param ready - what has to hold before the work tree is touched
 * @throws SNAPKEEP_INTEGRITY, SNAPKEEP_PATH_UNSAFE, and what the stores throw
 */
export async function ensureBytes(
  runtime: Runtime,
  layout: DatasetLayout,
  manifest: Manifest,
  ready?: Promise<void>,
): Promise<boolean> {
  const path = layout.snapshot(manifest.snapshot);
  await refuseLinks(runtime.root, path);
  const check = () => verifyFiles(layout.absolute(path), snapshotFiles(manifest), runtime.signal);
  let problems = await check();
  let restored = false;
  if (problems.some(isMissing)) {
    await using restoring = await beginRestoring(runtime.root, layout.dataset, runtime.signal);
    // Another run may have brought it while this one waited.
    problems = await check();
    const missing = problems.filter(isMissing);
    if (missing.length > 0) {
      runtime.log.info(`${manifest.dataset}/${manifest.snapshot} is not in the work tree: restoring it`);
      await bringBack(runtime, layout, manifest, missing, restoring.staging, async () => ready).catch(
        (error: unknown) => explainRemoved(runtime, layout, manifest, error),
      );
      problems = problems.filter((problem) => !isMissing(problem));
      restored = true;
    }
  }
  if (problems.length > 0) throw integrityError(manifest.dataset, manifest.snapshot, problems);
  return restored;
}

/** Where the data were removed for good, that is the reason, whatever the stores say. */
async function explainRemoved(
  runtime: Runtime,
  layout: DatasetLayout,
  { dataset, snapshot }: Manifest,
  error: unknown,
): Promise<never> {
  if (!isSnapkeepError(error)) throw error;
  const removed = (await removedSnapshots(runtime, layout, [{ snapshot }])).get(snapshot);
  if (removed === undefined) throw error;
  throw new SnapkeepError('SNAPKEEP_INTEGRITY', `${dataset}/${snapshot} ${removedText(removed)}`, {
    hint: bringBackHint(dataset, snapshot),
    cause: error,
    details: { dataset, snapshot, removed },
  });
}

function isMissing({ problem }: FileProblem): boolean {
  return problem === 'missing';
}

/**
 * Lets the stores stage the snapshot, verifies what they staged, and puts it in the place of what is missing or damaged.
 * @param beforePlacing - called once all of it is there
 * @throws SNAPKEEP_INTEGRITY
 */
export async function bringBack(
  runtime: Runtime,
  layout: DatasetLayout,
  manifest: Manifest,
  problems: readonly FileProblem[],
  staging: string,
  beforePlacing: () => Promise<void> = async () => undefined,
): Promise<void> {
  const snapshots = await snapshotRefs(runtime, layout, [manifest]);
  const staged = join(staging, manifest.snapshot);
  const verify = () => verifyFiles(staged, snapshotFiles(manifest), runtime.signal);
  // Each byte is hashed here: a store that did so too would double the time of nearly every restoring.
  await runtime.emit('version:restore', { snapshots, staging, unread: true });
  let wrong = await verify();
  if (wrong.length > 0) {
    await rm(staged, { recursive: true, force: true });
    await runtime.emit('version:restore', { snapshots, staging });
    wrong = await verify();
  }
  if (wrong.length > 0) throw integrityError(manifest.dataset, manifest.snapshot, wrong);
  await beforePlacing();
  const final = layout.absolute(layout.snapshot(manifest.snapshot));
  await placeFiles(
    staged,
    final,
    problems.map(({ path }) => path),
  );
}
