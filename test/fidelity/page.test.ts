import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareTool, createTables, valuesOf } from '../../scripts/fidelity/compare.ts';
import type { Exporter } from '../../scripts/fidelity/exporter.ts';
import { readPage, readReport } from '../../scripts/fidelity/files.ts';
import { page } from '../../scripts/fidelity/page.ts';
import { exportDataset } from '../../src/pipeline/export/export.ts';
import type { ExportRequest } from '../../src/pipeline/export/request.ts';
import { startPostgres, type TestDatabase } from '../support/postgres.ts';
import { testRuntime } from '../support/runtime.ts';
import { CASES, type TypeCase } from './cases.ts';

const report = await readReport();
/** The page is of one server; others differ in texts and types. */
const major = Math.floor((await (await startPostgres()).version()) / 10_000);
const isItsServer = report.server.startsWith(`PostgreSQL ${major}.`);

let database: TestDatabase;
let root: string;

beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  root = await mkdtemp(join(tmpdir(), 'snapkeep-page-'));
});
afterAll(async () => {
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

/** The pipeline without a process of its own, which is what takes the time. */
function exporterWith(onInexact: ExportRequest['onInexact'] = undefined): Exporter {
  return {
    export: async ({ table, id, out }) => {
      const { path, files } = await exportDataset(testRuntime(root, { url: database.url }), {
        name: table,
        version: false,
        onInexact,
        ...(id === null ? {} : { where: [`id=${id}`] }),
      });
      await copyFile(join(root, path, files[0]?.path ?? ''), out);
    },
    close: async () => undefined,
  };
}
const exporter = exporterWith();

function cellsOf({ name }: TypeCase) {
  return report.cases.find((one) => one.name === name)?.results.snapkeep?.cells ?? [];
}

test('docs/fidelity.md is made of docs/fidelity.json, and both of today’s cases', async () => {
  expect(await readPage()).toBe(page(report));
  expect(report.cases.map(({ name, values }) => [name, values.length])).toEqual(
    CASES.map((one) => [one.name, valuesOf(one).length]),
  );
});

test.runIf(isItsServer)(
  'its column snapkeep says what snapkeep does: run npm run fidelity where it doesn’t',
  async () => {
    const held = CASES.map(({ refused: _refused, ...one }) => one);
    const client = await database.client();
    await createTables(client, held);
    const results = await compareTool({ id: 'snapkeep', exporter }, client, root, held);
    for (const one of CASES) {
      const said = cellsOf(one).map(({ verdict }) => verdict);
      const found = results.get(one.name)?.cells.map(({ verdict }) => verdict) ?? [];
      expect([one.name, ...found.slice(0, -1), found.at(-1)]).toEqual([
        one.name,
        ...said.slice(0, one.values.length),
        said.at(-1),
      ]);
    }
  },
  300_000,
);

test.runIf(isItsServer)(
  'what it says is rejected is refused, value by value, and held as text where a policy says so',
  async () => {
    const client = await database.client();
    const refused: TypeCase[] = [];
    for (const one of CASES) {
      for (const [index, value] of (one.refused ?? []).entries()) {
        const name = `${one.name}_refused_${index}`;
        refused.push({ name, sql: one.sql, values: [value] });
        expect([name, cellsOf(one)[one.values.length + index]?.verdict]).toEqual([name, 'rejected']);
      }
    }
    await createTables(client, refused);
    for (const { name } of refused) {
      const export_ = exporter.export({ table: `case_${name}`, id: null, out: join(root, name) });
      await expect(export_, name).rejects.toMatchObject({ code: 'SNAPKEEP_VALUE_INEXACT' });
    }
    const results = await compareTool(
      { id: 'text', exporter: exporterWith([{ key: 'v', policy: 'string' }]) },
      client,
      root,
      refused,
    );
    for (const [name, { cells }] of results) expect([name, cells[0]?.verdict]).toEqual([name, 'annotated']);
  },
  300_000,
);
