import { access } from 'node:fs/promises';
import { sha256Of } from '../../store/durable.ts';
import { Transaction } from '../../store/transaction.ts';
import { readVersions } from '../../store/versions-file.ts';
import { emitAfter } from '../after.ts';
import type { Runtime } from '../runtime.ts';
import { type DiffResult, diffVersions } from './diff/diff.ts';
import { lockInAdvance } from './lock.ts';
import { filesThatLeft, manifestOf } from './manifests.ts';
import { recordVersion } from './record.ts';
import { ensureBytes } from './restore.ts';
import { openVersions, selectVersion, type VersionedDataset } from './select.ts';
import { headOf } from './stores.ts';

export interface RollbackResult {
  readonly dataset: string;
  /** The new version, or the current one where nothing changes. */
  readonly version: number;
  readonly tag: string | null;
  readonly commit: string | null;
  /** The version whose snapshot is current again. */
  readonly to: number;
  /** The version that was current. */
  readonly from: number;
  readonly snapshot: string;
  readonly rows: number;
  readonly unchanged: boolean;
  readonly dryRun: boolean;
  /** What readers of `latest` see change; with `--dry-run` only. */
  readonly diff: DiffResult | null;
}

export interface RollbackInput {
  readonly name: string;
  readonly to: string;
  readonly message?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

/** An older snapshot becomes current again, as one more version. Its bytes are verified first. */
export async function rollbackVersion(runtime: Runtime, input: RollbackInput): Promise<RollbackResult> {
  const opened = await openVersions(runtime, input.name);
  if (input.dryRun) return preview(runtime, opened, input.to);
  const { layout } = opened;
  const { lock, ready } = await lockInAdvance(runtime, layout);
  await using _lock = lock;
  // Read again: another run may have ended while this one waited for its turn.
  const versions = await readVersions(layout);
  const current = versions.at(-1) ?? opened.current;
  const target = await selectVersion(runtime, { layout, versions, current }, input.to);
  const manifest = await manifestOf(runtime, layout, target);
  const facts = {
    dataset: layout.dataset,
    to: target.version,
    from: current.version,
    snapshot: target.snapshot,
    rows: manifest.rows,
    dryRun: false,
    diff: null,
  };
  const [head, left] = await Promise.all([
    ready.then(() => headOf(runtime)),
    filesThatLeft(runtime, layout, target),
    ensureBytes(runtime, layout, manifest, ready),
  ]);
  if (target.snapshot === current.snapshot) {
    return { ...facts, version: current.version, tag: null, commit: null, unchanged: true };
  }
  const version = current.version + 1;
  const subject = input.message ?? `rollback to v${target.version}`;
  const transaction = await Transaction.begin(runtime.root, layout, 'rollback', head);
  try {
    await transaction.plan(
      left.map(({ path }) => path),
      [],
      Object.fromEntries(left.map(({ path, text }) => [path, sha256Of(text)])),
    );
    for (const { path, text } of left) await transaction.write(path, text);
    const pointer = layout.pointer(target.snapshot);
    const tracked = await exists(layout.absolute(pointer));
    const recorded = await recordVersion(runtime, {
      transaction,
      versions,
      line: {
        version,
        snapshot: target.snapshot,
        kind: 'rollback',
        created: new Date().toISOString(),
        message: subject,
        of: target.version,
      },
      manifest,
      files: [layout.manifest(target.snapshot), ...(tracked ? [pointer] : [])],
      track: false,
      commitMessage: `${layout.dataset} v${version}: ${subject}\n\nSnapshot: ${target.snapshot}\nBefore:   v${current.version}, ${current.snapshot}`,
    });
    await transaction.done();
    await emitAfter(runtime, 'rollback:after', {
      dataset: layout.dataset,
      version,
      from: current.version,
      to: target.version,
    });
    await emitAfter(runtime, 'version:after', {
      dataset: layout.dataset,
      version,
      snapshot: target.snapshot,
      kind: 'rollback',
    });
    return { ...facts, version, tag: recorded.tag, commit: recorded.commit, unchanged: false };
  } catch (error) {
    await transaction.undo();
    throw error;
  }
}

async function preview(runtime: Runtime, dataset: VersionedDataset, to: string): Promise<RollbackResult> {
  const target = await selectVersion(runtime, dataset, to);
  const { current, layout } = dataset;
  const manifest = await manifestOf(runtime, layout, target);
  const unchanged = target.snapshot === current.snapshot;
  const name = layout.dataset;
  return {
    dataset: name,
    version: unchanged ? current.version : current.version + 1,
    tag: null,
    commit: null,
    to: target.version,
    from: current.version,
    snapshot: target.snapshot,
    rows: manifest.rows,
    unchanged,
    dryRun: true,
    diff: unchanged
      ? null
      : await diffVersions(runtime, { name, from: `v${current.version}`, to: `v${target.version}`, whole: true }),
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
