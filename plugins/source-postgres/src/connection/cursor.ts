import Cursor from 'pg-cursor';

/** A cursor whose failure over a row that makes no sense, as its description got lost, breaks the connection, not the process. */
export class SafeCursor extends Cursor {
  override handleDataRow(message: unknown): void {
    try {
      super.handleDataRow(message);
    } catch (cause) {
      this.connection?.stream.destroy(new Error('a row came that can’t be read', { cause }));
    }
  }
}
