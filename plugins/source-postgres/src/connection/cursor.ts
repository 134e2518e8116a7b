import type pg from 'pg';
import Cursor from 'pg-cursor';
import type { MessageStream } from './message-stream.ts';
import { RowTexts } from './row-texts.ts';

/** A cursor whose rows come past pg, and whose failure over a row that makes no sense breaks the connection, not the process. */
export class TextCursor extends Cursor {
  readonly #messages: MessageStream;
  readonly #rows = new RowTexts((cause) => {
    this.connection?.stream.destroy(new Error('a row came that can’t be read', { cause }));
  });

  constructor(text: string, values: readonly (string | null)[], messages: MessageStream) {
    super(text, values);
    this.#messages = messages;
  }

  /** Those that a read has given. */
  takeRows(): (string | null)[][] {
    return this.#rows.take();
  }

  override submit(connection: pg.Connection): void {
    this.#messages.rows = this.#rows;
    super.submit(connection);
  }

  override handleReadyForQuery(): void {
    this.#messages.rows = undefined;
    super.handleReadyForQuery();
  }

  override handleError(error: Error): void {
    // pg won't tell it that the server is ready again.
    this.#messages.rows = undefined;
    super.handleError(error);
  }
}
