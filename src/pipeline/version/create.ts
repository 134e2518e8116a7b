import { SnapkeepError } from '@snapkeep/sdk';
import { SNAPSHOT_ID } from '../../store/layout.ts';
import { readManifest } from '../../store/manifest-file.ts';
import { Transaction } from '../../store/transaction.ts';
import { readVersions } from '../../store/versions-file.ts';
import { emitAfter } from '../after.ts';
import { layoutOf } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';
import { lockAndRecover } from './lock.ts';
import { recordVersion } from './record.ts';
import { ensureBytes } from './restore.ts';
import { headOf, preflightStores } from './stores.ts';

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
  await preflightStores(runtime);
  const layout = layoutOf(runtime, input.name);
  await using _lock = await lockAndRecover(runtime, layout);
  const manifest = await readManifest(layout, input.snapshot);
  const versions = await readVersions(layout);
  const present = versions.findLast(({ snapshot }) => snapshot === input.snapshot);
  if (present) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `${input.snapshot} is v${present.version} already`, {
      hint: `To make it current again: snapkeep version rollback ${input.name} v${present.version}`,
    });
  }
  await ensureBytes(runtime, layout, manifest);
  const version = (versions.at(-1)?.version ?? 0) + 1;
  const subject = input.message ?? `adopt ${input.snapshot}`;
  const transaction = await Transaction.begin(runtime.root, layout, 'version create', await headOf(runtime));
  try {
    const recorded = await recordVersion(runtime, transaction, {
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
