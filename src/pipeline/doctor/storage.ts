import { stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { privateDirectory } from '../../store/layout.ts';
import type { Runtime } from '../runtime.ts';
import { type Finding, failed, good } from './finding.ts';

/** Below it an export of any size will probably fail. */
const LITTLE_BYTES = 1_000_000_000;
/** Below it not even a journal can be written safely. */
const NOTHING_BYTES = 10_000_000;

/** Room for snapshots; and one file system for data and staging, so that a rename publishes. */
export async function checkStorage(runtime: Runtime): Promise<Finding[]> {
  const data = await existing(join(runtime.root, runtime.config.dataDirectory));
  const { bavail, bsize } = await statfs(data);
  const [dataDevice, stagingDevice] = await Promise.all([
    deviceOf(data),
    existing(privateDirectory(runtime.root)).then(deviceOf),
  ]);
  const found = [space(bavail * bsize)];
  if (dataDevice !== stagingDevice) {
    const message = `${runtime.config.dataDirectory}/ is on another file system than .snapkeep/`;
    const hint = 'Both must be on one: what is written is published by a rename.';
    found.push(failed('project', 'file system', 'SNAPKEEP_STORAGE_FAILED', message, hint));
  }
  return found;
}

function space(freeBytes: number): Finding {
  const free = `${(freeBytes / 1_000_000_000).toFixed(1)} GB free`;
  if (freeBytes < NOTHING_BYTES) return failed('project', 'disk', 'SNAPKEEP_STORAGE_FULL', free);
  return good('project', 'disk', free, freeBytes < LITTLE_BYTES ? 'Make room before the next export.' : null);
}

async function deviceOf(path: string): Promise<number> {
  return (await stat(path)).dev;
}

/** The folder, or the nearest one above it that is there. */
async function existing(path: string): Promise<string> {
  const present = await stat(path).then(
    () => true,
    () => false,
  );
  return present || dirname(path) === path ? path : existing(dirname(path));
}
