import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { JsonRow } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import { checkOf, compile } from './compile.ts';
import { growthOf } from './growth.ts';

test('500,000 errors in one row: bounded in number, their cost no more than linear', async () => {
  const { check } = await compile({ type: 'object', additionalProperties: { type: 'integer' } });
  const rowOf = (errors: number) =>
    Object.fromEntries(Array.from({ length: errors }, (_, index) => [`k${index}`, 'x']));
  const violations = check(rowOf(500_000));
  expect(violations.length).toBeGreaterThan(0);
  expect(violations.length).toBeLessThanOrEqual(100);
  const growth = growthOf(100_000, (errors) => {
    const row = rowOf(errors);
    return () => check(row);
  });
  expect(growth).toBeLessThan(50);
});

test('500,000 different objects are found unique, at a linear cost', async () => {
  const check = await checkOf({ type: 'array', uniqueItems: true });
  const itemsOf = (count: number) => Array.from({ length: count }, (_, id) => ({ id }));
  expect(check(itemsOf(500_000))).toEqual([]);
  expect(
    check([
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]),
  ).toEqual(['uniqueItems']);
  const growth = growthOf(100_000, (count) => {
    const items = itemsOf(count);
    return () => check(items);
  });
  expect(growth).toBeLessThan(50);
});

test('a document nested 100,000 levels deep is a violation, not a crash', async () => {
  const { check } = await compile({
    $ref: '#/$defs/any',
    $defs: { any: { items: { $ref: '#/$defs/any' }, additionalProperties: { $ref: '#/$defs/any' } } },
  });
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  expect(check({ a: deep })).toMatchObject([{ keyword: 'depth' }]);
  expect(check({ a: [1] })).toEqual([]);
});

test('multipleOf counts decimals as they are written', async () => {
  const check = await checkOf({ type: 'number', multipleOf: 0.01 });
  for (const value of [1.13, 0, -4.35, 1e21, 123456789.13]) expect([value, check(value)]).toEqual([value, []]);
  for (const value of [1.135, 1e-9, 1.1300000000001]) expect([value, check(value)]).toEqual([value, ['multipleOf']]);
});

test('notInFuture compares with the session’s instant, to the microsecond', async () => {
  const check = await checkOf({ type: 'string', notInFuture: true });
  const past = [
    '2025-10-27T10:00:00.123456Z',
    '2025-10-27T10:00:00.12Z',
    '2025-10-27',
    '2025-10-27T10:00:00',
    '2025-10-27T12:00:00+02:00',
    '0044-03-15 BC',
    'no date',
  ];
  const future = [
    '2025-10-27T10:00:00.123457Z',
    '2025-10-27T10:00:00.2Z',
    '2025-10-28',
    '2025-10-27T10:00:01',
    '2025-10-27T12:00:01+02:00',
    '12345-01-01T00:00:00Z',
    'infinity',
  ];
  for (const value of past) expect([value, check(value)]).toEqual([value, []]);
  for (const value of future) expect([value, check(value)]).toEqual([value, ['notInFuture']]);
});

test('notInFuture takes a tolerance in seconds, and false for none', async () => {
  const tolerant = await checkOf({ notInFuture: 60 });
  expect(tolerant('2025-10-27T10:01:00.123456Z')).toEqual([]);
  expect(tolerant('2025-10-27T10:01:00.123457Z')).toEqual(['notInFuture']);
  const off = await checkOf({ notInFuture: false });
  expect(off('2999-01-01T00:00:00Z')).toEqual([]);
});

test('an anyOf that no alternative keeps is one reason; inside of a document each place is told', async () => {
  const { check } = await compile({
    $defs: { low: { maximum: 1 } },
    properties: {
      a: { anyOf: [{ type: 'null' }, { minimum: 5, multipleOf: 5 }, { anyOf: [{ const: 3 }, { const: 4 }] }] },
      b: { anyOf: [{ $ref: '#/$defs/low' }, { minimum: 3 }] },
      doc: { anyOf: [{ required: ['x'] }, { properties: { y: { type: 'string' } } }] },
      list: { items: { oneOf: [{ type: 'string' }, { minimum: 7 }] } },
    },
    anyOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 1 } } }],
  });
  const told = (row: JsonRow) => check(row).map(({ pointer, message }) => `${pointer} ${message}`);
  expect(told({ a: 2, b: 2, doc: { y: 1 }, list: ['s', 1, 2] })).toEqual([
    ' must hold to one of these: a must be 1; b must be 1',
    '/a must be null, or be >= 5 and be multiple of 5, or be 3, or be 4',
    '/b must be <= 1',
    '/b must be >= 3',
    '/b must match a schema in anyOf',
    '/doc/x must be there',
    '/doc/y must be string',
    '/doc must match a schema in anyOf',
    '/list/0 must match exactly one schema in oneOf',
    '/list/1 must be string, or be >= 7',
    '/list/2 must be string, or be >= 7',
  ]);
});

