import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/host/config/load.ts';
import { describeConfig } from '../../src/host/config/show.ts';
import type { ConfigFlags, LoadedConfig } from '../../src/host/config/types.ts';
import { temporaryFolder, writeFiles } from './temp-cli.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let project: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  project = path.join(folder.path, 'project');
  await mkdir(path.join(project, '.git'), { recursive: true });
});

afterEach(() => folder[Symbol.asyncDispose]());

interface Given {
  files?: Record<string, unknown>;
  env?: Record<string, string>;
  flags?: ConfigFlags;
  cwd?: string;
}

async function load({ files = {}, env = {}, flags = {}, cwd = '.' }: Given): Promise<LoadedConfig> {
  await writeFiles(project, files);
  const processEnv = { XDG_CONFIG_HOME: path.join(folder.path, 'xdg'), ...env };
  return loadConfig({ cwd: path.join(project, cwd), processEnv, flags, readFiles: true });
}

/** As a configuration writes it: a dollar sign, then the name in braces. */
const reference = (name: string) => `\${env:${name}}`;

const yaml = (text: string) => ({ 'snapkeep.config.yaml': text });

describe('the project', () => {
  test('is the folder of the nearest file upward', async () => {
    const { root, config } = await load({ files: { ...yaml('dataDirectory: d'), 'a/b/x': '' }, cwd: 'a/b' });
    expect([root, config.dataDirectory]).toEqual([project, 'd']);
  });

  test('is the git repository where there is no file, with the defaults', async () => {
    const { root, config } = await load({ files: { 'a/x': '' }, cwd: 'a' });
    expect(root).toBe(project);
    expect(config).toMatchObject({
      file: null,
      connection: {},
      dataDirectory: 'data',
      capabilities: { source: 'postgres', validator: 'ajv', writer: 'parquet', versionStore: ['dvc', 'git'] },
    });
  });

  test('does not reach beyond the git repository', async () => {
    await writeFiles(folder.path, yaml('dataDirectory: outside'));
    expect((await load({})).config.dataDirectory).toBe('data');
  });

  test('refuses two files in one folder, naming both', async () => {
    await expect(load({ files: { ...yaml(''), 'snapkeep.config.json': '{}' } })).rejects.toMatchObject({
      code: 'SNAPKEEP_CONFIG_INVALID',
      message: expect.stringContaining('snapkeep.config.yaml and snapkeep.config.json'),
    });
  });

  test('is what --config and SNAPKEEP_CONFIG name, the flag first', async () => {
    const files = { 'a/one.yaml': 'dataDirectory: one', 'b/two.json': { dataDirectory: 'two' } };
    const env = { SNAPKEEP_CONFIG: 'b/two.json' };
    expect(await load({ files, env })).toMatchObject({
      root: path.join(project, 'b'),
      config: { dataDirectory: 'two' },
    });
    expect((await load({ files, env, flags: { config: 'a/one.yaml' } })).config.dataDirectory).toBe('one');
  });

  test('may be described in TypeScript', async () => {
    const files = {
      'snapkeep.config.ts': 'const table: string = "t";\nexport default { datasets: { a: { table } } };',
    };
    expect((await load({ files })).config.datasets).toEqual({ a: { table: 't' } });
  });
});

describe('the connection', () => {
  const files = {
    ...yaml('connection: {url: "db:file"}\nprofiles: {prod: {connection: {url: "db:prod"}}}'),
    '.env': 'DATABASE_URL=db:dotenv\n',
  };

  test.each<[string, Given, string]>([
    [
      '--url before the environment',
      { files, env: { DATABASE_URL: 'db:env' }, flags: { url: 'db:flag' } },
      'db:flag --url',
    ],
    ['the environment before .env', { files, env: { DATABASE_URL: 'db:env' } }, 'db:env environment DATABASE_URL'],
    ['.env before the file', { files }, 'db:dotenv .env DATABASE_URL'],
    ['the file where no variable is set', { files: { ...files, '.env': '' } }, 'db:file snapkeep.config.yaml:1'],
    [
      'a profile chosen by flag before the environment',
      { files, env: { DATABASE_URL: 'db:env' }, flags: { profile: 'prod' } },
      'db:prod profile prod, snapkeep.config.yaml:2',
    ],
    [
      'a profile chosen by the environment before .env',
      { files, env: { SNAPKEEP_PROFILE: 'prod' } },
      'db:prod profile prod, snapkeep.config.yaml:2',
    ],
  ])('is taken from %s', async (_what, given, expected) => {
    const { config, origins } = await load(given);
    expect(`${config.connection.url} ${origins.get('/connection/url')}`).toBe(expected);
  });

  test('the project file lies over the user file, key by key', async () => {
    await writeFiles(folder.path, { 'xdg/snapkeep/config.yaml': 'connection: {url: "db:user"}\ndataDirectory: user' });
    const { config } = await load({ files: yaml('dataDirectory: project') });
    expect([config.connection.url, config.dataDirectory]).toEqual(['db:user', 'project']);
  });

  test('a password in --url draws a warning', async () => {
    expect((await load({ flags: { url: 'postgres://ada:pw@db/shop' } })).warnings).toHaveLength(1);
    expect((await load({ flags: { url: 'postgres://ada@db/shop' } })).warnings).toEqual([]);
  });

  test('a text of flag or variable is taken as it is, also where it looks like a reference', async () => {
    const { config } = await load({ env: { DATABASE_URL: `postgres://u:${reference('X')}@h/d` } });
    expect(config.connection.url).toBe(`postgres://u:${reference('X')}@h/d`);
  });
});

