import type { PluginContext, SnapkeepError } from '@snapkeep/sdk';
import type pg from 'pg';
import { type ErrorPlace, endsConnection, sourceError, sqlStateOf } from '../server-errors.ts';
import type { SourceSettings } from '../settings.ts';
import { answerOf, type Standing } from './answer.ts';
import { requestCancel } from './cancel-request.ts';
import { CopyOut } from './copy-out.ts';
import { TextCursor } from './cursor.ts';
import { describeWait, inquire } from './lock-wait.ts';
import type { MessageStream } from './message-stream.ts';

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
  /** It is there to get a lock, and may have to wait for it. */
  readonly wantsLock?: boolean;
}

/** How long a healthy server may take over saying good-bye. */
const FAREWELL_MS = 500;
/** How long a server may take over saying what one of its backends does. */
const INQUIRY_MS = 4_000;

/** One connection of a session. It knows why it broke, and it never keeps anybody waiting for good. */
export class ServerConnection {
  readonly place: ErrorPlace;
  readonly #client: pg.Client;
  readonly #messages: MessageStream;
  readonly #settings: SourceSettings;
  #failure: unknown;
  #closed = false;
  readonly #second: (() => pg.Client) | undefined;
  #cancelled: Promise<void> | undefined;

  /** @param second - one more client of the same server, not connected; absent where it takes no other */
  constructor(
    client: pg.Client,
    messages: MessageStream,
    place: ErrorPlace,
    settings: SourceSettings,
    second?: () => pg.Client,
  ) {
    this.#second = second;
    this.#client = client;
    this.#messages = messages;
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
        about.wantsLock,
      );
      return { rows: complete(result), command: result.command };
    } catch (error) {
      throw this.errorOf(error, about.doing);
    }
  }

  /** The columns that a statement gives. Errors come as pg has them. */
  async fieldsOf(text: string, context: PluginContext): Promise<readonly pg.FieldDef[]> {
    context.log.debug(`SQL: ${text}`);
    // With a (missing) value pg speaks the extended protocol, which takes exactly one statement.
    const config = { text, values: [], rowMode: 'array' as const, queryMode: 'extended' };
    const result = await this.answered(this.#client.query<(string | null)[]>(config), context);
    complete(result);
    return result.fields;
  }

  openCursor(text: string, values: readonly (string | null)[], context: PluginContext): TextCursor {
    context.log.debug(`SQL: ${text}`);
    const cursor = this.#client.query(new TextCursor(text, values, this.#messages));
    // Without a listener pg-cursor keeps an error that comes between two reads to itself.
    cursor.on('error', (error) => {
      if (endsConnection(error)) this.noteFailure(error);
    });
    return cursor;
  }

  openCopy(text: string, context: PluginContext): CopyOut {
    context.log.debug(`SQL: ${text}`);
    return this.#client.query(new CopyOut(text, this.#messages));
  }

  /** Whoever reads a statement leaves before its end: a connection with a failure has one already. */
  abandon(): void {
    if (this.broken) return;
    this.noteFailure(new Error('the rows were not read to their end'));
    this.#cancelled = requestCancel(this.#client);
    this.destroy();
  }

  /** Waits for the server, but neither beyond the stall limit nor beyond an abort; a wait for a lock is told. */
  answered<T>(answer: Promise<T>, context: PluginContext, wantsLock = false): Promise<T> {
    const { stallMs, lockTimeoutMs: lockMs } = this.#settings;
    const { signal } = context;
    const ask = this.#inquiry(context);
    const limits = { stallMs, lockMs, wantsLock, signal, label: this.place.label, ...(ask ? { inquire: ask } : {}) };
    return answerOf(answer, this, limits, (cause) => {
      this.#failure ??= cause;
      this.#cancelled = requestCancel(this.#client);
      this.destroy();
    });
  }

  /** Asks over a second connection what this one waits for, and says it where it is somebody's lock. */
  #inquiry(context: PluginContext): (() => Promise<Standing>) | undefined {
    const second = this.#second;
    const pid = processIdOf(this.#client);
    if (second === undefined || pid === undefined) return undefined;
    let told: string | undefined;
    return async () => {
      const found = await inquire(second(), pid, Math.min(INQUIRY_MS, this.#settings.stallMs));
      const holders = String(found.blockers?.map((blocker) => blocker.pid));
      if (found.standing === 'waits for a lock' && holders !== told) {
        told = holders;
        context.log.info(describeWait(found, this.#settings.lockTimeoutMs));
      }
      return found.standing;
    };
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

/** pg knows it from BackendKeyData, but its types don't. */
function processIdOf(client: pg.Client): number | undefined {
  const { processID } = { processID: null, ...client };
  return typeof processID === 'number' ? processID : undefined;
}

/** The rows, where the server has said how many there are. Nothing on the way may have lost one, or the end. */
function complete(result: pg.QueryResult<(string | null)[]>): (string | null)[][] {
  const { command, rowCount, rows } = result;
  if (!command) throw new Error('the answer ended without the server saying so');
  if (command === 'SELECT' && rowCount !== rows.length) {
    throw new Error(`the server says that it sent ${rowCount} rows, but ${rows.length} came`);
  }
  return rows;
}
