import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { freePort } from '../../../test/support/postgres-server.ts';
import { openSource } from '../src/index.ts';
import { startProxy, through } from './proxy.ts';
import { contextOf, failureOf } from './support.ts';

let database: TestDatabase;
let folder: string;
let address: URL;
let cert: string;
let key: string;

beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  await database.run('CREATE TABLE public.t (a int)');
  address = new URL(database.url);
  folder = await mkdtemp(join(tmpdir(), 'snapkeep-test-'));
  const subject = ['-subj', '/CN=db.example', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject, ...files],
    {
      stdio: 'ignore',
    },
  );
  cert = await readFile(join(folder, 'cert.pem'), 'utf8');
  key = await readFile(join(folder, 'key.pem'), 'utf8');
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

type Environment = Record<string, string>;
const probe = (connection: Connection, env: Environment = {}) =>
  openSource().probe(connection, contextOf({ env: { HOME: folder, ...env } }));
const parts = () => ({
  PGHOST: address.hostname,
  PGPORT: address.port,
  PGUSER: address.username,
  PGDATABASE: database.name,
});

test('looks around', async () => {
  const facts = await probe({ url: database.url });
  expect(facts).toMatchObject({ database: database.name, user: address.username, relations: ['public.t'] });
  expect(facts.server).toMatch(/^PostgreSQL \d/);
});

test('takes the url before DATABASE_URL, that before PGSERVICE, that before PG*', async () => {
  const service = join(folder, 'services');
  await writeFile(service, '[mine]\nhost=from-service\n\n# more\n[other]\nhost=other\n');
  const env = { PGHOST: 'from-pghost', PGUSER: 'ada', PGDATABASE: 'shop', PGSERVICEFILE: service };
  const describe = (connection: Connection, more: Environment = {}) =>
    openSource().describe(connection, contextOf({ env: { ...env, ...more } }));
  expect(describe({})).toBe('postgres://ada@from-pghost:5432/shop');
  expect(describe({}, { PGSERVICE: 'mine' })).toBe('postgres://ada@from-service:5432/shop');
  const DATABASE_URL = 'postgres://u:pw@from-variable:1/d';
  expect(describe({}, { PGSERVICE: 'mine', DATABASE_URL })).toBe('postgres://u@from-variable:1/d');
  expect(describe({ url: 'postgresql://v:pw@[::1]/e' }, { PGSERVICE: 'mine', DATABASE_URL })).toBe(
    'postgres://v@[::1]:5432/e',
  );
});

test('connects by PG* and by a service', async () => {
  const PGPASSWORD = decodeURIComponent(address.password);
  expect((await probe({}, { ...parts(), PGPASSWORD })).database).toBe(database.name);
  const file = join(folder, '.pg_service.conf');
  await writeFile(
    file,
    `[mine]\nhost=${address.hostname}\nport=${address.port}\nuser=${address.username}\npassword=${PGPASSWORD}\ndbname=${database.name}\n`,
  );
  expect((await probe({}, { PGSERVICE: 'mine' })).database).toBe(database.name);
  expect((await failureOf(probe({}, { PGSERVICE: 'nobody' }))).code).toBe('SNAPKEEP_NO_CONNECTION');
});

test('takes the password from .pgpass, unless others can read that file', async () => {
  const file = join(folder, 'passwords');
  const password = decodeURIComponent(address.password).replaceAll(/[\\:]/g, '\\$&');
  await writeFile(
    file,
    `# comment\n*:1:*:*:wrong\n${address.hostname}:*:${database.name}:${address.username}:${password}\n`,
  );
  await chmod(file, 0o600);
  const env = { ...parts(), PGPASSFILE: file };
  expect((await probe({}, env)).database).toBe(database.name);
  await chmod(file, 0o644);
  const context = contextOf({ env });
  const error = await failureOf(openSource().probe({}, context));
  expect(error.code).toBe('SNAPKEEP_SOURCE_AUTH');
  expect(error.message).toContain('none is given');
  expect(context.lines.join('\n')).toContain('can be read by others');
});

test('asks for a connection where nothing names one', async () => {
  expect((await failureOf(probe({}))).code).toBe('SNAPKEEP_NO_CONNECTION');
});

