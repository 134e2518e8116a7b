import assert from 'node:assert/strict';
import { RELATION_KINDS } from '../source.ts';
import { inAnyOrder, readAll, type SourceBench } from './source-bench.ts';
import { assertFails, assertPlainJson, type ConformanceTest } from './test-case.ts';

const NOT_THERE = 'snapkeep_conformance_not_there';

/** Opening, looking around, ending. */
export function sessionTests({
  source,
  connection,
  known,
  other,
  change,
  secret,
  newContext,
  within,
}: SourceBench): ConformanceTest[] {
  const second = other ?? known;
  return [
    {
      name: 'a session describes the relation: kind, columns in order, key',
      run: () =>
        within([known.request], async ({ relations, jobs }) => {
          assert.equal(relations.length, 1);
          const [relation] = relations;
          assert.ok(relation && RELATION_KINDS.includes(relation.kind));
          assert.deepEqual(
            relation.columns.map(({ name }) => name),
            [...known.columns],
          );
          assert.deepEqual([...relation.key], [...known.key]);
          assert.equal(jobs, 1);
        }),
    },
    {
      name: 'what goes into the plan is plain JSON, and the instant is UTC with microseconds',
      run: () =>
        within([known.request], async ({ relations, instant }) => {
          assertPlainJson(relations, 'relations');
          assertPlainJson(instant, 'the instant');
          assert.match(instant.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
          assert.notEqual(instant.server, '');
        }),
    },
    {
      name: 'a table that is not there is SNAPKEEP_TABLE_NOT_FOUND, and the message names it',
      run: async () => {
        const request = { connection, relations: [{ tables: [NOT_THERE, `${NOT_THERE}_2`] }], jobs: 1 };
        const error = await assertFails(async () => {
          const session = await source.open(request, newContext());
          await session.close();
        }, 'SNAPKEEP_TABLE_NOT_FOUND');
        assert.ok(error.message.includes(NOT_THERE) && error.message.includes(`${NOT_THERE}_2`), error.message);
      },
    },
    {
      name: 'of several names the first that exists is taken',
      run: async () => {
        if (!('tables' in known.request)) return;
        await within([{ tables: [NOT_THERE, ...known.request.tables] }], async ({ relations }) => {
          assert.equal(relations[0]?.columns.length, known.columns.length);
        });
      },
    },
    {
      name: 'two relations of one session are read at one instant, in the order asked for',
      run: () =>
        within([known.request, second.request], async (session, context) => {
          for (const [index, { columns, rows }] of [known, second].entries()) {
            const scan = { relation: index, filters: [] };
            const read = await readAll(session.rows(scan, { batchRows: 100 }, context), 100, columns.length);
            assert.deepEqual(inAnyOrder(read), inAnyOrder(rows));
          }
          await session.finish(context);
        }),
    },
    {
      name: 'parts, where a scan may be cut, are together the whole',
      run: async () => {
        const context = newContext();
        const session = await source.open({ connection, relations: [known.request], jobs: 3 }, context);
        try {
          const scan = { relation: 0, filters: [] };
          const { parts, reason } = (await session.parts?.(scan, context)) ?? { parts: 1, reason: 'never' };
          assert.ok(parts > 1 || reason, 'one part needs a reason');
          const read: (readonly (string | null)[])[] = [];
          for (let index = 0; index < parts; index += 1) {
            const part = parts > 1 ? { part: { index, of: parts } } : {};
            const rows = session.rows({ ...scan, ...part }, { batchRows: 100 }, context);
            read.push(...(await readAll(rows, 100, known.columns.length)));
          }
          assert.deepEqual(inAnyOrder(read), inAnyOrder(known.rows));
          await session.finish(context);
        } finally {
          await session.close();
        }
      },
    },
    {
      name: 'what changes at the server after the opening is not seen',
      run: async () => {
        if (!change) return;
        await within([known.request], async (session, context) => {
          await change();
          const scan = { relation: 0, filters: [] };
          const read = await readAll(session.rows(scan, { batchRows: 100 }, context), 100, known.columns.length);
          assert.deepEqual(inAnyOrder(read), inAnyOrder(known.rows));
        });
      },
    },
    {
      name: 'close may be called twice, after finish and without it',
      run: async () => {
        await within([known.request], async (session, context) => {
          await session.finish(context);
          await session.close();
        });
        await within([known.request], async (session) => session.close());
      },
    },
    {
      name: 'a run that was aborted opens no session',
      run: async () => {
        const request = { connection, relations: [known.request], jobs: 1 };
        await assert.rejects(async () => {
          const session = await source.open(request, newContext(AbortSignal.abort()));
          await session.close();
        });
      },
    },
    {
      name: 'probe and describe answer, without secrets',
      run: async () => {
        const context = newContext();
        const facts = await source.probe(connection, context);
        assertPlainJson(facts, 'facts');
        assert.ok(facts.relations.length <= 1_000);
        const shown = source.describe(connection, context);
        assert.notEqual(shown, '');
        const said = JSON.stringify([shown, facts, context.messages]);
        if (secret !== undefined) assert.ok(!said.includes(secret), 'a secret was shown');
      },
    },
  ];
}
