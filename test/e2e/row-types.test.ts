import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REPOSITORY } from '../host/temp-cli.ts';
import { type CliProject, createCliProject } from '../support/cli-project.ts';

let project: CliProject;
let folder: string;
let path: string;

beforeAll(async () => {
  project = await createCliProject({
    config: {
      datasets: { kinds: { table: 'kinds', onInexact: { num: 'double' } } },
      capabilities: { versionStore: ['git'] },
    },
  });
  // Where the checked files find the packages.
  folder = join(REPOSITORY, '.tmp', `row-types-${process.pid}`);
  await mkdir(folder, { recursive: true });
  await project.database.run(`
    CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE TYPE point2 AS (x int, "y z" numeric(4,1));
    CREATE TABLE kinds (id bigint PRIMARY KEY, small smallint, flag boolean, price numeric(12,2) NOT NULL, num numeric,
      ratio float8, single real, name text NOT NULL, level mood, doc jsonb, code uuid, raw bytea, day date, at_time time,
      moment timestamptz NOT NULL, wall timestamp, span interval, tags text[], numbers bigint[], place point2, period int4range,
      "odd ""name" int, address inet);
    COMMENT ON COLUMN kinds.price IS 'ends */ here';
    INSERT INTO kinds VALUES
      (1, 2, true, 1.50, 1.5, 0.1, 0.5, 'a', 'sad', '{"a": 1}', gen_random_uuid(), '\\x00ff', '2026-01-02', '10:00:00.5',
        now(), '2026-01-02 03:04:05.123456', '1 day 2 hours', '{a,NULL}', '{1,9223372036854775807}', (1, 2.5), '[1,3)', 7, '10.0.0.1/8'),
      (9223372036854775807, NULL, NULL, 2, 'NaN', 'NaN', '-Infinity', 'b', NULL, NULL, NULL, NULL, NULL, NULL, now(), NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL)`);
  path = String((await project.json('export', 'kinds')).data.path);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await project.dispose();
});

function problemsOf(file: string): string[] {
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2024,
    types: [],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/** A value as TypeScript would write it, its class by a declaration of that class. */
function asSource(value: DuckDBValue | undefined): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' && !Number.isFinite(value)) return `Number('${value}')`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const name = value.constructor.name;
  if ('items' in value)
    return `(null! as DuckDBListValue & { readonly items: [${value.items.map(asSource).map(typed).join(', ')}] })`;
  if ('entries' in value && !Array.isArray(value.entries)) {
    const entries = Object.entries(value.entries as Record<string, DuckDBValue>);
    return `(null! as DuckDBStructValue & { readonly entries: { ${entries.map(([key, inner]) => `${JSON.stringify(key)}: ${typed(asSource(inner))}`).join('; ')} } })`;
  }
  return `(null! as ${name})`;
}

/** The type of what was written. */
function typed(source: string): string {
  return /^\(null! as (.*)\)$/s.exec(source)?.[1] ?? source;
}

test('rows of DuckDB’s Node API have the type that is written for them', { timeout: 120_000 }, async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `FROM read_parquet('${project.root}/${path}/kinds.parquet') ORDER BY id`,
  );
  const rows = reader.getRowObjects();
  connection.closeSync();
  expect(rows).toHaveLength(2);
  const { types } = (await project.json('schema', 'types', 'kinds', '--form', 'duckdb')).data as unknown as {
    types: string;
  };
  const literals = rows.map(
    (row) =>
      `{ ${Object.entries(row)
        .map(([key, value]) => `${JSON.stringify(key)}: ${asSource(value)}`)
        .join(', ')} }`,
  );
  const file = join(folder, 'duckdb.ts');
  const imports = types.replace(/import type .*\n/, '');
  const all = [...new Set(literals.join(' ').match(/DuckDB\w+Value/g) ?? [])].concat(
    types.match(/DuckDB\w+Value\b/g) ?? [],
  );
  const text = `import type { ${[...new Set(all)].join(', ')} } from '@duckdb/node-api';\n${imports}
export const rows: KindsDuckDBRow[] = [${literals.join(',\n')}];\n`;
  await writeFile(file, text);
  expect(problemsOf(file)).toEqual([]);
  // The other way round: a wrong value is noticed.
  await writeFile(file, text.replace(/"price": \(null! as DuckDBDecimalValue\)/, '"price": 1.5'));
  expect(problemsOf(file)).toHaveLength(1);
});

test('rows of query --json have the type that is written for them', { timeout: 120_000 }, async () => {
  const { columns, rows } = (await project.json('query', 'FROM kinds ORDER BY id')).data as unknown as {
    columns: { name: string }[];
    rows: unknown[][];
  };
  const objects = rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
  const { types, origin } = (await project.json('schema', 'types', 'kinds', '--form', 'query'))
    .data as unknown as Record<'types' | 'origin', string>;
  expect(origin).toBe('v1');
  const file = join(folder, 'query.ts');
  await writeFile(file, `${types}\nexport const rows: KindsQueryRow[] = ${JSON.stringify(objects, null, 1)};\n`);
  expect(problemsOf(file)).toEqual([]);
});

test('one file a dataset; --check ends with 2 where one is not what it should be', async () => {
  const directory = join(project.root, 'types');
  const run = (...args: string[]) => project.json('schema', 'types', '--directory', directory, ...args);
  expect((await run('--check')).error).toMatchObject({ code: 'SNAPKEEP_TYPES_OUTDATED', exitCode: 2 });
  expect((await run()).data).toMatchObject({
    datasets: [{ dataset: 'kinds', form: 'json', output: join(directory, 'kinds.ts') }],
  });
  expect((await run('--check')).ok).toBe(true);
  await project.database.run(`COMMENT ON COLUMN kinds.name IS 'another'`);
  expect((await run('--check')).error.message).toContain('kinds.ts');
  expect((await project.json('schema', 'types')).error.code).toBe('SNAPKEEP_USAGE');
});
