/** A connection's parameters under the names that libpq gives them. */
export type Keywords = { readonly [K in Keyword]?: string };

/** Every parameter understood here and the variable that libpq reads for it, `null` where there is none. */
const VARIABLES = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslnegotiation: 'PGSSLNEGOTIATION',
  channel_binding: 'PGCHANNELBINDING',
  application_name: 'PGAPPNAME',
  options: 'PGOPTIONS',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  service: 'PGSERVICE',
  /** Prisma's name for the schema that unqualified names are looked up in. */
  schema: null,
} as const satisfies Record<string, string | null>;

export type Keyword = keyof typeof VARIABLES;

/**
 * Parameters that change nothing about what is read or how safely, and are therefore ignored:
 * those of Prisma's pool, keep-alives, and hints for other drivers. Anything else unknown is
 * refused, since a misspelt `sslmode` must not go unnoticed.
 */
const IGNORED = new Set([
  'connection_limit',
  'pool_timeout',
  'pgbouncer',
  'socket_timeout',
  'statement_cache_size',
  'uselibpqcompat',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'tcp_user_timeout',
  'target_session_attrs',
  'fallback_application_name',
  'client_encoding',
  'gssencmode',
]);

export function isKeyword(name: string): name is Keyword {
  return Object.hasOwn(VARIABLES, name);
}

export function isIgnoredKeyword(name: string): boolean {
  return IGNORED.has(name);
}

export function keywordsOfEnvironment(env: Readonly<Record<string, string | undefined>>): Keywords {
  const found: { [K in Keyword]?: string } = {};
  for (const [keyword, variable] of Object.entries(VARIABLES)) {
    const value = variable === null ? undefined : env[variable];
    if (value && isKeyword(keyword)) found[keyword] = value;
  }
  return found;
}
