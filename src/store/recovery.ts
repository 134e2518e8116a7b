import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { refuseChangedBytes, refuseForeignBytes } from './foreign-bytes.ts';
import { readLatest } from './latest.ts';
import type { DatasetLayout } from './layout.ts';
import { JOURNAL_FORMAT_VERSION, type Journal, Transaction, transactionsDirectory } from './transaction.ts';

/** What the version stores do for the healing of a dead run. */
export interface Healers {
  /** Removes locks that the run left. */
  unlock(journal: Journal): Promise<void>;
  /** Whether a commit that carries this transaction stands; where nobody commits, never. */
  isCommitted(journal: Journal): Promise<boolean>;
  /** What follows a commit, done again for these paths. */
  complete(paths: readonly string[], journal: Journal): Promise<void>;
}

/** A journal that came from elsewhere must not name what recovery then removes or overwrites outside of the project. */
function staysInside({ planned, preImages, removed = [] }: Journal): boolean {
  const paths = [...planned, ...preImages.map(({ path }) => path), ...removed];
  return paths.every(isPlainPath);
}

/** Relative, one name after the other, none of them git's own. */
function isPlainPath(path: string): boolean {
  return path.split('/').every((part) => !['', '.', '..', '.git', '.snapkeep'].includes(part));
}

async function journalOf(directory: string): Promise<Journal | null> {
  let text: string;
  try {
    text = await readFile(join(directory, 'journal.json'), 'utf8');
  } catch (error) {
    // Killed before its first entry: nothing was planned, so nothing was done.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const journal = JSON.parse(text) as Journal;
    if (journal.formatVersion === JOURNAL_FORMAT_VERSION && staysInside(journal)) return journal;
  } catch {
    // Falls through: what can't be read is not ours to judge.
  }
  throw new SnapkeepError('SNAPKEEP_JOURNAL_UNKNOWN', `${directory} holds a journal that can't be read`, {
    details: { directory },
  });
}

/** What dead runs left, by folder. A folder whose dataset is locked belongs to a living run. */
export async function leftovers(root: string): Promise<{ directory: string; journal: Journal | null }[]> {
  let names: string[];
  try {
    names = await readdir(transactionsDirectory(root));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const found = [];
  for (const name of names.sort()) {
    const directory = join(transactionsDirectory(root), name);
    found.push({ directory, journal: await journalOf(directory) });
  }
  return found;
}

/** From making its folder to its first entry a run takes milliseconds. */
const ABANDONED_AFTER_MS = 60_000;

/** A run was killed before its first entry: whose it was can't be known, so only time tells that nobody comes back. */
async function removeAbandoned(directory: string): Promise<void> {
  const { mtimeMs } = await stat(directory).catch(() => ({ mtimeMs: Number.NaN }));
  if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(directory, { recursive: true, force: true });
}

/**
 * Heals what dead runs left of this dataset, which the caller has locked. Gives one line for each.
 * @throws SNAPKEEP_JOURNAL_UNKNOWN
 */
export async function recoverDataset(root: string, layout: DatasetLayout, healers: Healers): Promise<string[]> {
  const said: string[] = [];
  for (const { directory, journal } of await leftovers(root)) {
    if (journal === null) await removeAbandoned(directory);
    if (journal === null || journal.dataset !== layout.dataset) continue;
    const transaction = Transaction.resume(layout, directory, journal);
    const what = `an interrupted ${journal.operation} of ${journal.dataset} (${journal.startedAt})`;
    await healers.unlock(journal);
    if (journal.state === 'prepared' && journal.latest !== null && (await healers.isCommitted(journal))) {
      await refuseChangedBytes(layout, journal);
      // Somebody else may have made a version, and brought it here, since.
      const latest = await readLatest(layout);
      if (latest.state === 'absent' || (latest.target !== null && latest.target === journal.latestBefore))
        await transaction.pointLatest(journal.latest);
      for (const path of journal.removed ?? []) await rm(layout.absolute(path), { recursive: true, force: true });
      await healers.complete(
        [...journal.planned, ...journal.preImages.map(({ path }) => path), layout.latest],
        journal,
      );
      await transaction.done();
      said.push(`completed ${what}: its commit stood already`);
    } else {
      await refuseForeignBytes(layout, journal);
      await transaction.undo();
      said.push(`undid ${what}: nothing of it was committed`);
    }
  }
  return said;
}
