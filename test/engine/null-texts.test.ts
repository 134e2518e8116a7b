import { quoteLiteral } from '@snapkeep/sdk';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openEngine } from '../../src/engine/engine.ts';
import { nullTextOf } from '../../src/engine/null-texts.ts';

/** SQL that DuckDB's parser takes whatever characters are in it. */
function literal(value: string): string {
  return value
    .split('\0')
    .map((part) => quoteLiteral(part))
    .join(' || chr(0) || ');
}

const texts = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
  fc.constantFrom('', '\0', '\0\0', '\0a', '\u0001', ' ', '[NaN,"no value"]', 'null', '🙂'),
);
const documents = fc.oneof(
  fc.json(),
  fc.constantFrom('null', '""', '"\\u0000"', '[]', ' null', '["NaN","no value"]', '"no value"'),
);

test.each([
  ['VARCHAR', texts],
  ['JSON', documents],
] as const)('a %s comes back as it was, and NULL as NULL, though none waits as NULL', async (type, values) => {
  const nulls = nullTextOf(type);
  if (!nulls) throw new Error(`${type} has NULLs of its own`);
  const engine = await openEngine();
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(values), { minLength: 1, maxLength: 50 }), async (some) => {
        const rows = some.map((value, n) => `(${n}, ${value === null ? 'NULL' : `(${literal(value)})`}::${type})`);
        const found = await engine.row(`
          SELECT count(*) FILTER (staged IS NULL) AS nulls, any_value(typeof(staged)) AS type,
            count(*) FILTER (${nulls.show('staged')} IS DISTINCT FROM v) AS changed
          FROM (SELECT v, ${nulls.hide('v')} AS staged FROM (VALUES ${rows.join(', ')}) AS t(n, v))`);
        expect(found).toEqual({ nulls: '0', changed: '0', type });
      }),
      { numRuns: 100 },
    );
  } finally {
    engine.close();
  }
});

test('other types wait with their NULLs', () => {
  expect(nullTextOf('BLOB')).toBeUndefined();
  expect(nullTextOf('VARCHAR[]')).toBeUndefined();
});
