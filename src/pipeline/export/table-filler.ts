import { EventEmitter, once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Engine } from '../../engine/engine.ts';
import type { CsvFile } from './csv-file.ts';
import { dropCache, isMemoryLimit, limitMemory } from './memory.ts';
import { LONG_ROW_BYTES } from './stage-sql.ts';

const MB = 1_000_000;
/** What waits to be read at most, beside what is read. */
const WAITING_BYTES = 48 * MB;
/** A transaction of at most so much can be taken back: its files stay until it is committed. */
const KEPT_BYTES = 96 * MB;
/** So much is read before blocks leave memory that nobody will look at before all rows are there. */
const CACHED_BYTES = 24 * MB;
/** Of the memory limit, while several are filled at a time: beside what DuckDB counts they take what it doesn't, each. */
const SHARE_OF_SEVERAL = 2 / 3;

/** The statements that add a file's rows. */
type Insert = (file: CsvFile) => readonly string[];

/** Files whose rows the table gets at once. */
class Transaction extends EventEmitter<{ more: [] }> {
  readonly engine: Engine;
  readonly files: CsvFile[] = [];
  bytes = 0;
  /** No other is open, none begins beside it: it has the whole memory, and there is no way back. */
  alone: boolean;
  /** No file will come any more. */
  ended = false;

  constructor(engine: Engine, alone: boolean) {
    super();
    this.engine = engine;
    this.alone = alone;
  }

  add(file: CsvFile, ends: boolean): void {
    this.files.push(file);
    this.bytes += file.bytes;
    this.end(ends);
  }

  end(ends = true): void {
    this.ended ||= ends;
    this.emit('more');
  }
}

/**
 * Fills one table from files, in several transactions at a time, each by a connection of its own; they are committed in the order of the
 * files, and so are their rows.
 */
export class TableFiller extends EventEmitter<{ inserted: [] }> {
  readonly #engine: Engine;
  readonly #limitMB: number;
  readonly #most: number;
  readonly #insert: Insert;
  readonly #engines: Engine[];
  readonly #idle: Engine[];
  /** To which files are added. */
  #current: Transaction | undefined;
  #newest: Transaction | undefined;
  /** Of the newest transaction and all before it. */
  #last: Promise<void> = Promise.resolve();
  readonly #running = new Set<Promise<void>>();
  readonly #attempts = new Set<Promise<boolean>>();
  /** Fires when the memory doesn't do for several. */
  readonly #crowded = new AbortController();
  readonly #crowding = once(this.#crowded.signal, 'abort');
  readonly #waiting = new Set<CsvFile>();
  #givenUp = false;

  /**
   * @param limitMB - the engine's memory limit
   * @param most - how many transactions at a time
   */
  constructor(engine: Engine, limitMB: number, most: number, insert: Insert) {
    super();
    this.#engine = engine;
    this.#limitMB = limitMB;
    this.#most = most;
    this.#insert = insert;
    this.#engines = [engine];
    this.#idle = [engine];
  }

