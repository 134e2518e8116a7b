import { Socket } from 'node:net';
import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import pg from 'pg';
import { connectError } from '../server-errors.ts';
import type { SourceSettings } from '../settings.ts';
import { abortCause } from './answer.ts';
import { MessageStream } from './message-stream.ts';
import { RAW_TEXT, ServerConnection } from './server-connection.ts';
import type { ServerTarget } from './target.ts';
import type { TlsAttempt } from './tls.ts';

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** So long nothing needs to come before the kernel asks whether the other machine is still there. */
const KEEP_ALIVE_AFTER_MS = 30_000;

/**
 * Connects, trying TLS or plain in the order that `sslmode` gives.
 * @param attemptOfRun - see `SessionRequest.attempt`
 * @throws SNAPKEEP_SOURCE_UNREACHABLE, SNAPKEEP_SOURCE_AUTH
 */
export async function connect(
  target: ServerTarget,
  settings: SourceSettings,
  context: PluginContext,
  attemptOfRun = 1,
): Promise<ServerConnection> {
  let last: unknown;
  for (const tls of target.tls) {
    if (context.signal.aborted) throw abortCause(context.signal);
    try {
      return await attempt(target, tls, settings, context);
    } catch (error) {
      if (context.signal.aborted) throw abortCause(context.signal);
      last = error;
      if (!mayTryNext(error, tls)) break;
    }
  }
  throw connectError(last, target, attemptOfRun > 1);
}

/** Whether the failure is one of TLS, or of a rule in pg_hba.conf that depends on it. */
function mayTryNext(error: unknown, tls: TlsAttempt): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  if (code === '28000') return true;
  return tls !== false && code !== '28P01' && /SSL|TLS|EPROTO/.test(`${error.message} ${String(code)}`);
}

async function attempt(
  target: ServerTarget,
  tls: TlsAttempt,
  settings: SourceSettings,
  context: PluginContext,
): Promise<ServerConnection> {
  const { client, messages } = newClient(target, tls, settings);
  // Registered before anything can fail, as an `error` event without a listener ends the process.
  const place = { label: target.label, password: target.password, showValues: settings.errorValues };
  const second = target.oneConnection ? undefined : () => newClient(target, tls, settings).client;
  const connection = new ServerConnection(client, messages, place, settings, second);
  const onAbort = () => connection.destroy();
  context.signal.addEventListener('abort', onAbort, { once: true });
  try {
    await client.connect();
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', onAbort);
  }
}

interface NewClient {
  readonly client: pg.Client;
  /** What the client will hear of the server. */
  readonly messages: MessageStream;
}

function newClient(target: ServerTarget, tls: TlsAttempt, settings: SourceSettings): NewClient {
  const messages = new MessageStream();
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    user: target.user,
    database: target.database,
    // A function, as pg reads PGPASSWORD and .pgpass of the process where it finds no password.
    password: () => {
      if (target.password !== undefined) return target.password;
      throw new SnapkeepError('SNAPKEEP_SOURCE_AUTH', `${target.label} asks for a password and none is given`);
    },
    ssl: tls,
    // Behind TLS node reads as it likes.
    ...(tls === false ? { stream: () => new Socket({ onread: messages.onread }) } : {}),
    sslnegotiation: tls !== false && target.directTls ? 'direct' : 'postgres',
    enableChannelBinding: tls !== false && target.channelBinding,
    application_name: target.applicationName,
    client_encoding: 'UTF8',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    connectionTimeoutMillis: target.connectTimeoutMs ?? settings.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    types: RAW_TEXT,
  });
  messages.putBefore(client.connection);
  forgetProcessEnvironment(client, target.options);
  return { client, messages };
}

/** pg takes PGOPTIONS and PGREPLICATION from the process where the caller gives nothing: undone here. */
function forgetProcessEnvironment(client: pg.Client, options: string | undefined): void {
  if (!('connectionParameters' in client)) return;
  const parameters = client.connectionParameters;
  if (typeof parameters === 'object' && parameters !== null) {
    Object.assign(parameters, { options, replication: undefined });
  }
}
