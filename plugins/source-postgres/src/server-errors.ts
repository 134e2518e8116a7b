import { type ErrorCode, escapeControls, isSnapkeepError, messageOf, SnapkeepError } from '@snapkeep/sdk';

/** What an error is about; nothing here may be secret except `password`, which is taken out of every message. */
export interface ErrorPlace {
  /** The connection without its secrets. */
  readonly label: string;
  readonly password?: string | undefined;
  /** What was being done, e.g. `read public.orders`. */
  readonly doing?: string;
  /** Whether values of the data may be quoted: by `plugins.postgres.errorValues`. */
  readonly showValues?: boolean;
}

/** An error's SQLSTATE, where it is one that the server sent. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return undefined;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

/** The session is gone: what the server says before it hangs up (classes 08, 57P and the session timeouts). */
function endsSession(state: string): boolean {
  return /^(08|57P|25P0[34]|F0000|XX00[0-2])/.test(state);
}

/** What passes by itself: connection lost (08), conflict with others (40001), too many connections, restart (57P0x). */
function passes(state: string): boolean {
  return /^(08|40001$|53300$|57P0)/.test(state);
}

/** Whether the connection is of no more use: what has no SQLSTATE happened to the connection itself. */
export function endsConnection(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || endsSession(state);
}

/** Encodings' names, and bytes that no value holds as text, are what these messages quote. */
const QUOTES_NO_VALUES = /^(22021|22P05)$/;
/** Data exceptions, broken constraints. */
const QUOTES_VALUES = /^(22|23|44)/;
/** What a function of somebody's own, or another server behind this one, has to say. */
const SAYS_ANYTHING = /^(P0|38|39|HV)/;
const VALUES_HINT =
  'The server’s message may quote values of the data and is not shown whole; plugins.postgres.errorValues: true shows it.';

/** A server's message without the values that it quotes: `invalid input syntax for type integer: "…"`. */
function withoutValues(text: string, state: string): string {
  if (SAYS_ANYTHING.test(state)) return `SQLSTATE ${state}`;
  if (!QUOTES_VALUES.test(state) || QUOTES_NO_VALUES.test(state)) return text;
  return text.replace(/".*"/s, '"…"');
}

/**
 * The error with the code that users know. The server's `detail`, `hint` and `where` are left out, and what its
 * message quotes: values.
 */
export function sourceError(error: unknown, place: ErrorPlace): SnapkeepError {
  if (isSnapkeepError(error)) return error;
  const state = sqlStateOf(error);
  const whole = cleaned(error, place.password);
  const text = state === undefined || place.showValues ? whole : withoutValues(whole, state);
  const at = place.doing === undefined ? place.label : `${place.label}, while trying to ${escapeControls(place.doing)}`;
  // The cause is kept without what might be secret in it: pg's errors carry `detail` and `where`.
  const details = state === undefined ? {} : { sqlstate: state };
  const { code, hint = text === whole ? undefined : VALUES_HINT } =
    state === undefined ? ofDriver(error, text) : ofServer(state, whole);
  // A connection that breaks without a word of the server is class 08 in all but name.
  const retryable = state === undefined ? code === 'SNAPKEEP_SOURCE_LOST' : passes(state);
  const cause = new Error(text);
  return new SnapkeepError(code, `${at}: ${text}`, { details, cause, retryable, ...(hint ? { hint } : {}) });
}

/**
 * Like {@link sourceError}, for what happens before a session is up.
 * @param known - whether the server has answered before in this run: then even one that nobody hears of now passes
 *   for one that restarts; else for a wrong address, which is told at once
 */
export function connectError(error: unknown, place: ErrorPlace, known: boolean): SnapkeepError {
  const found = sourceError(error, place);
  if (found.code !== 'SNAPKEEP_SOURCE_LOST' && found.code !== 'SNAPKEEP_SOURCE_FAILED') return found;
  return new SnapkeepError('SNAPKEEP_SOURCE_UNREACHABLE', found.message, {
    details: found.details,
    cause: found,
    retryable: found.retryable && (known || !isUnanswered(error)),
  });
}

const ROW_SECURITY_HINT =
  'A policy hides rows from this user: read as the owner or a role with BYPASSRLS; plugins.postgres.rowSecurity: true takes what the policy shows.';

function ofServer(state: string, text: string): { code: ErrorCode; hint?: string } {
  if (state.startsWith('28')) return { code: 'SNAPKEEP_SOURCE_AUTH' };
  switch (state) {
    case '42501':
      return text.includes('row-level security')
        ? { code: 'SNAPKEEP_SOURCE_PERMISSION', hint: ROW_SECURITY_HINT }
        : { code: 'SNAPKEEP_SOURCE_PERMISSION' };
    case '22021':
    case '22P05':
      return {
        code: 'SNAPKEEP_VALUE_INEXACT',
        hint: 'Text goes into the file as UTF-8: correct it at the server, or leave it out with a query in the configuration.',
      };
    case '3D000':
      return { code: 'SNAPKEEP_SOURCE_UNREACHABLE', hint: 'Check the database’s name: upper and lower case matter.' };
    case '53300':
      return {
        code: 'SNAPKEEP_SOURCE_UNREACHABLE',
        hint: 'All of the server’s connections are in use: wait, or run with fewer jobs.',
      };
    case '57P03':
      return { code: 'SNAPKEEP_SOURCE_UNREACHABLE', hint: 'The server starts or stops: try again in a moment.' };
    case '55P03':
      return {
        code: 'SNAPKEEP_SOURCE_FAILED',
        hint: 'Another session alters or locks a table: wait for it, or raise plugins.postgres.lockTimeoutSeconds.',
      };
    default:
      return { code: endsSession(state) ? 'SNAPKEEP_SOURCE_LOST' : 'SNAPKEEP_SOURCE_FAILED' };
  }
}

const UNANSWERED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT|EACCES)$/;
const TLS = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA)/;

/** Errors of the socket, of TLS and of pg itself, none of which has an SQLSTATE. */
function ofDriver(error: unknown, text: string): { code: ErrorCode; hint?: string } {
  const name = errnoOf(error);
  if (TLS.test(name) || /SSL|TLS|certificate/.test(text)) {
    return { code: 'SNAPKEEP_SOURCE_AUTH', hint: 'Check sslmode and sslrootcert, and the name in the certificate.' };
  }
  if (/SASL|SCRAM|password/i.test(text)) return { code: 'SNAPKEEP_SOURCE_AUTH' };
  return { code: 'SNAPKEEP_SOURCE_LOST' };
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether nothing at that address has said a word. */
function isUnanswered(error: unknown): boolean {
  return UNANSWERED.test(errnoOf(error)) || messageOf(error) === 'timeout expired';
}

function cleaned(error: unknown, password: string | undefined): string {
  // Where both addresses of a name fail, Node.js gives an AggregateError without a message.
  const first = error instanceof AggregateError && error.message === '' ? error.errors[0] : error;
  const text = escapeControls(messageOf(first)) || 'no reason given';
  return password ? text.replaceAll(password, '***') : text;
}
