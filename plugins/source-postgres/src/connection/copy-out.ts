import type { ByteBatch } from '@snapkeep/sdk';
import type pg from 'pg';

/** A batch has so many bytes at most, or one row. */
const BATCH_BYTES = 64 * 1024;
/** DuckDB's vectors: a batch that ends with one lets the reader end there too. */
const BATCH_ROWS = 2_048;
/**
 * So many batches wait at most, 8 MB; beyond, the socket is left alone until one is taken. Who takes them stops now and then, and the
 * server should not have to.
 */
const MAX_WAITING = 128;

type Answer = { readonly batch: ByteBatch } | { readonly sent: number };

/** A batch and the memory in which it stands. */
interface Filled {
  readonly memory: Buffer;
  readonly batch: ByteBatch;
}

/**
 * `COPY … TO STDOUT` as pg's client runs a statement of any kind: it is told of each message. One message is one row
 * (CopySendEndOfRow in src/backend/commands/copyto.c), so that batches hold whole rows without a look into them.
 */
export class CopyOut {
  readonly #sql: string;
  readonly #waiting: Filled[] = [];
  /**
   * Of batches that were used. Made anew, memory of 64 KiB grows old where batches wait, and V8 marks its whole heap to be rid of it:
   * up to thirty times while a million rows come.
   */
  readonly #free: Buffer[] = [];
  #used: Buffer | undefined;
  #connection: pg.Connection | undefined;
  #bytes: Buffer = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #length = 0;
  #rows = 0;
  #received = 0;
  #sent: number | undefined;
  #failure: unknown;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(sql: string) {
    this.#sql = sql;
  }

  /** The next batch or, where the server has said that all rows were sent, how many. The one before it is used up. */
  async next(): Promise<Answer> {
    if (this.#used?.length === BATCH_BYTES) this.#free.push(this.#used);
    this.#used = undefined;
    for (;;) {
      const filled = this.#waiting.shift();
      if (filled) {
        this.#used = filled.memory;
        if (this.#waiting.length < MAX_WAITING / 2) this.#connection?.stream.resume();
        return { batch: filled.batch };
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return { sent: this.#total() };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #total(): number {
    if (this.#sent === undefined) throw new Error('the rows ended without the server saying so');
    if (this.#sent === this.#received) return this.#sent;
    throw new Error(`the server says that it sent ${this.#sent} rows, but ${this.#received} came`);
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #pass(): void {
    if (this.#rows === 0) return;
    const batch = { bytes: this.#bytes.subarray(0, this.#length), rows: this.#rows };
    this.#waiting.push({ memory: this.#bytes, batch });
    this.#bytes = this.#free.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#length = 0;
    this.#rows = 0;
    if (this.#waiting.length >= MAX_WAITING) this.#connection?.stream.pause();
    this.#notify();
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection;
    connection.query(this.#sql);
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    this.#received += 1;
    if (this.#length + chunk.length > BATCH_BYTES) this.#pass();
    if (chunk.length > BATCH_BYTES) {
      this.#free.push(this.#bytes);
      // The parser will use its memory again.
      this.#bytes = Buffer.from(chunk);
      this.#length = chunk.length;
      this.#rows = 1;
      this.#pass();
      return;
    }
    this.#length += chunk.copy(this.#bytes, this.#length);
    this.#rows += 1;
    if (this.#received % BATCH_ROWS === 0) this.#pass();
  }

  /** e.g. `COPY 1000000` */
  handleCommandComplete({ text }: { readonly text: string }): void {
    const [, rows] = /^COPY (\d+)$/.exec(text) ?? [];
    if (rows !== undefined) this.#sent = Number(rows);
    this.#pass();
  }

  handleReadyForQuery(): void {
    this.#ended = true;
    this.#notify();
  }

  handleError(error: unknown): void {
    this.#failure ??= error;
    this.#notify();
  }

  // What pg may tell a statement of another kind.
  handleRowDescription(): void {}
  handleEmptyQuery(): void {}
}
