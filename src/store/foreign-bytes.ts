import { lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { contentOf, hashFile, sha256Of } from './durable.ts';
import type { DatasetLayout } from './layout.ts';
import { folderOf, type Journal } from './transaction.ts';

/** DVC tries out links under such names, and leaves one where it is killed. */
const DVC_TRIAL = /\.[\w-]{22}\.tmp$/;

/**
 * Stops where a dead run's places hold something that is not the run's: somebody worked there in between, and what
 * they left must be neither removed nor overwritten.
 * @throws SNAPKEEP_JOURNAL_UNKNOWN naming the first such path
 */
export async function refuseForeignBytes(layout: DatasetLayout, journal: Journal): Promise<void> {
  for (const planned of journal.planned) {
    for (const path of await filesBelow(layout, planned)) {
      if (!(await isOwn(layout, journal, planned, path))) throw foreign(path, journal);
    }
  }
  for (const { path, content } of journal.preImages) {
    const now = await contentOf(layout.absolute(path));
    if (now === null || now === content || sha256Of(now) === journal.written[path]) continue;
    // Killed while DVC was at work: it only adds lines.
    const unknown = journal.state === 'begin' && journal.written[path] === undefined;
    if (!unknown || !now.startsWith(content ?? '')) throw foreign(path, journal);
  }
}

/** The same once the commit stands: what the version consists of must not have changed. What is gone can be brought back. */
export async function refuseChangedBytes(layout: DatasetLayout, journal: Journal): Promise<void> {
  for (const planned of journal.planned) {
    for (const path of await filesBelow(layout, planned)) {
      const known = journal.written[path];
      if (known !== undefined && (await hashFile(layout.absolute(path))).sha256 !== known) throw foreign(path, journal);
    }
  }
}

async function isOwn(layout: DatasetLayout, journal: Journal, planned: string, path: string): Promise<boolean> {
  if (DVC_TRIAL.test(path)) return true;
  const absolute = layout.absolute(path);
  if (!(await lstat(absolute)).isFile()) return false;
  const known = journal.written[path];
  if (known === undefined) return path === planned && journal.state === 'begin';
  return (await hashFile(absolute)).sha256 === known;
}

/** All that is not a folder, relative to the project: the path itself, or what lies below it. */
async function filesBelow(layout: DatasetLayout, path: string): Promise<string[]> {
  const absolute = layout.absolute(path);
  const stats = await lstat(absolute).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (stats === null) return [];
  if (!stats.isDirectory()) return [path];
  const entries = await readdir(absolute, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(path, relative(absolute, join(entry.parentPath, entry.name))));
}

function foreign(path: string, journal: Journal): SnapkeepError {
  const { operation, dataset, startedAt, transaction } = journal;
  return new SnapkeepError(
    'SNAPKEEP_JOURNAL_UNKNOWN',
    `${path} is not what the interrupted ${operation} of ${dataset} (${startedAt}) left there; nothing was deleted`,
    {
      hint: `Move it elsewhere and run the command again; to leave everything as it is, remove .snapkeep/tx/${folderOf(journal)}/.`,
      details: { path, transaction },
    },
  );
}
