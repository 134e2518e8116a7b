import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { MANIFEST_FORMAT_VERSION, type Manifest, SnapkeepError } from '@snapkeep/sdk';
import type { DatasetLayout } from './layout.ts';

/** What is written: two spaces, one newline at the end, so that a diff in git can be read. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** That a path leads to no file. Whatever else keeps a file from being read says nothing about it. */
const NO_FILE: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP']);

/** @throws SNAPKEEP_INTEGRITY where it is missing or no manifest */
export async function readManifest(layout: DatasetLayout, snapshot: string): Promise<Manifest> {
  const path = layout.manifest(snapshot);
  const text = await readFile(layout.absolute(path), 'utf8').catch((cause: unknown) => {
    if (!NO_FILE.has((cause as NodeJS.ErrnoException).code)) throw cause;
    throw manifestMissing(path, `It is in git: git checkout -- ${path}`, cause);
  });
  return parseManifest(text, path, snapshot);
}

/**
 * The manifest in the work tree; `undefined` where none is there. Read at once: of thousands of small files each would
 * wait for its turn in a thread four times, which takes ten times as long. @throws SNAPKEEP_INTEGRITY
 */
export function findManifest(layout: DatasetLayout, snapshot: string): Manifest | undefined {
  const path = layout.manifest(snapshot);
  try {
    return parseManifest(readFileSync(layout.absolute(path), 'utf8'), path, snapshot);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function manifestMissing(path: string, hint: string, cause?: unknown): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_INTEGRITY', `the manifest ${path} is missing or can't be read`, { hint, cause });
}

/** @throws SNAPKEEP_INTEGRITY where the text is not the snapshot's manifest, or of a newer format */
export function parseManifest(text: string, path: string, snapshot: string): Manifest {
  let manifest: Manifest;
  try {
    // Manifests of before there were policies and quarantines say nothing of them: there were none.
    manifest = { substitutions: [], quarantine: null, ...JSON.parse(text) } as Manifest;
  } catch (cause) {
    throw manifestMissing(path, `It is in git: git checkout -- ${path}`, cause);
  }
  if (manifest.formatVersion !== MANIFEST_FORMAT_VERSION || manifest.snapshot !== snapshot) {
    throw new SnapkeepError(
      'SNAPKEEP_INTEGRITY',
      `the manifest ${path} has format ${String(manifest.formatVersion)} and names ${String(manifest.snapshot)}`,
      { hint: 'A newer snapkeep may have written it: upgrade, then run the command again.' },
    );
  }
  return manifest;
}
