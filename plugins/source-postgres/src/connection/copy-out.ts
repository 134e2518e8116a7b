import type { ByteBatch } from '@snapkeep/sdk';
import type pg from 'pg';
import type { MessageStream, RowSink } from './message-stream.ts';

/** CopyData, `d`. */
const COPY_DATA = 0x64;
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
 * `COPY … TO STDOUT` as pg's client runs a statement of any kind, but that the rows come past it. One message is one row
 * (CopySendEndOfRow in src/backend/commands/copyto.c), so that batches hold whole rows without a look into them.
 */
export class CopyOut implements RowSink {
  readonly code = COPY_DATA;
  readonly #sql: string;
  readonly #messages: MessageStream;
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

  constructor(sql: string, messages: MessageStream) {
    this.#sql = sql;
    this.#messages = messages;
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
    this.#messages.rows = this;
    connection.query(this.#sql);
  }

  begin(bytes: number): void {
    if (this.#length + bytes > this.#bytes.length || this.#received % BATCH_ROWS === 0) this.#pass();
    if (bytes > this.#bytes.length) {
      this.#free.push(this.#bytes);
      this.#bytes = Buffer.allocUnsafeSlow(bytes);
    }
    this.#received += 1;
    this.#rows += 1;
  }

  piece(chunk: Buffer, start: number, end: number): void {
    this.#length += chunk.copy(this.#bytes, this.#length, start, end);
  }

  /** e.g. `COPY 1000000` */
  handleCommandComplete({ text }: { readonly text: string }): void {
    const [, rows] = /^COPY (\d+)$/.exec(text) ?? [];
    if (rows !== undefined) this.#sent = Number(rows);
    this.#pass();
  }

  handleReadyForQuery(): void {
    this.#messages.rows = undefined;
    this.#ended = true;
    this.#notify();
  }

  handleError(error: unknown): void {
    // pg won't tell it that the server is ready again.
    this.#messages.rows = undefined;
    this.#failure ??= error;
    this.#notify();
  }

  // What pg may tell a statement of another kind.
  handleRowDescription(): void {}
  handleEmptyQuery(): void {}
}