  /**
   * Takes the file, which is gone once its rows are there.
   * @param ends - the transaction ends with it; it should have a whole row group, which the table takes over as it is
   */
  async add(file: CsvFile, ends: boolean): Promise<void> {
    this.#current ??= await this.#begin();
    this.#waiting.add(file);
    this.#current.add(file, ends);
    if (ends) this.#current = undefined;
    while (this.#waitingBytes() > WAITING_BYTES) await Promise.race([once(this, 'inserted'), ...this.#running]);
  }

  /** Every file was added: their rows are there. */
  async end(): Promise<void> {
    this.#current?.end();
    await this.#last;
    this.#closeOthers();
    await this.#limit(this.#limitMB);
  }

  interrupt(): void {
    for (const engine of this.#engines) engine.interrupt();
  }

  /** Gives up; what is in the table must not be used. */
  async destroy(): Promise<void> {
    this.#givenUp = true;
    this.#current?.end();
    this.interrupt();
    await Promise.allSettled(this.#running);
    this.#closeOthers();
  }

  #closeOthers(): void {
    for (const engine of this.#engines) if (engine !== this.#engine) engine.close();
  }

  /** While nothing else is read: its blocks would leave memory too. */
  async #limit(limitMB: number): Promise<void> {
    const limit = Math.round(limitMB);
    await limitMemory(this.#engine, limit);
    await dropCache(this.#engine, limit);
  }

  async #begin(): Promise<Transaction> {
    const alone = this.#most === 1 || this.#crowded.signal.aborted;
    const most = alone || this.#newest?.alone ? 1 : this.#most;
    while (this.#running.size >= most) await Promise.race(this.#running);
    if (this.#running.size === 0) await this.#limit(this.#limitMB * (alone ? 1 : SHARE_OF_SEVERAL));
    const engine = this.#idle.pop() ?? (await this.#another());
    const transaction = new Transaction(engine, alone);
    this.#newest = transaction;
    const work = this.#fill(transaction, this.#last).then(() => {
      this.#idle.push(engine);
    });
    this.#last = work;
    this.#running.add(work);
    // A failure stays, for whoever waits next.
    work.then(
      () => this.#running.delete(work),
      () => undefined,
    );
    return transaction;
  }

  async #another(): Promise<Engine> {
    const engine = await this.#engine.fork();
    this.#engines.push(engine);
    return engine;
  }

  async #fill(transaction: Transaction, before: Promise<void>): Promise<void> {
    const attempt = this.#attempt(transaction, before);
    this.#attempts.add(attempt);
    const done = await attempt.finally(() => this.#attempts.delete(attempt));
    await before;
    if (done) return;
    // Those after it have made room too.
    await Promise.all(this.#attempts);
    transaction.alone = true;
    await this.#limit(this.#limitMB);
    await this.#attempt(transaction, before);
  }

  /** @returns false where memory was too short for several; then nothing of it is in the table, and all its files are there */
  async #attempt(transaction: Transaction, before: Promise<void>): Promise<boolean> {
    const { engine } = transaction;
    await engine.run('BEGIN');
    try {
      await this.#insertAll(transaction, before);
      await Promise.race([before, this.#crowding]);
      if (this.#mayGoOn(transaction)) {
        await engine.run('COMMIT');
        await Promise.all(transaction.files.map(({ path }) => rm(path, { force: true })));
        return true;
      }
      await engine.run('ROLLBACK');
    } catch (error) {
      if (!isMemoryLimit(error) || transaction.alone) throw error;
      this.#crowded.abort();
      // A commit that failed has ended it already.
      await engine.run('ROLLBACK').catch(() => undefined);
    }
    return false;
  }

  #mayGoOn({ alone }: Transaction): boolean {
    if (this.#givenUp) throw new Error('the rows are not wanted any more');
    return alone || !this.#crowded.signal.aborted;
  }

  async #insertAll(transaction: Transaction, before: Promise<void>): Promise<void> {
    const { engine, files } = transaction;
    let inserted = 0;
    let cached = 0;
    for (let next = 0; this.#mayGoOn(transaction); ) {
      const file = files[next];
      if (!file) {
        if (transaction.ended) return;
        const more = once(transaction, 'more');
        // Alone it goes on where others have no room: that there is none is no news to it.
        await (transaction.alone ? more : Promise.race([more, this.#crowding]));
        continue;
      }
      if (inserted > KEPT_BYTES || file.longest > LONG_ROW_BYTES) await this.#takeAll(transaction, before);
      if (transaction.alone && cached >= CACHED_BYTES) await this.#limit(this.#limitMB);
      cached %= CACHED_BYTES;
      for (const statement of this.#insert(file)) await engine.run(statement);
      next += 1;
      inserted += file.bytes;
      cached += file.bytes;
      this.#waiting.delete(file);
      this.emit('inserted');
      if (transaction.alone) await rm(file.path, { force: true });
    }
  }

  /** From here on it is alone, where no other has begun after it. */
  async #takeAll(transaction: Transaction, before: Promise<void>): Promise<void> {
    if (transaction.alone) return;
    await Promise.race([before, this.#crowding]);
    if (this.#crowded.signal.aborted || this.#newest !== transaction) return;
    transaction.alone = true;
    await this.#limit(this.#limitMB);
  }

  #waitingBytes(): number {
    return [...this.#waiting].reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