test('keeps a wrong password out of every word', async () => {
  const url = new URL(database.url);
  url.password = 'canary-pw-4711';
  const context = contextOf();
  const error = await failureOf(openSource().probe({ url: url.toString() }, context));
  expect(error.code).toBe('SNAPKEEP_SOURCE_AUTH');
  const words = [error.message, error.hint, error.stack, String(error.cause), JSON.stringify(error), ...context.lines];
  expect(words.join('\n')).not.toContain('canary');
  expect(openSource().describe({ url: url.toString() }, context)).not.toContain('canary');
});

test.each([
  ['mysql://u:canary@h/d', 'neither a postgres://'],
  ['postgres://u:canary@h:port/d', 'not well formed'],
  ['postgres://u:canary@h/d?sslmod=require', 'not known here: sslmod'],
  ['postgres://u:canary@h/d?sslmode=sometimes', 'sslmode must not be'],
  ['postgres://u:canary@a,b/d', 'several hosts'],
  ['pglite:', 'path of a folder'],
  ['pglite::memory:', 'path of a folder'],
])('refuses %s', async (url, message) => {
  const error = await failureOf(probe({ url }));
  expect(error.code).toBe('SNAPKEEP_USAGE');
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('canary');
});

test('says when nobody listens, when there is no such host, and when there is no such database', async () => {
  const refused = await failureOf(probe({ url: `postgres://u@localhost:${await freePort()}/d` }));
  expect(refused.code).toBe('SNAPKEEP_SOURCE_UNREACHABLE');
  expect(refused.message).toContain('ECONNREFUSED');
  const unknown = await failureOf(probe({ url: 'postgres://u@no-such-host.invalid/d' }));
  expect(unknown.code).toBe('SNAPKEEP_SOURCE_UNREACHABLE');
  const url = new URL(database.url);
  url.pathname = '/nowhere';
  const database404 = await failureOf(probe({ url: url.toString() }));
  expect(database404.code).toBe('SNAPKEEP_SOURCE_UNREACHABLE');
  expect(database404.message).toContain('database "nowhere" does not exist');
});

test('gives up on a server that accepts and says nothing', async () => {
  const proxy = await startProxy(database.url);
  proxy.stall();
  const context = contextOf({ settings: { connectTimeoutSeconds: 0.4 } });
  const error = await failureOf(openSource().probe({ url: through(database.url, proxy) }, context));
  expect(error.code).toBe('SNAPKEEP_SOURCE_UNREACHABLE');
  expect(error.message).toContain('timeout');
  await proxy.close();
});

test('honours sslmode as libpq does', async () => {
  const proxy = await startProxy(database.url, { cert, key });
  const ca = join(folder, 'cert.pem');
  const outcome = async (parameters: string, host = 'localhost') => {
    const url = through(database.url, proxy, parameters).replace('127.0.0.1', host);
    return probe({ url }, { HOME: '/nowhere' }).then(
      () => 'connected',
      (error: { code: string }) => error.code,
    );
  };
  expect(await outcome('?sslmode=disable')).toBe('connected');
  expect(await outcome('?sslmode=prefer')).toBe('connected');
  expect(await outcome('?sslmode=require')).toBe('connected');
  expect(await outcome(`?sslmode=verify-full&sslrootcert=${ca}`)).toBe('connected');
  // Bad CA, bad host: only what does not verify may pass.
  expect(await outcome('?sslmode=verify-full')).toBe('SNAPKEEP_SOURCE_AUTH');
  expect(await outcome(`?sslmode=verify-full&sslrootcert=${ca}`, '127.0.0.1')).toBe('SNAPKEEP_SOURCE_AUTH');
  expect(await outcome(`?sslmode=verify-ca&sslrootcert=${ca}`, '127.0.0.1')).toBe('connected');
  expect(await outcome('?sslmode=verify-ca')).toBe('SNAPKEEP_USAGE');
  await proxy.close();
  // The server of the tests speaks no TLS.
  const plain = new URL(database.url);
  plain.search = '?sslmode=require';
  expect((await failureOf(probe({ url: plain.toString() }))).code).toBe('SNAPKEEP_SOURCE_AUTH');
});

test('pays no heed to the environment of the process', async () => {
  const before = { ...process.env };
  Object.assign(process.env, {
    PGOPTIONS: '-c nonsense=1',
    PGPASSWORD: 'x',
    PGHOST: 'x',
    PGSSLMODE: 'verify-full',
    PGREPLICATION: 'true',
  });
  try {
    expect((await probe({ url: database.url })).database).toBe(database.name);
    expect((await failureOf(probe({}))).code).toBe('SNAPKEEP_NO_CONNECTION');
  } finally {
    process.env = before;
  }
});