test('bounds of lengths are told as numbers of what there must be', async () => {
  const { check } = await compile({
    properties: {
      a: { minLength: 1 },
      b: { maxLength: 2 },
      c: { minItems: 1, maxItems: 1000 },
      d: { minProperties: 2 },
      e: { maxProperties: 0 },
    },
  });
  const row = { a: '', b: 'xyz', c: [], d: {}, e: { x: 1 } };
  expect(check(row).map(({ message }) => message)).toEqual([
    'must have at least 1 character',
    'must have at most 2 characters',
    'must have at least 1 item',
    'must have at least 2 members',
    'must have at most 0 members',
  ]);
});

test('an e-mail address is a mailbox of RFC 5321', async () => {
  const email = await checkOf({ format: 'email' });
  for (const text of [
    'joe@example.org',
    '"joe bloggs"@example.org',
    '"a\\"b@c"@example.org',
    '""@example.org',
    'joe@[127.0.0.1]',
    '"joe b"@[IPv6:::1]',
    'joe@[ipv6:2001:db8::1]',
  ]) {
    expect(email(text), text).toEqual([]);
  }
  for (const text of [
    'joe',
    '@example.org',
    'joe@localhost',
    '"joe"bloggs"@example.org',
    '"joe@example.org',
    '"joe\n"@example.org',
    '"jöe"@example.org',
    'joe..b@[127.0.0.1]',
    'joe@[127.0.0.300]',
    'joe@[::1]',
    '"joe"@[x]',
    '"joe"@exa mple.org',
    `"${'\\\\'.repeat(3000)}"@example.org`,
  ]) {
    expect(email(text), text).toEqual(['format']);
  }
});

test('timestamps with a zone are date-time, those without are local-date-time', async () => {
  const zoned = await checkOf({ format: 'date-time' });
  const local = await checkOf({ format: 'local-date-time' });
  for (const value of ['2025-10-27T10:00:00.123456Z', '2024-02-29T23:59:59Z', '2025-01-31T00:00:00+14:00'])
    expect(zoned(value)).toEqual([]);
  for (const value of ['2025-10-27T10:00:00', '2025-02-30T10:00:00Z', '2025-13-01T10:00:00Z', '2025-10-27T24:00:00Z'])
    expect(zoned(value)).toEqual(['format']);
  for (const value of ['2025-10-27T10:00:00', '2024-02-29T10:00:00.123456']) expect(local(value)).toEqual([]);
  for (const value of ['2025-10-27T10:00:00Z', '2025-02-29T10:00:00', '2025-10-27 10:00:00'])
    expect(local(value)).toEqual(['format']);
});

test('messages say what must hold, where, and never the value', async () => {
  const { check } = await compile({
    properties: {
      mail: { type: 'string', format: 'email' },
      level: { enum: ['LOW', 'HIGH', null] },
      data: { properties: { tags: { items: { type: ['string', 'null'] } } } },
    },
  });
  const violations = check({ mail: 'secret@@example', level: 'secret', data: { tags: ['a', 1] } });
  expect(violations).toEqual([
    {
      column: 'mail',
      pointer: '/mail',
      keyword: 'format',
      schemaPath: '#/properties/mail/format',
      message: 'must be in the format email',
    },
    {
      column: 'level',
      pointer: '/level',
      keyword: 'enum',
      schemaPath: '#/properties/level/enum',
      message: 'must be one of LOW, HIGH, null',
    },
    {
      column: 'data',
      pointer: '/data/tags/1',
      keyword: 'type',
      schemaPath: '#/properties/data/properties/tags/items/type',
      message: 'must be string or null',
    },
  ]);
});

test('the demo’s schema takes a good event and names what is wrong with a bad one', async () => {
  const file = fileURLToPath(new URL('../../../schemas/behavioral-event.schema.json', import.meta.url));
  const schema = JSON.parse(await readFile(file, 'utf8'));
  const { check } = await compile(schema, Object.keys(schema.properties));
  const good = {
    id: `c${'a'.repeat(24)}`,
    userId: `c${'b'.repeat(24)}`,
    eventType: 'FLASHCARD_FLIP',
    eventData: { action: 'flip' },
    timestamp: '2025-10-27T09:59:59.999999Z',
    dayOfWeek: 0,
    engagementLevel: null,
    sessionPerformanceScore: 100,
  };
  expect(check(good)).toEqual([]);
  expect(check({ ...good, eventData: '{"action":"flip"}' })).toEqual([]);
  const bad = {
    ...good,
    eventType: 'DANCE',
    eventData: 'x',
    dayOfWeek: 7,
    timeOfDay: 24,
    timestamp: '2025-10-27T11:00:00Z',
    extra: 1,
  };
  const columns = new Set(check(bad).map(({ column }) => column));
  expect(columns).toEqual(new Set(['eventType', 'eventData', 'dayOfWeek', 'timeOfDay', 'timestamp', 'extra']));
});

test('a document with members called toString and valueOf is compared like any other', async () => {
  const check = await checkOf({ enum: [{ toString: 1 }, [{ valueOf: 'x' }]] });
  expect(check({ toString: 1 })).toEqual([]);
  expect(check([{ valueOf: 'x' }])).toEqual([]);
  expect(check({ toString: 2, valueOf: 1 })).toEqual(['enum']);
  expect((await checkOf({ const: {} }))({ valueOf: 1 })).toEqual(['const']);
});
