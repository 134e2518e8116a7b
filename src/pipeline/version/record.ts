import { join } from 'node:path';
import { type CommitPath, type Manifest, type SnapshotRef, snapshotFiles } from '@snapkeep/sdk';
import { bringBackLost, hardLinkFiles, sha256Of } from '../../store/durable.ts';
import { tagOf } from '../../store/layout.ts';
import type { Transaction } from '../../store/transaction.ts';
import { type VersionLine, withVersion } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';

export interface NewVersion {
  /** The versions before this one. */
  readonly versions: readonly VersionLine[];
  readonly line: VersionLine;
  readonly manifest: Manifest;
  /** Small files of the snapshot that the commit must hold: manifest and, where it is tracked already, pointer. */
  readonly files: readonly string[];
  /** Whether the stores have to track the data first. */
  readonly track: boolean;
  /** First line, then an empty one and what else there is to say. */
  readonly commitMessage: string;
}

export interface Recorded {
  readonly commit: string | null;
  readonly tag: string | null;
  readonly trackMs: number;
  readonly commitMs: number;
}

function snapshotRef(manifest: Manifest, directory: string): SnapshotRef {
  return { dataset: manifest.dataset, snapshot: manifest.snapshot, directory, files: snapshotFiles(manifest) };
}

/**
 * Makes a published snapshot the newest version: steps 7 to 10 of the commit protocol. The commit, where a store
 * makes one, is the point of no return; before it the caller may undo the transaction, after it only `latest` is left.
 */
export async function recordVersion(
  runtime: Runtime,
  transaction: Transaction,
  version: NewVersion,
): Promise<Recorded> {
  const { layout } = transaction;
  const { line, manifest } = version;
  const register = withVersion(version.versions, line);
  await transaction.plan(
    version.track ? [layout.pointer(line.snapshot)] : [],
    [layout.versions, `${layout.directory}/.gitignore`],
    { [layout.versions]: sha256Of(register) },
  );
  await transaction.write(layout.versions, register);

  const tracking = performance.now();
  const data = layout.absolute(layout.snapshot(line.snapshot));
  const spare = join(transaction.directory, 'spare');
  // Some stores take a file away and put it back; killed in between, they lose it.
  if (version.track) await hardLinkFiles(data, spare, snapshotFiles(manifest));
  const tracked = version.track
    ? await runtime.emit('version:track', { snapshot: snapshotRef(manifest, layout.snapshot(line.snapshot)) })
    : [];
  if (version.track) await bringBackLost(data, spare, snapshotFiles(manifest));
  const trackMs = performance.now() - tracking;

  await transaction.prepare(line.snapshot);
  runtime.signal.throwIfAborted();
  const files = [...version.files, layout.versions, ...tracked.flatMap(({ result }) => result.paths)];
  const paths: CommitPath[] = [
    ...files.map((path): CommitPath => ({ kind: 'file', path })),
    { kind: 'link', path: layout.latest, target: line.snapshot },
  ];
  const committing = performance.now();
  const tag = tagOf(layout.dataset, line.version);
  const answers = await runtime.emit('version:commit', {
    transaction: transaction.id,
    message: version.commitMessage,
    paths,
    versions: [
      {
        dataset: layout.dataset,
        version: line.version,
        tag,
        message: line.message,
        snapshot: line.snapshot,
        kind: line.kind,
        rows: manifest.rows,
        bytes: manifest.bytes,
      },
    ],
  });
  transaction.committed();
  await transaction.pointLatest(line.snapshot);
  const commit = answers[0]?.result ?? null;
  return {
    commit: commit?.commit ?? null,
    tag: commit?.tags.includes(tag) ? tag : null,
    trackMs,
    commitMs: performance.now() - committing,
  };
}
