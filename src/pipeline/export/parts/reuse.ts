import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ExportPlan, Manifest, SnapshotFile } from '@snapkeep/sdk';
import { fsyncPath, hashFile } from '../../../store/durable.ts';
import type { DatasetLayout } from '../../../store/layout.ts';
import { shareFile } from '../../../store/share-file.ts';
import type { Runtime } from '../../runtime.ts';
import { footerOf } from '../publish.ts';
import type { Part } from './view.ts';

/** A file of the newest version. */
interface OlderFile extends SnapshotFile {
  /** Absolute. */
  readonly from: string;
}

/** By content hash: what would be written again, byte for byte. */
export type OlderFiles = ReadonlyMap<string, OlderFile>;

/**
 * Files of the newest version that these rows may be in already: those of a plan, a writer and versions that would write the same
 * bytes for the same rows.
 * @param duckdb - the engine's version
 */
export function olderFiles(
  { versions }: Runtime,
  layout: DatasetLayout,
  { plan, newest, duckdb }: { plan: ExportPlan; newest: Manifest | undefined; duckdb: string },
): OlderFiles {
  if (newest === undefined || !isDeepStrictEqual(bytesFollowFrom(newest.plan), bytesFollowFrom(plan))) return new Map();
  const now = { snapkeep: versions.snapkeep, duckdb, plugins: versions.plugins };
  const { snapkeep, plugins } = newest.versions;
  if (!isDeepStrictEqual({ snapkeep, duckdb: newest.versions.duckdb, plugins }, now)) return new Map();
  const directory = layout.absolute(layout.snapshot(newest.snapshot));
  return new Map(
    newest.files.flatMap((file) =>
      file.contentHash === undefined ? [] : [[file.contentHash, { ...file, from: join(directory, file.path) }]],
    ),
  );
}

function bytesFollowFrom(plan: ExportPlan): unknown {
  const { compression, rowGroupRows, parts } = plan.output;
  return {
    footer: footerOf(plan),
    writer: plan.capabilities.writer,
    sort: plan.sort,
    compression,
    rowGroupRows,
    parts,
  };
}

/**
 * Gives an older file with the same rows a name in the new snapshot. Its bytes are read first: what was damaged must not
 * become part of a new version.
 * @param name - of the file, without its extension
 * @returns nothing where there is none, or it isn't what its manifest says, or can't be shared
 */
export async function reuseFile(
  older: OlderFiles,
  { contentHash, rows }: Part,
  directory: string,
  name: string,
  signal: AbortSignal,
): Promise<SnapshotFile | undefined> {
  const file = older.get(contentHash);
  if (file === undefined || file.rows !== rows) return undefined;
  const { from, sha256, bytes } = file;
  const path = `${name}${file.path.slice(file.path.lastIndexOf('.'))}`;
  const to = join(directory, path);
  if (!(await isThere(from)) || !(await shareFile(from, to))) return undefined;
  const found = await hashFile(to, signal);
  if (found.sha256 !== sha256) {
    await rm(to, { force: true });
    return undefined;
  }
  await fsyncPath(to);
  return { path, rows, bytes, sha256, contentHash };
}

/** A file, of which a link may be made: not a link itself. */
async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