describe('profiles', () => {
  const files = yaml(
    'profile: dev\nprofiles:\n  dev: {plugins: {warehouse: {a: 1}}}\n  prod: {capabilities: {source: csv}}',
  );

  test('the default one is laid over the rest; another is chosen by name', async () => {
    expect(await load({ files })).toMatchObject({ profile: 'dev', config: { plugins: { warehouse: { a: 1 } } } });
    const { config } = await load({ files, env: { SNAPKEEP_PROFILE: 'prod' } });
    expect(config.capabilities).toMatchObject({ source: 'csv', writer: 'parquet' });
    expect(config.plugins).toEqual({});
  });

  test('an unknown one is refused with what was meant', async () => {
    await expect(load({ files, flags: { profile: 'prd' } })).rejects.toMatchObject({
      message: 'there is no profile "prd"; there is dev, prod',
      hint: 'Did you mean prod?',
    });
  });
});

describe('a reference to the environment', () => {
  const files = yaml(
    `connection: {url: "postgres://ada:${reference('PW')}@db/shop"}\ndatasets: {a: {table: "${reference('TABLE')}"}}`,
  );

  test('takes from the environment, then from .env', async () => {
    const { config } = await load({ files: { ...files, '.env': 'PW=below\nTABLE=t' }, env: { PW: 'above' } });
    expect(config.connection.url).toBe('postgres://ada:above@db/shop');
    expect(config.datasets.a?.table).toBe('t');
  });

  test('a missing one is an error where the value is used, and nowhere else', async () => {
    const { config } = await load({ files, env: { TABLE: 't' } });
    expect(config.datasets.a?.table).toBe('t');
    expect(() => config.connection.url).toThrow('connection.url needs the environment variable PW, which is not set');
  });
});

describe('a mistake', () => {
  const message = async (files: Record<string, unknown>) =>
    load({ files }).then(
      () => 'accepted',
      (error: Error) => error.message.replace(`${project}/`, ''),
    );

  test.each<[string, string, string]>([
    ['a syntax error', 'datasets:\n  a: {table: x\n', '3:1: Flow map'],
    ['a key twice', 'dataDirectory: a\ndataDirectory: b', '2:1: Map keys must be unique'],
    ['an unknown key', 'datasets:\n  a: {table: x, colour: red}', '2:17: unknown key "colour" in datasets.a'],
    ['a misspelt key', 'datasts: {}', '1:1: unknown key "datasts" in the configuration; did you mean datasets?'],
    [
      'a misspelt value',
      'datasets:\n  a:\n    table: x\n    compression: zsdt',
      '4:18: datasets.a.compression must be one of',
    ],
    [
      'a wrong type',
      'capabilities: {versionStore: git}',
      '1:30: capabilities.versionStore must be an array, not a string',
    ],
    ['a name that is no folder', 'datasets:\n  "A/b": {table: x}', '2:3: "A/b" in datasets is no valid name'],
    ['neither table nor query', 'datasets:\n  a: {}', '2:6: datasets.a needs either "table" or "query"'],
    ['a list', '- a', '1:1: the configuration must be an object'],
  ])('%s is named with line and column', async (_what, text, expected) => {
    expect(await message(yaml(text))).toContain(`snapkeep.config.yaml:${expected}`);
  });

  test('in JSON has its place too, tabs and all', async () => {
    const text = '{\n\t"datasets": {\n\t\t"a": {"tabel": "x"}\n\t}\n}';
    expect(await message({ 'snapkeep.config.json': text })).toBe(
      'snapkeep.config.json:3:9: unknown key "tabel" in datasets.a; did you mean table?',
    );
  });

  test.each([
    ['dataDirectory: ../data'],
    ['dataDirectory: /srv/data'],
    ['dataDirectory: .'],
    ['dataDirectory: a/../..'],
    ['dataDirectory: .git/x'],
    ['datasets: {a: {table: t, schema: ../s.json}}'],
    ['datasets: {a: {table: t, sync: [{target: duckdb, to: ../x.duckdb}]}}'],
  ])('%s leaves the project and is refused', async (text) => {
    await expect(load({ files: yaml(text) })).rejects.toMatchObject({ code: 'SNAPKEEP_PATH_UNSAFE' });
  });

  test('an absolute sync target or an address is none', async () => {
    const to = (target: string) => yaml(`datasets: {a: {table: t, sync: [{target: duckdb, to: "${target}"}]}}`);
    await load({ files: to('/srv/x.duckdb') });
    await load({ files: to('md:shop') });
  });

  test('a misspelt setting of a plugin of ours is told; a stranger’s has whatever settings it takes', async () => {
    expect(await message(yaml('plugins: {postgres: {rowSecurty: true}}'))).toMatch(
      /unknown key "rowSecurty".*rowSecurity/s,
    );
    await load({ files: yaml('plugins: {warehouse: {rowSecurty: true}}') });
  });

  test('__proto__ is an unknown key and nothing else', async () => {
    expect(await message(yaml('__proto__: {dataDirectory: x}'))).toContain('unknown key "__proto__"');
  });
});

test('config show masks passwords and settings that look like secrets', async () => {
  const text =
    'plugins: {warehouse: {sslPassword: hunter2, tls: {clientKey: hunter2}, retries: 3}}\n' +
    'connection: {url: "postgres://ada:hunter2@db/shop?sslpassword=hunter2"}';
  const shown = describeConfig(await load({ files: yaml(text) }));
  expect(JSON.stringify(shown)).not.toContain('hunter2');
  expect(shown.values).toContainEqual({
    key: 'connection.url',
    value: 'postgres://ada:***@db/shop?sslpassword=***',
    origin: 'snapkeep.config.yaml:2',
  });
  expect(shown.values).toContainEqual({ key: 'plugins.warehouse.retries', value: 3, origin: 'snapkeep.config.yaml:1' });
});
