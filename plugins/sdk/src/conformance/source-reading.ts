import assert from 'node:assert/strict';
import { isSnapkeepError } from '../errors/error.ts';
import type { TextBatch } from '../source.ts';
import { readCsv } from './read-csv.ts';
import { inAnyOrder, readAll, type SourceBench } from './source-bench.ts';
import { assertEnds, type ConformanceTest } from './test-case.ts';

const WHOLE = { relation: 0, filters: [] } as const;

/** The texts that `ByteFormat` promises, by the kind of the column. */
const PLAIN: Readonly<Record<string, RegExp>> = {
  integer: /^(0|-?[1-9][0-9]*)$/,
  numeric: /^((?!-0(\.0+)?$)-?(0|[1-9][0-9]*)(\.[0-9]+)?|NaN|-?Infinity)$/,
  boolean: /^[tf]$/,
};

/** Reading rows. */
export function readingTests({
  source,
  connection,
  known,
  filtered,
  newContext,
  within,
}: SourceBench): ConformanceTest[] {
  const width = known.columns.length;
  return [
    {
      name: 'every row comes once, as texts and nulls, in batches of at most the size asked for',
      run: () =>
        within([known.request], async (session, context) => {
          const rows = await readAll(session.rows(WHOLE, { batchRows: 2 }, context), 2, width);
          assert.deepEqual(inAnyOrder(rows), inAnyOrder(known.rows));
          assert.ok(rows.flat().includes(null), 'NULL is null, never a text');
          await session.finish(context);
        }),
    },
    {
      name: 'a batch stays as it is when the next ones come',
      run: () =>
        within([known.request], async (session, context) => {
          const batches: TextBatch[] = [];
          const texts: string[] = [];
          for await (const batch of session.rows(WHOLE, { batchRows: 2 }, context)) {
            batches.push(batch);
            texts.push(JSON.stringify(batch));
          }
          assert.deepEqual(
            batches.map((batch) => JSON.stringify(batch)),
            texts,
          );
        }),
    },
    {
      name: 'a relation can be read twice in one session',
      run: () =>
        within([known.request], async (session, context) => {
          const once = await readAll(session.rows(WHOLE, { batchRows: 100 }, context), 100, width);
          const again = await readAll(session.rows(WHOLE, { batchRows: 3 }, context), 3, width);
          assert.deepEqual(inAnyOrder(again), inAnyOrder(once));
        }),
    },
    {
      name: 'bytes, where there are any, are the same rows; filters and a limit hold for them too',
      run: () =>
        within([known.request], async (session, context) => {
          const scans = [WHOLE, { ...WHOLE, limit: 1 }, ...(filtered ? [{ ...WHOLE, filters: filtered.filters }] : [])];
          for (const scan of scans) {
            const batches = await session.bytes?.(scan, 'csv', context);
            if (!batches) return;
            const rows: (string | null)[][] = [];
            for await (const batch of batches) {
              const some = readCsv(new TextDecoder('utf-8', { fatal: true }).decode(batch.bytes));
              assert.equal(some.length, batch.rows, 'a batch holds whole rows, and says how many');
              rows.push(...some);
            }
            const texts = await readAll(session.rows(scan, { batchRows: 100 }, context), 100, width);
            assert.deepEqual(inAnyOrder(rows), inAnyOrder(texts));
            for (const [index, { name, type }] of (session.relations[0]?.columns ?? []).entries()) {
              const plain = PLAIN[type.kind];
              const other =
                plain && rows.map((row) => row[index]).find((text) => text !== null && !plain.test(text ?? ''));
              assert.equal(other, undefined, `bytes hold texts of ${type.kind} columns in one form, of ${name} too`);
            }
          }
        }),
    },
    {
      name: 'a limit bounds the rows',
      run: () =>
        within([known.request], async (session, context) => {
          for (const limit of [1, 3, known.rows.length + 5]) {
            const rows = await readAll(session.rows({ ...WHOLE, limit }, { batchRows: 2 }, context), 2, width);
            assert.equal(rows.length, Math.min(limit, known.rows.length));
          }
        }),
    },
    {
      name: 'filters select rows',
      run: async () => {
        if (!filtered) return;
        await within([known.request], async (session, context) => {
          const scan = { relation: 0, filters: filtered.filters };
          const rows = await readAll(session.rows(scan, { batchRows: 100 }, context), 100, width);
          assert.deepEqual(inAnyOrder(rows), inAnyOrder(filtered.rows));
        });
      },
    },
    {
      name: 'the value of a filter is a value: SQL in it is refused or matches nothing',
      run: () =>
        within([known.request], async (session, context) => {
          const [column = ''] = known.columns;
          for (const value of ["' OR '1'='1", '1 OR 1=1', "'; SELECT 1; --"]) {
            const scan = { relation: 0, filters: [{ column, op: '=' as const, value }] };
            try {
              const rows = await readAll(session.rows(scan, { batchRows: 100 }, context), 100, width);
              assert.deepEqual([...rows], []);
            } catch (error) {
              if (!isSnapkeepError(error)) throw error;
              // The transaction may be over now, as a server has it.
              return;
            }
          }
        }),
    },
    {
      name: 'who leaves in the middle can close at once',
      run: () =>
        within([known.request], async (session, context) => {
          for await (const batch of session.rows(WHOLE, { batchRows: 1 }, context)) {
            assert.equal(batch.length, 1);
            break;
          }
          await assertEnds(session.close(), 'close');
        }),
    },
    {
      name: 'an abort in the middle ends the reading with an error, soon',
      run: async () => {
        const controller = new AbortController();
        const context = newContext(controller.signal);
        const session = await source.open({ connection, relations: [known.request], jobs: 1 }, context);
        try {
          let batches = 0;
          const reading = async () => {
            for await (const _ of session.rows(WHOLE, { batchRows: 1 }, context)) {
              batches += 1;
              controller.abort();
            }
          };
          const ended = reading();
          await assertEnds(ended, 'the reading');
          await assert.rejects(ended, 'an aborted reading must throw, or half a relation would be taken for the whole');
          assert.ok(batches < known.rows.length);
        } finally {
          await assertEnds(session.close(), 'close');
        }
      },
    },
  ];
}
