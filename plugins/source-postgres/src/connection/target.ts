import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Connection, escapeControls, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { systemUser } from './home.ts';
import { type Keywords, keywordsOfEnvironment } from './keywords.ts';
import { passwordOfFile } from './password-file.ts';
import { keywordsOfService } from './service-file.ts';
import { type TlsAttempt, tlsAttempts } from './tls.ts';
import { keywordsOfUrl } from './url.ts';

/** A server to connect to, all defaults filled in. Holds the password: never print it whole. */
export interface ServerTarget {
  readonly kind: 'server';
  /** For messages, without secrets. */
  readonly label: string;
  /** What to connect to: a host, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  readonly tls: readonly TlsAttempt[];
  readonly directTls: boolean;
  readonly channelBinding: boolean;
  readonly applicationName: string;
  readonly options: string | undefined;
  /** From `connect_timeout`; 0 is no limit. */
  readonly connectTimeoutMs: number | undefined;
  /** Where unqualified names are looked up, in place of the server's `search_path`. */
  readonly schema: string | undefined;
  /** It takes no second connection. */
  readonly oneConnection: boolean;
}

/** A folder that PGlite opens inside this process. */
export interface PGliteTarget {
  readonly kind: 'pglite';
  readonly label: string;
  readonly folder: string;
}

export type Target = ServerTarget | PGliteTarget;

/**
 * What to connect to: the caller's url, else `DATABASE_URL`, `PGSERVICE`, `PG*`. What the first
 * that speaks leaves open is filled from the service that it names and from `PG*`, as libpq does.
 * @throws SNAPKEEP_NO_CONNECTION, SNAPKEEP_USAGE, SNAPKEEP_SOURCE_AUTH where a certificate can't be read
 */
export function resolveTarget(connection: Connection, context: PluginContext): Target {
  const named = nameTarget(connection, context);
  if ('kind' in named) return named;
  const { keywords, host, port, user, database, label } = named;
  const timeout = keywords.connect_timeout;
  return {
    kind: 'server',
    oneConnection: false,
    label,
    host: keywords.hostaddr ?? host,
    port,
    user,
    database,
    password: keywords.password ?? passwordOfFile({ host, port, database, user }, keywords.passfile, context),
    tls: tlsAttempts(keywords, host, context.env),
    directTls: keywords.sslnegotiation === 'direct',
    channelBinding: keywords.channel_binding === 'require',
    applicationName: keywords.application_name ?? 'snapkeep',
    options: keywords.options,
    connectTimeoutMs: timeout === undefined ? undefined : numberOf('connect_timeout', timeout, 2_000_000) * 1000,
    schema: keywords.schema,
  };
}

/** The connection for messages, without its secrets; no file but a service file is read for it. */
export function labelTarget(connection: Connection, context: PluginContext): string {
  return nameTarget(connection, context).label;
}

interface NamedServer {
  readonly keywords: Keywords;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly label: string;
}

function nameTarget(connection: Connection, context: PluginContext): NamedServer | PGliteTarget {
  const { env } = context;
  const url = connection.url || env.DATABASE_URL;
  if (url?.startsWith('pglite:')) return pgliteTarget(url.slice('pglite:'.length), context);

  const environment = keywordsOfEnvironment(env);
  const explicit = url ? keywordsOfUrl(url) : {};
  // A service of the environment must not lend its user or host to an address given beside it.
  const service = url ? explicit.service : environment.service;
  const keywords: Keywords = {
    ...environment,
    ...(service === undefined ? {} : keywordsOfService(service, env)),
    ...explicit,
  };
  if (!url && service === undefined && !environment.host && !environment.hostaddr && !environment.dbname) {
    throw new SnapkeepError('SNAPKEEP_NO_CONNECTION', 'Nothing says which database to read');
  }
  const port = numberOf('port', keywords.port ?? '5432', 65_535);
  const host = keywords.host ?? keywords.hostaddr ?? localHost(port);
  const user = keywords.user ?? systemUser(env);
  const database = keywords.dbname ?? user;
  return { keywords, host, port, user, database, label: labelOf(user, host, port, database) };
}

function pgliteTarget(path: string, context: PluginContext): PGliteTarget {
  if (path === '' || path.startsWith(':') || path.startsWith('memory:') || path.includes('://')) {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'pglite: must be followed by the path of a folder', {
      hint: 'A database in memory has nothing to export; write pglite:./folder.',
    });
  }
  return { kind: 'pglite', label: `pglite:${escapeControls(path)}`, folder: resolve(context.root, path) };
}

/** libpq's default: the local socket where a server listens on one, else this machine's name for itself. */
function localHost(port: number): string {
  const folders = ['/var/run/postgresql', '/tmp'];
  return folders.find((folder) => existsSync(join(folder, `.s.PGSQL.${port}`))) ?? 'localhost';
}

function labelOf(user: string, host: string, port: number, database: string): string {
  const name = host.includes(':') ? `[${host}]` : host.startsWith('/') ? encodeURIComponent(host) : host;
  return escapeControls(`postgres://${encodeURIComponent(user)}@${name}:${port}/${encodeURIComponent(database)}`);
}

function numberOf(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `The connection’s ${name} is not a number from 0 to ${most}`);
  }
  return value;
}
