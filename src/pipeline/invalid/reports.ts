import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { privateDirectory } from '../../store/layout.ts';

/** Reports that stay of each dataset, or of each file that was checked. */
const KEPT_REPORTS = 20;

/** `20260131T100000000Z`: as texts in the order of time. */
const STAMP = /\d{8}T\d{9}Z\.csv$/;

/**
 * Where the report of a run goes.
 * @param name - the dataset's, or the file's without its folder
 * @returns an absolute path; nothing is there yet
 */
export function newReport(root: string, name: string): string {
  const stamp = new Date().toISOString().replace(/[-:.]/g, '');
  return join(privateDirectory(root), 'rejected', `${name}-${stamp}.csv`);
}

/** Removes older reports of the same name, so that a nightly run that fails for a year leaves twenty. */
export async function removeOldReports(newest: string): Promise<void> {
  const folder = dirname(newest);
  const prefix = basename(newest).replace(STAMP, '');
  const same = (await readdir(folder)).filter((name) => STAMP.test(name) && name.replace(STAMP, '') === prefix).sort();
  for (const name of same.slice(0, -KEPT_REPORTS)) await rm(join(folder, name), { force: true });
}
