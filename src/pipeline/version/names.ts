import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DATASET_NAME } from '../../store/layout.ts';
import type { Runtime } from '../runtime.ts';

/** Datasets that have a folder under data/, sorted. */
export async function datasetNames(runtime: Runtime): Promise<string[]> {
  try {
    const entries = await readdir(join(runtime.root, runtime.config.dataDirectory), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && DATASET_NAME.test(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
