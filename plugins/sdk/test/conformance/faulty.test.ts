import type { Column, Source, SourceSession, TextBatch, Validator } from '@snapkeep/sdk';
import { SnapkeepError } from '@snapkeep/sdk';
import {
  type ConformanceTest,
  sourceConformance,
  textColumn,
  type ValidatorCase,
  validatorConformance,
} from '@snapkeep/sdk/conformance';
import { expect, test } from 'vitest';

/** Names of the conformance tests that a plugin fails. */
async function failures(tests: readonly ConformanceTest[]): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of tests) await run().catch(() => failed.push(name));
  return failed;
}

const rows: TextBatch = [['1'], ['2'], [null], ['4'], ['5']];

/** A source of one table held in memory, as the contract has it; `faults` put something wrong in its place. */
function memorySource(
  faults: { session?: Partial<SourceSession>; open?: Partial<Source> } = {},
  type: Column['type'] = textColumn('a').type,
): Source {
  return {
    describe: () => 'memory:',
    probe: async () => ({ server: 'memory', relations: ['t'] }),
    async open({ relations }, { signal }) {
      signal.throwIfAborted();
      for (const request of relations) {
        if ('tables' in request && !request.tables.includes('t')) {
          throw new SnapkeepError('SNAPKEEP_TABLE_NOT_FOUND', `none of ${request.tables.join(', ')}`);
        }
      }
      return {
        instant: { time: '2025-10-27T10:00:00.123456Z', server: 'memory' },
        relations: relations.map(() => ({
          kind: 'table',
          name: 't',
          columns: [{ ...textColumn('a'), type }],
          key: [],
          locked: true,
        })),
        jobs: 1,
        async *rows({ filters, limit }, { batchRows }, context) {
          const passing = rows.filter((row) => filters.every(({ value }) => row[0] === value)).slice(0, limit);
          for (let at = 0; at < passing.length; at += batchRows) {
            context.signal.throwIfAborted();
            yield passing.slice(at, at + batchRows);
          }
        },
        finish: async () => {},
        close: async () => {},
        ...faults.session,
      };
    },
    ...faults.open,
  };
}

const sourceFailures = (source: Source) =>
  failures(
    sourceConformance({
      source,
      connection: { url: 'memory:s3cret' },
      known: { request: { tables: ['t'] }, columns: ['a'], key: [], rows },
      secret: 's3cret',
    }),
  );

test('a source as the contract has it passes', async () => {
  expect(await sourceFailures(memorySource())).toEqual([]);
});

/** A source whose one column is said to be of this type, with its rows as bytes too. */
function byteSource(type: Column['type']): Source {
  const bytes: SourceSession['bytes'] = async ({ limit }) => {
    const some = rows.slice(0, limit);
    const csv = some.map(([text]) => (text === null ? '\n' : `\u0001${text}\u0001\n`)).join('');
    return (async function* () {
      yield { bytes: Buffer.from(csv), rows: some.length };
    })();
  };
  return memorySource({ session: { bytes } }, type);
}

const BYTES = 'bytes, where there are any, are the same rows; filters and a limit hold for them too';

test('a source is caught whose bytes hold numbers or truth values in a form of its own', async () => {
  expect(await sourceFailures(byteSource({ kind: 'integer', bits: 32 }))).toEqual([]);
  expect(await sourceFailures(byteSource({ kind: 'numeric' }))).toEqual([]);
  expect(await sourceFailures(byteSource({ kind: 'boolean' }))).toEqual([BYTES]);
});

test('a source is caught that gives larger batches than asked for', async () => {
  const found = await sourceFailures(
    memorySource({
      session: {
        async *rows() {
          yield rows;
        },
      },
    }),
  );
  expect(found).toContain('every row comes once, as texts and nulls, in batches of at most the size asked for');
});

test('a source is caught that uses one array for all its batches', async () => {
  const found = await sourceFailures(
    memorySource({
      session: {
        async *rows() {
          const batch: string[][] = [];
          for (const value of ['1', '2', '3']) {
            batch[0] = [value];
            yield batch;
          }
        },
      },
    }),
  );
  expect(found).toContain('a batch stays as it is when the next ones come');
});

test('a source is caught that ends quietly when it is aborted', async () => {
  const found = await sourceFailures(
    memorySource({
      session: {
        async *rows(_, { batchRows }, { signal }) {
          for (let at = 0; at < rows.length && !signal.aborted; at += batchRows) yield rows.slice(at, at + batchRows);
        },
      },
    }),
  );
  expect(found).toContain('an abort in the middle ends the reading with an error, soon');
});

test('a source is caught that shows a secret or throws what is no coded error', async () => {
  const found = await sourceFailures(
    memorySource({
      open: {
        describe: ({ url = '' }) => url,
        open: async () => {
          throw new Error('no');
        },
      },
    }),
  );
  expect(found).toContain('probe and describe answer, without secrets');
  expect(found).toContain('a table that is not there is SNAPKEEP_TABLE_NOT_FOUND, and the message names it');
});

test('a validator is caught that changes rows, floods, or shows values', async () => {
  const one: ValidatorCase = {
    name: 'one',
    schema: {},
    columns: [textColumn('a')],
    valid: [],
    invalid: [{ row: { a: 'a long secret' }, column: 'a' }],
  };
  const validator: Validator = {
    checkSchema: async () => {},
    compile: async () => ({
      check: (row) => {
        const message = `${row.a} is wrong`;
        Object.assign(row, { a: null });
        const violation = { column: 'a', pointer: '/a', keyword: 'k', schemaPath: '#/k', message };
        return Array.from({ length: 101 }, () => violation);
      },
    }),
  };
  const tests = validatorConformance({
    validator,
    cases: [one],
    badSchemas: [{ nonsense: true }],
    manyErrors: { schema: {}, columns: one.columns, row: { a: 'x' } },
  });
  expect(await failures(tests)).toEqual([
    'one: a row that breaks the schema has violations with column, pointer, keyword, schema path and message',
    'one: rows are not changed, and one verdict does not depend on another',
    'a schema that is not valid is refused with SNAPKEEP_SCHEMA_INVALID, before any row',
    'a row with very many errors gives at most 100 violations',
  ]);
});
