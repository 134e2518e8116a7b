import { readFile } from 'node:fs/promises';
import { MANIFEST_FORMAT_VERSION, type Manifest, SnapkeepError } from '@snapkeep/sdk';
import type { DatasetLayout } from './layout.ts';

/** What is written: two spaces, one newline at the end, so that a diff in git can be read. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** @throws SNAPKEEP_INTEGRITY where it is missing or not ours to read */
export async function readManifest(layout: DatasetLayout, snapshot: string): Promise<Manifest> {
  const path = layout.manifest(snapshot);
  let manifest: Manifest;
  try {
    // Manifests of before there were policies say nothing of substitutions: there were none.
    manifest = { substitutions: [], ...JSON.parse(await readFile(layout.absolute(path), 'utf8')) } as Manifest;
  } catch (cause) {
    throw new SnapkeepError('SNAPKEEP_INTEGRITY', `the manifest ${path} is missing or can't be read`, {
      hint: `It is in git: git checkout -- ${path}`,
      cause,
    });
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
