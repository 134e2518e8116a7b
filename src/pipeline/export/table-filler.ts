import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Engine } from '../../engine/engine.ts';
import type { CsvFile } from './csv-file.ts';
import { dropCache, isMemoryLimit, limitMemory } from './memory.ts';
import { ROW_GROUP_ROWS } from './request.ts';

/** Of the memory limit, while several are read at a time: beside what DuckDB counts they take what it doesn't, each. */
const SHARE_OF_SEVERAL = 2 / 3;

/** The statement that adds a file's rows. */
type Insert = (file: CsvFile) => string;

/**
 * Fills one table from files, several at a time, each in a transaction of its own; they are committed in the order of the files, and so
 * are their rows. A transaction of a whole row group is taken over by the table as it is, the rows of a smaller one would be copied:
 * such files come one after the other in one transaction.
 */
export class TableFiller {
  readonly #engine: Engine;
  readonly #limitMB: number;
  readonly #most: number;
  readonly #insert: Insert;
  readonly #engines: Engine[];
  readonly #idle: Engine[];
  /** What was begun last, after everything before it. */
  #last: Promise<void> = Promise.resolve();
  readonly #running = new Set<Promise<void>>();
  readonly #attempts = new Set<Promise<boolean>>();
  /** Fires when the memory doesn't do for several. */
  readonly #crowded = new AbortController();
  readonly #crowding = once(this.#crowded.signal, 'abort');
  /** Of the transaction that is open for files which come one after the other. */
  #openRows = 0;

  /**
   * @param limitMB - the engine's memory limit
   * @param most - how many files at a time
   */
  constructor(engine: Engine, limitMB: number, most: number, insert: Insert) {
    this.#engine = engine;
    this.#limitMB = limitMB;
    this.#most = most;
    this.#insert = insert;
    this.#engines = [engine];
    this.#idle = [engine];
  }

  /**
   * Begins with the file, beside others if it can be; the file is gone when its rows are there.
   * @param alone - not beside others, whatever it holds
   * @param last - no other will come
   */
  async add(file: CsvFile, { alone = false, last = false } = {}): Promise<void> {
    const isWhole = last || file.rows >= ROW_GROUP_ROWS;
    if (this.#openRows >= ROW_GROUP_ROWS && isWhole) await this.#commitOpen();
    const together = isWhole && !alone && this.#most > 1 && this.#openRows === 0 && !this.#crowded.signal.aborted;
    await (together ? this.#begin(file) : this.#continue(file));
  }

  /** Every file was added: their rows are there. */
  async end(): Promise<void> {
    await this.#last;
    if (this.#openRows > 0) await this.#commitOpen();
    for (const engine of this.#engines) if (engine !== this.#engine) engine.close();
    await this.#limit(this.#limitMB);
  }

  interrupt(): void {
    for (const engine of this.#engines) engine.interrupt();
  }

  /** Gives up; what is in the table must not be used. */
  async destroy(): Promise<void> {
    this.interrupt();
    await Promise.allSettled(this.#running);
    for (const engine of this.#engines) if (engine !== this.#engine) engine.close();
  }

  /** While no other reads: its blocks would leave memory too. */
  async #limit(limitMB: number): Promise<void> {
    const limit = Math.round(limitMB);
    await limitMemory(this.#engine, limit);
    await dropCache(this.#engine, limit);
  }

  #watch(work: Promise<void>): void {
    this.#last = work;
    this.#running.add(work);
    const ended = () => this.#running.delete(work);
    // A failure stays, for whoever waits next.
    work.then(ended, () => undefined);
  }

  async #begin(file: CsvFile): Promise<void> {
    if (this.#running.size === 0) await this.#limit(this.#limitMB * SHARE_OF_SEVERAL);
    while (this.#running.size >= this.#most) await Promise.race(this.#running);
    const engine = this.#idle.pop() ?? (await this.#another());
    this.#watch(this.#fill(engine, file, this.#last).then(() => void this.#idle.push(engine)));
  }

  async #another(): Promise<Engine> {
    const engine = await this.#engine.fork();
    this.#engines.push(engine);
    return engine;
  }

  async #fill(engine: Engine, file: CsvFile, before: Promise<void>): Promise<void> {
    const attempt = this.#attempt(engine, file, before);
    this.#attempts.add(attempt);
    const inserted = await attempt.finally(() => this.#attempts.delete(attempt));
    await before;
    if (!(inserted && (await this.#hasRoom(() => engine.run('COMMIT'))))) {
      // Those after it have made room too.
      await Promise.all(this.#attempts);
      await this.#limit(this.#limitMB);
      await engine.run('BEGIN');
      await engine.run(this.#insert(file));
      await engine.run('COMMIT');
    }
    await rm(file.path);
  }

  /** @returns whether its rows wait to be committed; where memory is too short for several nothing of them is left */
  async #attempt(engine: Engine, file: CsvFile, before: Promise<void>): Promise<boolean> {
    await engine.run('BEGIN');
    const inserted = await this.#hasRoom(() => engine.run(this.#insert(file)));
    if (inserted) await Promise.race([before, this.#crowding]);
    if (!this.#crowded.signal.aborted) return true;
    await engine.run('ROLLBACK');
    return false;
  }

  async #hasRoom(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isMemoryLimit(error)) throw error;
      this.#crowded.abort();
      return false;
    }
  }

  async #continue(file: CsvFile): Promise<void> {
    await this.#last;
    const begins = this.#openRows === 0;
    this.#openRows += file.rows;
    this.#watch(this.#append(file, begins));
  }

  async #append(file: CsvFile, begins: boolean): Promise<void> {
    await this.#limit(this.#limitMB);
    if (begins) await this.#engine.run('BEGIN');
    await this.#engine.run(this.#insert(file));
    await rm(file.path);
  }

  async #commitOpen(): Promise<void> {
    await this.#last;
    await this.#engine.run('COMMIT');
    this.#openRows = 0;
  }
}
