import { join } from 'node:path';
import { type CommitPath, type CommitVersion, type Manifest, type SnapshotRef, snapshotFiles } from '@snapkeep/sdk';
import { bringBackLost, hardLinkFiles, sha256Of } from '../../store/durable.ts';
import { tagOf } from '../../store/layout.ts';
import type { Transaction } from '../../store/transaction.ts';
import { type VersionLine, withVersion } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';

export interface NewVersion {
  /** Of its dataset alone. */
  readonly transaction: Transaction;
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

interface Tracked {
  /** What the commit must hold of it. */
  readonly paths: readonly CommitPath[];
  readonly trackMs: number;
}

/** The version's line is written, and its data are tracked. */
async function track(runtime: Runtime, version: NewVersion): Promise<Tracked> {
  const { line, manifest, transaction } = version;
  const { layout } = transaction;
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
  const files = [...version.files, layout.versions, ...tracked.flatMap(({ result }) => result.paths)];
  return {
    paths: [
      ...files.map((path): CommitPath => ({ kind: 'file', path })),
      { kind: 'link', path: layout.latest, target: line.snapshot },
    ],
    trackMs: performance.now() - tracking,
  };
}

function commitVersion({ transaction, line, manifest }: NewVersion): CommitVersion {
  const { dataset } = transaction.layout;
  const { version, snapshot, kind, message } = line;
  const { rows, bytes } = manifest;
  return { dataset, version, tag: tagOf(dataset, version), message, snapshot, kind, rows, bytes };
}

/**
 * Makes published snapshots the newest versions of their datasets, all or none: steps 7 to 10 of the commit protocol.
 * The one commit, where a store makes one, is the point of no return; before it the caller may undo the transactions, after
 * it only `latest` is left.
 * @param versions - of different datasets, whose transactions have one id
 * @returns in the same order; the commit's time stands with the first
 */
export async function recordVersions(
  runtime: Runtime,
  versions: readonly NewVersion[],
  message: string,
): Promise<Recorded[]> {
  const [first] = versions;
  if (first === undefined) return [];
  const tracked: Tracked[] = [];
  for (const version of versions) tracked.push(await track(runtime, version));
  for (const { transaction, line } of versions) await transaction.prepare(line.snapshot);
  runtime.signal.throwIfAborted();
  const committing = performance.now();
  const answers = await runtime.emit('version:commit', {
    transaction: first.transaction.id,
    message,
    paths: tracked.flatMap(({ paths }) => paths),
    versions: versions.map(commitVersion),
  });
  for (const { transaction } of versions) transaction.committed();
  for (const { transaction, line } of versions) await transaction.pointLatest(line.snapshot);
  const commit = answers[0]?.result ?? null;
  const commitMs = performance.now() - committing;
  return versions.map((version, index) => {
    const { tag } = commitVersion(version);
    return {
      commit: commit?.commit ?? null,
      tag: commit?.tags.includes(tag) ? tag : null,
      trackMs: tracked[index]?.trackMs ?? 0,
      commitMs: index === 0 ? commitMs : 0,
    };
  });
}

/** The same for one. */
export async function recordVersion(runtime: Runtime, version: NewVersion): Promise<Recorded> {
  const [recorded] = await recordVersions(runtime, [version], version.commitMessage);
  return recorded ?? { commit: null, tag: null, trackMs: 0, commitMs: 0 };
}
