import { randomBytes } from 'node:crypto';
import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { contentOf, sha256Of, swapLink, writeDurably } from './durable.ts';
import { readLatest } from './latest.ts';
import { type DatasetLayout, privateDirectory } from './layout.ts';
import { makePrivateDirectory } from './private-directory.ts';

export const JOURNAL_FORMAT_VERSION = 1;

/** A small file as it was before; `null` where there was none. */
interface PreImage {
  readonly path: string;
  readonly content: string | null;
}

/** What a dead run leaves behind for the next one; `.snapkeep/tx/<id>/journal.json`. */
export interface Journal {
  readonly formatVersion: typeof JOURNAL_FORMAT_VERSION;
  readonly transaction: string;
  readonly operation: string;
  readonly dataset: string;
  /** Where one commit makes versions of several datasets: all of them. Each has its journal; the transaction's id is one. */
  readonly together?: readonly string[];
  readonly pid: number;
  readonly startedAt: string;
  /** The branch and commit before, where a version store has them. */
  readonly head: { readonly commit: string | null; readonly branch: string } | null;
  /** `begin`: nothing was committed. `prepared`: all is in place, the commit may or may not have happened. */
  readonly state: 'begin' | 'prepared';
  /** Paths that did not exist before, relative to the project. */
  readonly planned: readonly string[];
  readonly preImages: readonly PreImage[];
  /** SHA-256 of the files that the run writes, by their path, as far as they are known before they are written; all once it is `prepared`. */
  readonly written: Readonly<Record<string, string>>;
  /** What `latest` named before; `null` where no link stood. */
  readonly latestBefore: string | null;
  /** What `latest` will name once the commit stands. */
  readonly latest: string | null;
  /** Paths that go once the commit stands. */
  readonly removed?: readonly string[];
}

/** The folders of running and dead transactions. */
export function transactionsDirectory(root: string): string {
  return join(privateDirectory(root), 'tx');
}

/** The name of a transaction's folder there. */
export function folderOf({
  transaction,
  dataset,
  together,
}: Pick<Journal, 'transaction' | 'dataset' | 'together'>): string {
  return together === undefined ? transaction : `${transaction}.${dataset}`;
}

export function newTransactionId(): string {
  return `${Date.now().toString(36)}-${randomBytes(6).toString('hex')}`;
}

/** Several datasets that change together or not at all. */
export interface Together {
  readonly transaction: string;
  readonly datasets: readonly string[];
}

/**
 * One change of a dataset, all or nothing, by the commit protocol (docs/adr/0012). Whatever is planned or preserved
 * here is put back by `undo`, in this process or, from the journal, in the next.
 */
export class Transaction {
  readonly layout: DatasetLayout;
  /** Absolute; on the same file system as the data; gone when the transaction ends. */
  readonly directory: string;
  #journal: Journal;
  #committed = false;

  private constructor(layout: DatasetLayout, directory: string, journal: Journal) {
    this.layout = layout;
    this.directory = directory;
    this.#journal = journal;
  }

  get id(): string {
    return this.#journal.transaction;
  }

