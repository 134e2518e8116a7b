import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ColumnPlan } from '../columns.ts';
import type { TextBatch } from '../source.ts';
import {
  COMPRESSIONS,
  type Compression,
  type StagedRelation,
  type WriteRequest,
  type Writer,
  type WrittenFile,
} from '../writer.ts';
import { createTestContext } from './context.ts';
import { assertPlainJson, type ConformanceTest } from './test-case.ts';

/** Staged rows of its own for one test. */
export interface WriterFixture {
  /** A relation of some rows that the writer can hold. */
  readonly staged: StagedRelation;
  /** One with the same columns and no row. */
  readonly empty: StagedRelation;
  /** A new empty folder, absolute. */
  readonly folder: () => Promise<string>;
  /** Rows of a written file as texts in the forms of `LogicalType`, in the file's order. */
  readonly read: (file: string) => Promise<TextBatch>;
  readonly dispose: () => Promise<void>;
}

export interface WriterConformance {
  readonly writer: Writer;
  readonly setUp: () => Promise<WriterFixture>;
  /** Columns that it must refuse, for each kind that it can't hold exactly; none where it holds all. */
  readonly refused?: readonly ColumnPlan[];
}

export function writerConformance({ writer, setUp, refused = [] }: WriterConformance): ConformanceTest[] {
  const compressions = writer.compressions ?? COMPRESSIONS;
  const within = (work: (fixture: WriterFixture) => Promise<void>) => async () => {
    const fixture = await setUp();
    try {
      await work(fixture);
    } finally {
      await fixture.dispose();
    }
  };

  async function write(
    fixture: WriterFixture,
    staged: StagedRelation,
    compression: Compression = compressions[0] ?? 'none',
  ): Promise<{ readonly directory: string; readonly files: readonly WrittenFile[] }> {
    const directory = await fixture.folder();
    const request: WriteRequest = {
      staged,
      directory,
      baseName: 'conformance',
      compression,
      rowGroupRows: 1_000,
      footer: { test: 'conformance' },
    };
    return { directory, files: await writer.write(request, createTestContext()) };
  }

  return [
    {
      name: 'it refuses no column that it can hold',
      run: within(async ({ staged }) => {
        const refusals = writer.refuse(staged.columns);
        assertPlainJson(refusals, 'refusals');
        assert.deepEqual([...refusals], []);
      }),
    },
    {
      name: 'it refuses what it can’t hold exactly, each column by its name, with a reason',
      run: async () => {
        for (const column of refused) {
          const refusals = writer.refuse([column]);
          assertPlainJson(refusals, 'refusals');
          assert.deepEqual(
            refusals.map((refusal) => refusal.column),
            [column.name],
          );
          assert.match(refusals[0]?.reason ?? '', /\w+ \w+/);
        }
        assert.deepEqual(
          writer.refuse(refused).map(({ column }) => column),
          refused.map(({ name }) => name),
        );
      },
    },
    ...compressions.map(
      (compression): ConformanceTest => ({
        name: `${compression}: every row is in the files, in order, and nothing else is in the folder`,
        run: within(async (fixture) => {
          const { directory, files } = await write(fixture, fixture.staged, compression);
          assert.deepEqual((await readdir(directory)).toSorted(), files.map(({ name }) => name).toSorted());
          assert.equal(
            files.reduce((sum, { rows }) => sum + rows, 0),
            fixture.staged.rows,
          );
          const written: (readonly (string | null)[])[] = [];
          for (const { name, rows } of files) {
            assert.ok(name.startsWith('conformance'), `${name} begins with the base name`);
            const read = await fixture.read(path.join(directory, name));
            assert.equal(read.length, rows);
            written.push(...read);
          }
          assert.deepEqual(written, await all(fixture.staged));
        }),
      }),
    ),
    {
      name: 'the same rows give the same bytes',
      run: within(async (fixture) => {
        const once = await write(fixture, fixture.staged);
        const again = await write(fixture, fixture.staged);
        assert.deepEqual(await hashes(again.directory), await hashes(once.directory));
      }),
    },
    {
      name: 'no rows give a file all the same',
      run: within(async (fixture) => {
        const { directory, files } = await write(fixture, fixture.empty);
        assert.ok(files.length > 0);
        for (const { name, rows } of files) {
          assert.equal(rows, 0);
          assert.deepEqual([...(await fixture.read(path.join(directory, name)))], []);
        }
      }),
    },
  ];
}

async function all(staged: StagedRelation): Promise<(readonly (string | null)[])[]> {
  const rows: (readonly (string | null)[])[] = [];
  for await (const batch of staged.batches(100)) rows.push(...batch);
  return rows;
}

async function hashes(directory: string): Promise<readonly (readonly [string, string])[]> {
  const names = (await readdir(directory)).toSorted();
  return Promise.all(
    names.map(
      async (name): Promise<[string, string]> => [
        name,
        createHash('sha256')
          .update(await readFile(path.join(directory, name)))
          .digest('hex'),
      ],
    ),
  );
}
