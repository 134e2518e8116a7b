import { expect, test } from 'vitest';
import { maskText } from '../../src/host/mask.ts';

test.each([
  ['postgres://ada:pw@db:5432/shop', 'postgres://ada:***@db:5432/shop'],
  ['postgres://ada:p@w@db/shop', 'postgres://ada:***@db/shop'],
  ['postgres://ada:p/w@db/shop', 'postgres://ada:***@db/shop'],
  ['postgres://ada:12/w@db/shop', 'postgres://ada:***@db/shop'],
  ['postgres://ada:p%20w@db/shop?x=1#y', 'postgres://ada:***@db/shop?x=1#y'],
  ['postgres://:pw@db/shop', 'postgres://:***@db/shop'],
  ['postgres://db/shop?user=ada&password=pw&a=1', 'postgres://db/shop?user=ada&password=***&a=1'],
  ['host=db user=ada password=pw dbname=shop', 'host=db user=ada password=*** dbname=shop'],
  ['cannot reach "postgres://ada:pw@db/shop", gave up', 'cannot reach "postgres://ada:***@db/shop", gave up'],
])('%s is shown without its password', (text, expected) => {
  expect(maskText(text)).toBe(expected);
});

test.each([
  'postgres://ada@db:5432/shop',
  'http://localhost:5432/x?email=a@b.org',
  'mail ada@example.org about C:/data',
  'pglite:./pgdata',
])('%s has no secret and stays', (text) => {
  expect(maskText(text)).toBe(text);
});
