import path from 'node:path';
import { expect, test } from 'vitest';
import { dirtyProject, type Exported } from './support/dirty-orders.ts';
import { duckdb } from './support/parquet.ts';

test('validate checks a version, or any Parquet file, by today’s schema or one that is given', async () => {
  const project = await dirtyProject({ onInvalid: 'drop' });
  await project.database.run(
    `ALTER TABLE orders ADD COLUMN took interval DEFAULT '1 year 2 hours', ADD COLUMN tags text[] DEFAULT '{a,NULL}', ADD COLUMN tooks interval[] DEFAULT '{1 day,NULL}', ADD COLUMN wide numeric DEFAULT repeat('9', 40)::numeric`,
  );
  const { path: folder } = await project.data<Exported>('export', 'orders');
  const file = path.join(project.root, folder, 'orders.parquet');
  expect(await project.data('validate', 'orders', '--at', 'v1')).toMatchObject({
    dataset: 'orders',
    version: 1,
    file: null,
    rows: 35,
    schema: 'orders.schema.json',
  });
  const took = { pattern: '^P1YT2H$' };
  const tags = { items: { type: ['string', 'null'], pattern: '^a$' }, minItems: 2 };
  const tooks = { items: { enum: ['P1D', null] }, minItems: 2 };
  await project.write({
    'kept.json': {
      properties: { took, tags, tooks, wide: { type: 'number' }, created_at: { type: 'string', notInFuture: true } },
    },
    'next.json': { properties: { amount: { maximum: 40 }, details: { required: ['lines', 'note'] } } },
  });
  expect(await project.data('validate', 'orders', '--at', 'v1', '--schema', 'kept.json')).toMatchObject({ rows: 35 });
  const failure = await project.failure('validate', 'orders', '--at', 'v1', '--schema', 'next.json');
  expect(failure).toMatchObject({
    code: 'SNAPKEEP_ROWS_INVALID',
    exitCode: 3,
    details: {
      read: 35,
      causes: [
        { pointer: '/details/note', rows: 35 },
        { column: 'amount', rows: 8 },
      ],
    },
  });
  expect(failure.message).toMatch(/^35 rows of 35 break the schema of orders v1: details\/note must be there/);

  expect(await project.data('validate', '--file', file, '--schema', 'orders.schema.json')).toMatchObject({
    dataset: null,
    file,
    rows: 35,
  });
  expect(await project.data('validate', '--file', file, '--schema', 'kept.json')).toMatchObject({ rows: 35 });
  const strange = path.join(project.root, 'strange.parquet');
  await duckdb(`COPY (SELECT 1::UTINYINT AS a, {x: [1.5, NULL], "Y": DATE '2020-01-01'} AS b, MAP {'k': 1} AS c, 'é' AS "d e",
    TIMESTAMPTZ '2999-01-01 00:00:00Z' AS t, '2020-01-01'::TIMESTAMP_NS AS ns, '{"in": [3]}'::JSON AS j) TO '${strange}' (FORMAT parquet)`);
  await project.write({
    'strange.json': {
      properties: {
        a: { const: 1 },
        b: { const: { x: [1.5, null], Y: '2020-01-01' } },
        'd e': { maxLength: 1 },
        t: { format: 'date-time' },
        j: { properties: { in: { items: { maximum: 2 } } } },
        ns: { format: 'local-date-time' },
      },
    },
  });
  const refused = await project.failure('validate', '--file', strange, '--schema', 'strange.json');
  expect(refused.details).toMatchObject({ causes: [{ pointer: '/j/in/0', examples: [{ row: 1, value: '3' }] }] });
  expect(refused.details.causes).toHaveLength(1);
  for (const wrong of [
    ['validate'],
    ['validate', '--file', strange],
    ['validate', '--file', path.join(project.root, 'strange.json'), '--schema', 'strange.json'],
    ['validate', 'orders', '--at', 'v1', '--days', '3'],
    ['validate', 'orders', '--at', 'v1', '--file', strange],
  ]) {
    expect(await project.failure(...wrong), wrong.join(' ')).toMatchObject({ code: 'SNAPKEEP_USAGE', exitCode: 2 });
  }
});
