/** The part of pg-cursor that is used here; the package brings no types. */
declare module 'pg-cursor' {
  import type { Connection, Submittable } from 'pg';

  export interface CursorResult {
    /** The command tag's first word, once CommandComplete has come; `null` before. */
    readonly command: string | null;
    /** From CommandComplete: the rows of the last read alone. */
    readonly rowCount: number | null;
    readonly fields: readonly {
      readonly name: string;
      readonly dataTypeID: number;
      readonly dataTypeModifier: number;
    }[];
  }

  export type CursorCallback = (error: Error | null | undefined, rows?: unknown[], result?: CursorResult) => void;

  export default class Cursor implements Submittable {
    constructor(text: string, values: readonly (string | null)[]);
    /** `null` before it was submitted. */
    readonly connection: Connection | null;
    submit(connection: Connection): void;
    handleReadyForQuery(): void;
    handleError(error: Error): void;
    read(rows: number, callback: CursorCallback): void;
    close(callback: (error?: Error) => void): void;
    on(event: 'error', listener: (error: Error) => void): this;
  }
}
