import { access } from 'node:fs/promises';
import { SnapkeepError } from '@snapkeep/sdk';
import { type DatasetLayout, SNAPSHOT_ID } from '../../store/layout.ts';
import { readManifest } from '../../store/manifest-file.ts';
import { Transaction } from '../../store/transaction.ts';
import { readVersions, type VersionLine } from '../../store/versions-file.ts';
import { emitAfter } from '../after.ts';
import { layoutOf } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';
import { lockForVersion } from './lock.ts';
import { recordVersion } from './record.ts';
import { ensureBytes } from './restore.ts';
import { unversionedSnapshots } from './snapshots.ts';
import { headOf } from './stores.ts';

export interface CreateResult {
  readonly dataset: string;
  readonly version: number;
  readonly snapshot: string;
  readonly rows: number;
  readonly tag: string | null;
  readonly commit: string | null;
}

/** A snapshot that was exported with `--no-version`, or narrowed, becomes the newest version. */
export async function createVersion(
  runtime: Runtime,
  input: { readonly name: string; readonly snapshot: string; readonly message?: string | undefined },
): Promise<CreateResult> {
  if (!SNAPSHOT_ID.test(input.snapshot)) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `${input.snapshot} is not the id of a snapshot`, {
      hint: `The folders under ${runtime.config.dataDirectory}/${input.name} are named by it.`,
    });
  }
  const layout = layoutOf(runtime, input.name);
  await using _lock = await lockForVersion(runtime, layout);
  const versions = await readVersions(layout);
  const present = versions.findLast(({ snapshot }) => snapshot === input.snapshot);
  if (present) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `${input.snapshot} is v${present.version} already`, {
      hint: `To make it current again: snapkeep version rollback ${input.name} v${present.version}`,
    });
  }
  await requireSnapshot(layout, input.snapshot, versions);
  const manifest = await readManifest(layout, input.snapshot);
  await ensureBytes(runtime, layout, manifest);
  const version = (versions.at(-1)?.version ?? 0) + 1;
  const subject = input.message ?? `adopt ${input.snapshot}`;
  const transaction = await Transaction.begin(runtime.root, layout, 'version create', await headOf(runtime));
  try {
    const recorded = await recordVersion(runtime, {
      transaction,
      versions,
      line: {
        version,
        snapshot: input.snapshot,
        kind: 'create',
        created: new Date().toISOString(),
        message: subject,
      },
      manifest,
      files: [layout.manifest(input.snapshot)],
      track: true,
      commitMessage: `${layout.dataset} v${version}: ${subject}\n\nSnapshot: ${input.snapshot}\nContent:  ${manifest.contentHash}`,
    });
    await transaction.done();
    const { dataset } = layout;
    await emitAfter(runtime, 'version:after', { dataset, version, snapshot: input.snapshot, kind: 'create' });
    const { tag, commit } = recorded;
    return { dataset, version, snapshot: input.snapshot, rows: manifest.rows, tag, commit };
  } catch (error) {
    await transaction.undo();
    throw error;
  }
}

const MAX_LISTED = 5;

/** An id of which nothing is left here, not even the folder, was never a snapshot's: git has no manifest of it either. */
async function requireSnapshot(layout: DatasetLayout, id: string, versions: readonly VersionLine[]): Promise<void> {
  const traces = [layout.manifest(id), layout.snapshot(id), layout.pointer(id)];
  const found = await Promise.all(
    traces.map((path) =>
      access(layout.absolute(path)).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (found.includes(true)) return;
  const candidates = await unversionedSnapshots(layout, versions);
  const { dataset } = layout;
  throw new SnapkeepError('SNAPKEEP_VERSION_UNKNOWN', `${dataset}: no such snapshot: ${id}`, {
    hint:
      candidates.length === 0
        ? `Every snapshot of ${dataset} here is a version already: snapkeep version list ${dataset}`
        : `Snapshots that are no version yet: ${candidates.slice(0, MAX_LISTED).join(', ')}`,
    details: { dataset, snapshot: id, candidates },
  });
}
