import { Config } from '@oclif/core/config';
import { API_VERSION, type Log, type Progress } from '@snapkeep/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HostConfig } from '../../src/host/config/types.ts';
import { createRuntime, type HostRuntime } from '../../src/host/runtime.ts';
import type { Runtime } from '../../src/pipeline/runtime.ts';
import { makeCli, temporaryFolder, writeFiles } from './temp-cli.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(() => folder[Symbol.asyncDispose]());

const silent: Log = { warn() {}, info() {}, verbose() {}, debug() {} };
const noProgress: Progress = { start: () => ({ update() {}, end() {} }) };

/** A runtime over real oclif plugins, each a hook for the event `capabilities`. */
async function runtimeWith(
  plugins: Record<string, string>,
  settings: HostConfig['plugins'] = {},
): Promise<HostRuntime> {
  await makeCli(folder.path, {}, plugins);
  const host = await Config.load({ root: folder.path });
  const config: HostConfig = {
    file: null,
    connection: {},
    dataDirectory: 'data',
    datasets: {},
    capabilities: { source: 'postgres', validator: 'ajv', writer: 'parquet', versionStore: ['git'] },
    plugins: settings,
  };
  const loaded = { root: folder.path, profile: null, config, env: {}, origins: new Map(), warnings: [] };
  return createRuntime({
    host,
    loaded,
    log: silent,
    progress: noProgress,
    signal: new AbortController().signal,
    command: 'test',
    waitMs: 0,
  });
}

const offers = (...registrations: string[]) => `export default async () => [${registrations.join(', ')}];`;
const source = (name: string, open = `async () => ({ is: '${name}' })`, apiVersion = API_VERSION) =>
  `{ kind: 'source', name: '${name}', apiVersion: ${apiVersion}, open: ${open} }`;

test('the runtime has the shape that the pipeline asks for', async () => {
  const runtime: Runtime = await runtimeWith({});
  expect(runtime.versions).toEqual({ snapkeep: '1.2.3', plugins: {} });
});

test('a capability is opened when it is used, once', async () => {
  const open = 'async () => { globalThis.opened = (globalThis.opened ?? 0) + 1; return { is: "csv" }; }';
  const runtime = await runtimeWith({ one: offers(source('csv', open), source('other', 'async () => { throw 1; }')) });
  const [first, second] = await Promise.all([runtime.capability('source', 'csv'), runtime.capability('source', 'csv')]);
  expect(first).toBe(second);
  expect(Reflect.get(globalThis, 'opened')).toBe(1);
});

test('all are listed with plugin and version, in one order', async () => {
  const runtime = await runtimeWith({ two: offers(source('b')), one: offers(source('c'), source('a')) });
  expect((await runtime.capabilities()).map(({ name, plugin, version }) => `${name} ${plugin} ${version}`)).toEqual([
    'a one 0.0.1',
    'b two 0.0.1',
    'c one 0.0.1',
  ]);
});

describe('refused with SNAPKEEP_PLUGIN_INVALID', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    [
      'one name twice',
      { one: offers(source('csv')), two: offers(source('csv')) },
      /plugins (?:one and two|two and one) both register the source "csv"/,
    ],
    [
      'another version of the contract',
      { one: offers(source('csv', 'async () => ({})', 99 as 1)) },
      /plugin one was made for version 99 .* has version 1/,
    ],
    [
      'a kind that does not exist',
      { one: offers(source('csv').replace("'source'", "'sauce'")) },
      /registers "csv" as a sauce/,
    ],
    ['no open()', { one: offers(source('csv', '1')) }, /registers "csv" without open/],
    ['no list', { one: 'export default async () => 7;' }, /plugin one gave no list/],
    [
      'a hook that throws',
      { one: 'export default async () => { throw new Error("broken"); };' },
      /plugin one .*broken/,
    ],
    [
      'a module that does not load',
      { one: 'import "no-such-package"; export default async () => [];' },
      /plugin one .*no-such-package/,
    ],
  ])('%s', async (_what, plugins, message) => {
    const runtime = await runtimeWith(plugins);
    await expect(runtime.capability('source', 'csv')).rejects.toMatchObject({
      code: 'SNAPKEEP_PLUGIN_INVALID',
      message: expect.stringMatching(message),
    });
  });

  test('open() that fails, with the plugin and the cause', async () => {
    const runtime = await runtimeWith({ one: offers(source('csv', 'async () => { throw new Error("no library"); }')) });
    await expect(runtime.capability('source', 'csv')).rejects.toMatchObject({
      code: 'SNAPKEEP_PLUGIN_INVALID',
      message: 'source "csv" of plugin one could not be loaded: no library',
    });
  });
});

test('an unknown name is answered with what there is', async () => {
  const runtime = await runtimeWith({ one: offers(source('postgres'), source('csv')) });
  await expect(runtime.capability('source', 'postgers')).rejects.toMatchObject({
    code: 'SNAPKEEP_CAPABILITY_UNKNOWN',
    message: 'no plugin provides the source "postgers"; there is csv, postgres',
    hint: 'Did you mean postgres?',
  });
});

describe('an event', () => {
  /** Adds a handler of `version:track` to a plugin made by makeCli. */
  const handler = async (plugin: string, body: string) =>
    writeFiles(`${folder.path}/node_modules/${plugin}`, {
      'package.json': {
        name: plugin,
        version: '0.0.1',
        type: 'module',
        oclif: { hooks: { 'version:track': './track.js' } },
      },
      'track.js': `import { forStore } from '@snapkeep/sdk'; export default forStore('git', async (event) => { ${body} });`,
    });
  const snapshot = { dataset: 'a', snapshot: 's', directory: 'data/a/s', files: [] };
  const none = 'export default async () => [];';

  test('reaches a store with its own settings, and oclif’s context does not hide ours', async () => {
    await makeCli(folder.path, {}, { one: none });
    await handler('one', 'return { paths: [event.context.root, JSON.stringify(event.context.settings)] };');
    const host = await Config.load({ root: folder.path });
    const runtime = await runtimeOver(host, { git: { sign: true }, dvc: { x: 1 } });
    expect(await runtime.emit('version:track', { snapshot })).toEqual([
      { plugin: 'one', result: { paths: [folder.path, '{"sign":true}'] } },
    ]);
  });

  test('ends in every plugin before the first failure is thrown', async () => {
    await makeCli(folder.path, {}, { one: none, two: none });
    await handler('one', 'throw new Error("one is broken");');
    await handler('two', 'await new Promise((done) => setTimeout(done, 50)); globalThis.twoEnded = true;');
    const runtime = await runtimeOver(await Config.load({ root: folder.path }), {});
    await expect(runtime.emit('version:track', { snapshot })).rejects.toMatchObject({
      code: 'SNAPKEEP_INTERNAL',
      message: 'plugin one failed at version:track: one is broken',
    });
    expect(Reflect.get(globalThis, 'twoEnded')).toBe(true);
  });

  async function runtimeOver(host: Config, plugins: HostConfig['plugins']): Promise<HostRuntime> {
    const config: HostConfig = {
      file: null,
      connection: {},
      dataDirectory: 'data',
      datasets: {},
      capabilities: { source: 'postgres', validator: 'ajv', writer: 'parquet', versionStore: ['git'] },
      plugins,
    };
    const loaded = { root: folder.path, profile: null, config, env: {}, origins: new Map(), warnings: [] };
    return createRuntime({
      host,
      loaded,
      log: silent,
      progress: noProgress,
      signal: new AbortController().signal,
      command: 'test',
      waitMs: 0,
    });
  }
});
