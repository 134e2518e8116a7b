import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Says in a virtual environment that it is ours, and whether its installation came to its end. */
export interface Marker {
  readonly state: 'installing' | 'ready';
  readonly version: string;
  /** SHA-256 of the requirements that were installed. */
  readonly requirements: string;
}

const MARKER = 'snapkeep.json';

export async function readMarker(venv: string): Promise<Marker | undefined> {
  try {
    const { state, version, requirements } = JSON.parse(await readFile(join(venv, MARKER), 'utf8')) as Partial<Marker>;
    if (state !== 'installing' && state !== 'ready') return undefined;
    return { state, version: version ?? '', requirements: requirements ?? '' };
  } catch {
    return undefined;
  }
}

export async function writeMarker(venv: string, marker: Marker): Promise<void> {
  const path = join(venv, MARKER);
  await writeFile(`${path}.new`, `${JSON.stringify(marker)}\n`);
  await rename(`${path}.new`, path);
}