  static async begin(
    root: string,
    layout: DatasetLayout,
    operation: string,
    head: Journal['head'],
    together?: Together,
  ): Promise<Transaction> {
    const { dataset } = layout;
    const own = {
      transaction: together?.transaction ?? newTransactionId(),
      dataset,
      ...(together ? { together: together.datasets } : {}),
    };
    const directory = join(transactionsDirectory(root), folderOf(own));
    await makePrivateDirectory(root, directory);
    const transaction = new Transaction(layout, directory, {
      formatVersion: JOURNAL_FORMAT_VERSION,
      ...own,
      operation,
      pid: process.pid,
      startedAt: new Date().toISOString(),
      head,
      state: 'begin',
      planned: [],
      preImages: [],
      written: {},
      latestBefore: (await readLatest(layout)).target,
      latest: null,
    });
    try {
      await transaction.#write();
    } catch (error) {
      // Without its journal nobody would know whose folder it is.
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
    return transaction;
  }

  /** Opens what a dead run left. */
  static resume(layout: DatasetLayout, directory: string, journal: Journal): Transaction {
    return new Transaction(layout, directory, journal);
  }

  /**
   * Says which paths will come into being and keeps what the small files hold now. Before either is touched.
   * @param written - SHA-256 of what will stand at which path, where that is known already
   */
  async plan(
    planned: readonly string[],
    changed: readonly string[],
    written: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const preImages = await Promise.all(
      changed.map(async (path): Promise<PreImage> => ({ path, content: await contentOf(this.layout.absolute(path)) })),
    );
    this.#journal = {
      ...this.#journal,
      planned: [...this.#journal.planned, ...planned],
      preImages: [...this.#journal.preImages, ...preImages],
      written: { ...this.#journal.written, ...written },
    };
    await this.#write();
  }

  /**
   * A small file, durably. What a kill leaves of it lies in the transaction's folder, which goes with it.
   * @param path - relative to the project
   */
  async write(path: string, content: string): Promise<void> {
    await writeDurably(this.layout.absolute(path), content, { temporary: join(this.directory, 'file.tmp') });
  }

  /** Lets `latest` name a snapshot; the same holds of a kill. */
  async pointLatest(snapshot: string): Promise<void> {
    await swapLink(this.layout.absolute(this.layout.latest), snapshot, join(this.directory, 'link.tmp'));
  }

  /** From here on the commit decides: where it stands, `latest` follows, and what is to be removed goes. */
  async prepare(latest: string, removed: readonly string[] = []): Promise<void> {
    const written = { ...this.#journal.written, ...(await this.#smallFiles()) };
    this.#journal = { ...this.#journal, state: 'prepared', latest, removed, written };
    await this.#write();
  }

  /** Of the files whose bytes weren't known before: pointers, and what the version stores changed. */
  async #smallFiles(): Promise<Record<string, string>> {
    const { planned, preImages, written } = this.#journal;
    const snapshots = planned.filter((path) => Object.keys(written).some((file) => file.startsWith(`${path}/`)));
    const paths = [...planned.filter((path) => !snapshots.includes(path)), ...preImages.map(({ path }) => path)];
    const found: Record<string, string> = {};
    for (const path of paths.filter((one) => written[one] === undefined)) {
      const content = await contentOf(this.layout.absolute(path));
      if (content !== null) found[path] = sha256Of(content);
    }
    return found;
  }

  /** The commit stands: nothing may be undone any more. What fails from here on is completed by the next run. */
  committed(): void {
    this.#committed = true;
  }

  /** Nothing is left of the transaction but its result. */
  async done(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Puts everything back. Safe to run twice, and again after it was interrupted. */
  async undo(): Promise<void> {
    if (this.#committed) return;
    for (const path of this.#journal.planned) {
      await rm(this.layout.absolute(path), { recursive: true, force: true });
    }
    for (const { path, content } of this.#journal.preImages) {
      const absolute = this.layout.absolute(path);
      if (content === null) await rm(absolute, { force: true });
      else if ((await contentOf(absolute)) !== content) await this.write(path, content);
    }
    await this.#removeIfEmpty(this.layout.absolute(this.layout.directory));
    await this.done();
  }

  /** A first export that failed leaves no empty folders, neither the dataset's nor `data`. */
  async #removeIfEmpty(directory: string): Promise<void> {
    try {
      await rmdir(directory);
      await rmdir(dirname(directory));
    } catch {
      // Not empty, or never made: that is how it should be.
    }
  }

  async #write(): Promise<void> {
    await writeDurably(join(this.directory, 'journal.json'), `${JSON.stringify(this.#journal, null, 2)}\n`, {
      mode: 0o600,
    });
  }
}
