import { Config } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';
import { ERRORS } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../host/temp-cli.ts';
import { holdAgainstPublished, publishedNames, readPublished } from './published.ts';

type Json = { readonly [key: string]: unknown };

/** Every schema inside a schema, with its JSON pointer. */
function* walk(schema: unknown, pointer: string): Generator<readonly [pointer: string, schema: Json]> {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return;
  const node = schema as Json;
  yield [pointer, node];
  for (const keyword of ['properties', 'patternProperties', '$defs']) {
    for (const [name, inner] of Object.entries((node[keyword] ?? {}) as Json))
      yield* walk(inner, `${pointer}/${keyword}/${name}`);
  }
  for (const keyword of ['oneOf', 'anyOf']) {
    for (const [index, inner] of ((node[keyword] ?? []) as Json[]).entries())
      yield* walk(inner, `${pointer}/${keyword}/${index}`);
  }
  for (const keyword of ['items', 'additionalProperties']) yield* walk(node[keyword], `${pointer}/${keyword}`);
}

const names = await publishedNames();

test.each(names)('%s is strict draft 2020-12, closed, and says what each field is', async (name) => {
  const schema = await readPublished(name);
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(schema.$id).toBe(`https://snapkeep.dev/schemas/${name}`);
  const open: string[] = [];
  const untitled: string[] = [];
  for (const [pointer, node] of walk(schema, '')) {
    if (node.properties !== undefined && node.additionalProperties !== false) open.push(pointer);
    if (
      /\/properties\/[^/]+$/.test(pointer) &&
      node.title === undefined &&
      node.$ref === undefined &&
      node.const === undefined
    ) {
      untitled.push(pointer);
    }
  }
  expect({ open, untitled }).toEqual({ open: [], untitled: [] });
});

test('every reference leads somewhere, and a field too many is refused', async () => {
  const hold = await holdAgainstPublished();
  for (const name of names.filter((one) => one !== 'common.schema.json'))
    expect(() => hold(name, { nonsense: true }), name).toThrow(/additional|must/);
});

test('every command of ours has a published result', async () => {
  settings.enableAutoTranspile = false;
  const config = await Config.load({ root: REPOSITORY, userPlugins: false, ignoreManifest: true });
  const ours = config.commands.filter(({ pluginName }) => pluginName === 'snapkeep');
  const wanted = ours.map(({ id }) => `results/${id.replaceAll(':', '-')}.schema.json`);
  expect(wanted.filter((name) => !names.includes(name))).toEqual([]);
  expect(names.filter((name) => name.startsWith('results/') && !wanted.includes(name))).toEqual([]);
});

test('the error lists exactly the codes and exit codes of the registry', async () => {
  const { properties } = (await readPublished('error.schema.json')) as {
    properties: Record<string, { enum: unknown[] }>;
  };
  expect(properties.code?.enum).toEqual(Object.keys(ERRORS));
  const exitCodes = new Set(Object.values(ERRORS).map(({ exitCode }) => exitCode));
  expect(properties.exitCode?.enum).toEqual([...exitCodes].sort((a, b) => a - b));
});
