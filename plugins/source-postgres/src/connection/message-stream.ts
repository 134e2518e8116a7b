import { EventEmitter } from 'node:events';
import type { OnReadOpts } from 'node:net';
import type pg from 'pg';

/** What is read at once at most. */
const READ_BYTES = 64 * 1024;
/** A code, and the length of what follows with its own four bytes. */
const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;

/** Who takes rows as they come. */
export interface RowSink {
  /** Of the messages that are rows. */
  readonly code: number;
  /** The next row begins, and has so many bytes. */
  begin(bytes: number): void;
  /** More of it, from `start` to `end`; the chunk may change once this is done. */
  piece(chunk: Buffer, start: number, end: number): void;
}

/**
 * What the server sends, as pg's parser listens to it, but without the messages that are rows: of each, pg makes several objects
 * and calls a chain of listeners, in which node spends more time than in reading and writing the rows.
 * Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class MessageStream extends EventEmitter<{ data: [Buffer] }> {
  /** Absent: pg gets all there is. */
  rows: RowSink | undefined;
  /** Of the present message, where it is a row. */
  #row: RowSink | undefined;
  /** So many bytes of the present message are still to come. */
  #left = 0;
  /** The beginning of a header of which the rest has not come. */
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #begun = 0;

  /**
   * For a socket, which then reads into the same memory again and again. Node's own sets 64 KiB aside for a read of some 10 KiB, and V8 marks
   * its whole heap after 64 MB of that: two dozen times while a million rows come.
   */
  get onread(): OnReadOpts {
    return {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (length, { buffer, byteOffset }) => {
        this.take(Buffer.from(buffer, byteOffset, length));
        return true;
      },
    };
  }

  /** Between a connection that has not begun and its socket, whether that reads as {@link onread} says or not. */
  putBefore(connection: pg.Connection): void {
    const listen = connection.attachListeners.bind(connection);
    connection.attachListeners = (stream) => {
      stream.on('data', (chunk: Buffer) => this.take(chunk));
      listen(this);
    };
  }

  /** The chunk may change once this is done. */
  take(chunk: Buffer): void {
    let at = 0;
    /** From here on it is pg's, who has yet to get it. */
    let kept = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        this.#left -= end - at;
        this.#row?.piece(chunk, at, end);
        at = end;
      } else if (this.#begun > 0 || chunk.length - at < HEADER_BYTES) {
        this.#hand(chunk, kept, at);
        at = this.#collect(chunk, at);
        kept = at;
      } else {
        this.#open(chunk, at);
        if (this.#row) this.#hand(chunk, kept, at);
        at += HEADER_BYTES;
      }
      if (this.#row) kept = at;
    }
    this.#hand(chunk, kept, at);
  }

  #hand(chunk: Buffer, start: number, end: number): void {
    // pg keeps what is not a whole message yet.
    if (start < end) this.emit('data', Buffer.from(chunk.subarray(start, end)));
  }

  #open(header: Buffer, at: number): void {
    this.#row = header[at] === this.rows?.code ? this.rows : undefined;
    this.#left = Math.max(0, header.readUInt32BE(at + 1) - LENGTH_BYTES);
    this.#row?.begin(this.#left);
  }

  /** A header that comes in two chunks. @returns where the chunk goes on */
  #collect(chunk: Buffer, at: number): number {
    const copied = chunk.copy(this.#header, this.#begun, at, at + HEADER_BYTES - this.#begun);
    this.#begun += copied;
    if (this.#begun === HEADER_BYTES) {
      this.#begun = 0;
      this.#open(this.#header, 0);
      if (!this.#row) this.emit('data', Buffer.from(this.#header));
    }
    return at + copied;
  }
}
