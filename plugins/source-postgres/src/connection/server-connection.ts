import type { PluginContext, SnapkeepError } from '@snapkeep/sdk';
import type pg from 'pg';
import Cursor from 'pg-cursor';
import { type ErrorPlace, endsConnection, sourceError, sqlStateOf } from '../server-errors.ts';
import type { SourceSettings } from '../settings.ts';
import { answerOf } from './answer.ts';
import { requestCancel } from './cancel-request.ts';

/** Every value stays the text that the server sent. */
export const RAW_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (text: string) => text };

export type TextRow = readonly (string | null)[];

export interface Answer {
  readonly rows: readonly TextRow[];
  /** The command tag's first word, e.g. `COMMIT`. */
  readonly command: string;
}

export interface QueryOptions {
  /** For the message of an error. */
  readonly doing?: string;
  /** Where an answer may take longer than the settings allow. */
  readonly stallMs?: number;
}

/** How long a healthy server may take over saying good-bye. */
const FAREWELL_MS = 500;

/** One connection of a session. It knows why it broke, and it never keeps anybody waiting for good. */
export class ServerConnection {
  readonly place: ErrorPlace;
  readonly #client: pg.Client;
  readonly #settings: SourceSettings;
  #failure: unknown;
  #closed = false;
  #cancelled: Promise<void> | undefined;

  constructor(client: pg.Client, place: ErrorPlace, settings: SourceSettings) {
    this.#client = client;
    this.place = place;
    this.#settings = settings;
    // A connection that ends between two reads says so here and nowhere else.
    client.on('error', (error) => this.noteFailure(error));
    client.on('end', () => this.noteFailure(new Error('the connection ended')));
  }

  /** The first cause wins, unless the server itself explains a later one. */
  noteFailure(error: unknown): void {
    if (this.#closed) return;
    if (this.#failure === undefined || (sqlStateOf(this.#failure) === undefined && sqlStateOf(error) !== undefined)) {
      this.#failure = error;
    }
  }

  get broken(): boolean {
    return this.#closed || this.#failure !== undefined;
  }

  bytesRead(): number {
    const { stream } = this.#client.connection;
    return 'bytesRead' in stream && typeof stream.bytesRead === 'number' ? stream.bytesRead : 0;
  }

  /** Runs one statement. @throws SNAPKEEP_SOURCE_LOST, SNAPKEEP_SOURCE_STALLED, SNAPKEEP_SOURCE_FAILED, … */
  async query(
    text: string,
    values: readonly (string | null)[],
    context: PluginContext,
    about: QueryOptions = {},
  ): Promise<Answer> {
    context.log.debug(`SQL: ${text}`);
    try {
      const result = await this.answered(
        this.#client.query<(string | null)[]>({ text, values: [...values], rowMode: 'array' }),
        context,
        about.stallMs,
      );
      return { rows: result.rows, command: result.command };
    } catch (error) {
      throw this.errorOf(error, about.doing);
    }
  }

  /** The columns that a statement gives. Errors come as pg has them. */
  async fieldsOf(text: string, context: PluginContext): Promise<readonly pg.FieldDef[]> {
    context.log.debug(`SQL: ${text}`);
    // With a (missing) value pg speaks the extended protocol, which takes exactly one statement.
    const config = { text, values: [], rowMode: 'array' as const, queryMode: 'extended' };
    return (await this.answered(this.#client.query(config), context)).fields;
  }

  openCursor(text: string, values: readonly (string | null)[], context: PluginContext): Cursor {
    context.log.debug(`SQL: ${text}`);
    const cursor = this.#client.query(new Cursor(text, values, { rowMode: 'array', types: RAW_TEXT }));
    // Without a listener pg-cursor keeps an error that comes between two reads to itself.
    cursor.on('error', (error) => {
      if (endsConnection(error)) this.noteFailure(error);
    });
    return cursor;
  }

  /** Waits for the server, but neither beyond the stall limit nor beyond an abort. */
  answered<T>(answer: Promise<T>, context: PluginContext, stallMs = this.#settings.stallMs): Promise<T> {
    return answerOf(answer, this, { stallMs, signal: context.signal, label: this.place.label }, (cause) => {
      this.#failure ??= cause;
      this.#cancelled = requestCancel(this.#client);
      this.destroy();
    });
  }

  /** The true cause of a failure, as an error of ours. */
  errorOf(error: unknown, doing?: string): SnapkeepError {
    const cause = this.#failure !== undefined && sqlStateOf(error) === undefined ? this.#failure : error;
    return sourceError(cause, doing === undefined ? this.place : { ...this.place, doing });
  }

  /** Drops the connection without a word. */
  destroy(): void {
    this.#client.connection.stream.destroy();
  }

  /** Says good-bye to a healthy server; drops the others. Never throws, never hangs. */
  async close(): Promise<void> {
    const healthy = !this.broken;
    this.#closed = true;
    if (healthy) {
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        this.#client.end().catch(() => undefined),
        new Promise((resolve) => {
          timer = setTimeout(resolve, FAREWELL_MS);
        }),
      ]);
      clearTimeout(timer);
    }
    this.destroy();
    await this.#cancelled;
  }
}
