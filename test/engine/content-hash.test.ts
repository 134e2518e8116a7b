import { createHash } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { contentHash } from '../../src/engine/content-hash.ts';
import { openEngine } from '../../src/engine/engine.ts';

const engine = await openEngine();
afterAll(() => engine.close());

const columns = [
  { name: 'id', fileType: 'BIGINT' },
  { name: 'a "quoted" name', fileType: 'VARCHAR' },
  { name: 'price', fileType: 'DECIMAL(9,3)' },
  { name: 'score', fileType: 'DOUBLE' },
  { name: 'at', fileType: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'bytes', fileType: 'BLOB' },
  { name: 'document', fileType: 'JSON' },
  { name: 'day', fileType: 'DATE' },
  { name: 'ok', fileType: 'BOOLEAN' },
];
const rows = [
  `1, 'é🦆', 1.5, 0.1, '2025-01-01 00:00:00.000001+00', '\\x00\\xFF', '{"a": 1}', '2025-01-01', true`,
  `2, '', 0, 1e20, '1969-12-31 23:59:59+00', '', '[]', '0001-01-01', false`,
  `3, '~;', NULL, 'nan', NULL, NULL, 'null', NULL, NULL`,
];
/** The rows' canonical texts, written down by hand from docs/formats.md. */
const texts = [
  '1;6:é🦆1.500;0.1;1735689600000001;00ff;8:{"a": 1}2025-01-01;true;',
  '2;0:0.000;1e+20;-1000000;;2:[]0001-01-01;false;',
  '3;2:~;~;nan;~;~;4:null~;~;',
];

async function load(table: string, values: readonly string[], of = columns): Promise<void> {
  const types = of.map(({ name, fileType }) => `"${name.replaceAll('"', '""')}" ${fileType}`).join(', ');
  await engine.run(`CREATE OR REPLACE TABLE ${table} (${types})`);
  if (values.length > 0) await engine.run(`INSERT INTO ${table} VALUES ${values.map((row) => `(${row})`).join(', ')}`);
}

function hash128(text: string): bigint {
  const digits = createHash('sha1').update(text, 'utf8').digest('hex');
  return BigInt(`0x${createHash('md5').update(digits).digest().reverse().toString('hex')}`);
}

const header = JSON.stringify(columns.map(({ name, fileType }) => [name, fileType]));

test('is what docs/formats.md defines', async () => {
  await load('t', rows);
  const sum = [header, ...texts].reduce((total, text) => total + hash128(text), 0n) % 2n ** 128n;
  expect(await contentHash(engine, ['t'], columns)).toBe(`v3:${sum.toString(16).padStart(32, '0')}`);
});

test('stays what it was when it was defined', async () => {
  await load('t', rows);
  expect(await contentHash(engine, ['t'], columns)).toBe('v3:4b59549e19edcb0b77304ef1e14e7506');
});

test('of no rows is the hash of the header', async () => {
  await load('t', []);
  expect(await contentHash(engine, ['t'], columns)).toBe(`v3:${hash128(header).toString(16).padStart(32, '0')}`);
});

test('does not change with the order of rows, but with a duplicate', async () => {
  await load('t', rows);
  const hash = await contentHash(engine, ['t'], columns);
  await load('t', rows.toReversed());
  expect(await contentHash(engine, ['t'], columns)).toBe(hash);
  await load('t', [...rows, ...rows.slice(0, 1), ...rows.slice(0, 1)]);
  expect(await contentHash(engine, ['t'], columns)).not.toBe(hash);
});

test('tells NULL and the infinities apart', async () => {
  const of = (fileType: string) => [{ name: 't', fileType }];
  for (const fileType of ['TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'DATE']) {
    const head = JSON.stringify([['t', fileType]]);
    for (const [value, text] of [
      ['NULL', '~;'],
      [`'infinity'`, 'infinity;'],
      [`'-infinity'`, '-infinity;'],
    ] as const) {
      await load('t', [value], of(fileType));
      const sum = (hash128(head) + hash128(text)) % 2n ** 128n;
      expect(await contentHash(engine, ['t'], of(fileType))).toBe(`v3:${sum.toString(16).padStart(32, '0')}`);
    }
  }
});

test('tells apart what looks alike', async () => {
  const two = [
    { name: 'a', fileType: 'VARCHAR' },
    { name: 'b', fileType: 'VARCHAR' },
  ];
  const hashes: string[] = [];
  for (const row of [`'a', 'bc'`, `'ab', 'c'`, `'', NULL`, `NULL, ''`, `'~;', ''`, `'1:a', ''`, `'', '1:a'`]) {
    await load('t', [row], two);
    hashes.push(await contentHash(engine, ['t'], two));
  }
  await load('t', [`'a', 'bc'`], two);
  hashes.push(await contentHash(engine, ['t'], two.map(({ name }) => ({ name, fileType: 'JSON' })).slice(0, 2)));
  const renamed = two.map(({ name, fileType }) => ({ name: `${name}2`, fileType }));
  await load('t', [`'a', 'bc'`], renamed);
  hashes.push(await contentHash(engine, ['t'], renamed));
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('lists and structs are hashed by their parts, as docs/formats.md defines', async () => {
  const nested = [
    { name: 'id', fileType: 'INTEGER' },
    { name: 'tags', fileType: 'VARCHAR[]' },
    { name: 'place', fileType: 'STRUCT(street VARCHAR, "no" INTEGER[])' },
  ];
  await load(
    'n',
    [`1, ['a', NULL], {'street': 'é', 'no': [7]}`, `2, [], NULL`, `3, NULL, {'street': NULL, 'no': NULL}`],
    nested.map((column) => column),
  );
  const head = JSON.stringify(nested.map(({ name, fileType }) => [name, fileType]));
  const sum = [head, '1;[2;1:a~;(2:é[1;7;', '2;[0;~;', '3;~;(~;~;'].reduce((total, text) => total + hash128(text), 0n);
  expect(await contentHash(engine, ['n'], nested)).toBe(`v3:${(sum % 2n ** 128n).toString(16).padStart(32, '0')}`);
});
