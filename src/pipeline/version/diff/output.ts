import { realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { fsyncPath } from '../../../store/durable.ts';
import type { Runtime } from '../../runtime.ts';
import { refuseOverwrite } from '../../schema/output-file.ts';

export const DIFF_FORMAT = '1';

/**
 * Whether the file may be written: not where snapshots lie, nor over another file unless that is wanted.
 * @param file - absolute
 * @throws SNAPKEEP_PATH_UNSAFE, SNAPKEEP_USAGE
 */
export async function checkOutput(runtime: Runtime, file: string, force: boolean): Promise<void> {
  const folder = await realpath(dirname(file)).catch(() => {
    throw new SnapkeepError('SNAPKEEP_USAGE', `the folder ${dirname(file)} is not there`);
  });
  const inside = relative(join(runtime.root, runtime.config.dataDirectory), folder);
  if (!inside.startsWith('..') && inside !== folder) {
    throw new SnapkeepError('SNAPKEEP_PATH_UNSAFE', `${file} lies where the snapshots are`, {
      hint: 'Snapshots are never changed; write the file elsewhere.',
    });
  }
  if (!force) await refuseOverwrite(file);
}

/** The whole file or none: written beside it, then renamed. */
export async function writeWhole(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await write(temporary);
    await fsyncPath(temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await fsyncPath(dirname(file));
}
