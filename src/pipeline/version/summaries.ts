import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Manifest } from '@snapkeep/sdk';
import { writeDurably } from '../../store/durable.ts';
import { type DatasetLayout, privateDirectory } from '../../store/layout.ts';
import type { VersionLine } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';
import { schemaChanges } from '../schema/changes.ts';
import { manifestsOf } from './manifests.ts';

export interface VersionChange {
  /** Rows more, or less. */
  readonly rows: number;
  /** Columns that were added, removed, or changed type or NULL. */
  readonly columns: number;
  /** The content hashes are equal: the same columns and rows. */
  readonly sameContent: boolean;
}

/** What a list says of a version's snapshot. */
export interface Summary {
  readonly rows: number;
  readonly bytes: number;
  /** Against the version before, from the manifests alone; `null` for the first. */
  readonly change: VersionChange | null;
}

/**
 * The summaries of all versions, in their order. Manifests never change, so what was once read of them is kept in
 * `.snapkeep/summaries/`: a list of thousands reads one file, also of versions whose manifests have left the work tree.
 */
export async function summariesOf(
  runtime: Runtime,
  layout: DatasetLayout,
  versions: readonly VersionLine[],
): Promise<readonly Summary[]> {
  const path = join(privateDirectory(runtime.root), 'summaries', `${layout.dataset}.json`);
  const known = await readKept(path);
  const keys = versions.map(({ snapshot }, index) => `${versions[index - 1]?.snapshot ?? ''} ${snapshot}`);
  const needed = versions.filter((_, index) =>
    [index, index + 1].some((at) => at in keys && !known.has(keys[at] ?? '')),
  );
  const manifests = await manifestsOf(runtime, layout, needed);
  const summaries = versions.map((line, index): Summary => {
    const kept = known.get(keys[index] ?? '');
    if (kept) return kept;
    const manifest = manifests.get(line.snapshot);
    const before = manifests.get(versions[index - 1]?.snapshot ?? '');
    return { rows: manifest?.rows ?? 0, bytes: manifest?.bytes ?? 0, change: changeBetween(before, manifest) };
  });
  if (needed.length > 0) {
    const text = JSON.stringify(Object.fromEntries(keys.map((key, index) => [key, summaries[index]])));
    // Best effort: the project may be read-only.
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      .then(() => writeDurably(path, `${text}\n`, { mode: 0o600 }))
      .catch((error: unknown) => runtime.log.debug(`The summaries of versions could not be kept: ${String(error)}`));
  }
  return summaries;
}

async function readKept(path: string): Promise<ReadonlyMap<string, Summary>> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(path, 'utf8')) as Record<string, Summary>));
  } catch {
    return new Map();
  }
}

/** From the manifests alone: nothing is read of the data. */
export function changeBetween(before: Manifest | undefined, now: Manifest | undefined): VersionChange | null {
  if (!(before && now)) return null;
  const columns = new Set(schemaChanges(before.plan.columns, now.plan.columns).map(({ column }) => column));
  return { rows: now.rows - before.rows, columns: columns.size, sameContent: before.contentHash === now.contentHash };
}
