import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonSchema } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliProject, createCliProject } from '../../support/cli-project.ts';

let project: CliProject;
let file: string;

beforeAll(async () => {
  project = await createCliProject({ rows: 400, config: { capabilities: { versionStore: ['git'] } } });
  file = join(project.root, 'schemas', 'customer.schema.json');
  await project.database.run(`
    CREATE DOMAIN email AS text CHECK (VALUE ~ '^[^@ ]+@[^@ ]+$');
    CREATE TABLE customer (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), mail email NOT NULL, level text NOT NULL,
      balance numeric(12,2) CHECK (balance >= 0), score int CHECK (score BETWEEN 0 AND 100), seen timestamptz,
      "from" date, until date, doc jsonb, CHECK (until >= "from"), CHECK (level <> 'vip' OR score IS NOT NULL));
    COMMENT ON COLUMN customer.mail IS 'For invoices';
    INSERT INTO customer (mail, level, balance, score, seen, doc)
      SELECT 'c' || i || '@example.org', (ARRAY['new', 'vip'])[1 + i % 2], i, i % 90, '2025-01-01', '{"a": 1}'
      FROM generate_series(1, 200) i`);
});
afterAll(() => project.dispose());

const infer = (...args: string[]) => project.json('schema', 'infer', 'customer', ...args);
// biome-ignore format: one line a schema
const propertyOf = ({ data }: { data: Record<string, unknown> }, name: string) => (data.schema as { properties: Record<string, unknown> }).properties[name];

test('CHECK constraints of the table and of domains become keywords, the others are listed; every row passes', async () => {
  const result = await infer('-o', file);
  expect(propertyOf(result, 'mail')).toMatchObject({
    type: 'string',
    pattern: '^[^@ ]+@[^@ ]+$',
    description: 'For invoices',
  });
  expect(propertyOf(result, 'balance')).toEqual({
    anyOf: [{ type: ['number', 'null'], minimum: 0 }, { enum: ['NaN'] }],
    'x-source-type': 'numeric(12,2)',
  });
  expect(propertyOf(result, 'score')).toMatchObject({ minimum: 0, maximum: 100 });
  expect(result.data).toMatchObject({
    origin: 'catalog',
    rerun: null,
    checks: { expressed: 4, unexpressed: [{ sql: '(until >= "from")', columns: ['until', 'from'] }] },
    schema: { allOf: [{ anyOf: [{ properties: { level: { not: { enum: ['vip'] } } } }, {}] }] },
  });
  expect((await project.json('schema', 'check', '--file', file)).ok).toBe(true);
  await project.write({
    'snapkeep.config.json': {
      datasets: { customer: { table: 'customer', schema: 'schemas/customer.schema.json' } },
      capabilities: { versionStore: ['git'] },
    },
  });
  expect((await project.json('validate', 'customer')).data).toMatchObject({ rows: 200, rejected: 0 });
});

test('a re-run brings in what has changed in the catalog and keeps what was written by hand', async () => {
  const before = await readFile(file, 'utf8');
  expect((await infer('-o', file)).data.rerun).toEqual({ added: [], changed: [], removed: [], kept: [] });
  expect(await readFile(file, 'utf8')).toBe(before);
  const schema = JSON.parse(before);
  schema.properties.level = { enum: ['new', 'vip'], title: 'Level' };
  schema.properties.mail.format = 'email';
  schema['x-owner'] = 'sales';
  delete schema.description;
  await writeFile(file, JSON.stringify(schema));
  await project.database.run(`ALTER TABLE customer ADD COLUMN vat text, DROP COLUMN "from", ALTER COLUMN score TYPE bigint,
    ALTER COLUMN mail DROP NOT NULL`);
  const { data } = await infer('-o', file);
  expect(data.rerun).toEqual({
    added: ['/properties/vat'],
    changed: ['/properties/score'],
    removed: ['/properties/from', '/x-not-expressed'],
    kept: ['/properties/mail'],
  });
  const after = JSON.parse(await readFile(file, 'utf8'));
  expect(after.properties.level).toEqual({ enum: ['new', 'vip'], title: 'Level' });
  expect(after.properties.mail).toMatchObject({ type: 'string', format: 'email' });
  expect(after['x-owner']).toBe('sales');
  expect(after.required).toEqual(['id', 'mail', 'level', 'balance', 'score', 'seen', 'until', 'doc', 'vat']);
  expect((await infer('-o', file)).data.rerun).toEqual({ added: [], changed: [], removed: [], kept: [] });
});

test('the rows suggest what they have in common; no row breaks what was taken from them', async () => {
  const { data } = await infer('--profile-rows', '--accept', '*', '-o', file, '--force');
  const { rows, suggestions } = data.profile as unknown as {
    rows: number;
    suggestions: { column: string; kind: string; schema: unknown; evidence: string }[];
  };
  expect(rows).toBe(200);
  const of = (column: string) => suggestions.filter((found) => found.column === column).map(({ kind }) => kind);
  expect([of('mail'), of('level'), of('score'), of('seen'), of('doc'), of('vat'), of('id')]).toEqual([
    ['not null', 'pattern'],
    ['set'],
    ['not null', 'range'],
    ['not null', 'past'],
    ['document'],
    [],
    [],
  ]);
  expect(suggestions.find(({ kind }) => kind === 'set')).toMatchObject({
    schema: { enum: ['new', 'vip'] },
    evidence: '2 different values in 200: new, vip',
  });
  expect((await project.json('validate', 'customer')).data).toMatchObject({ rows: 200, rejected: 0 });
  const accepted = propertyOf(await infer('-o', file), 'score');
  expect(accepted).toMatchObject({ minimum: 0, maximum: 89 });
  await project.database.run('UPDATE customer SET score = 95 WHERE score = 3');
  const again = await infer('--profile-rows', '--accept', 'score', '-o', file);
  expect(propertyOf(again, 'score')).toMatchObject({ minimum: 0, maximum: 95 });
  expect(propertyOf(again, 'level')).toMatchObject({ enum: ['new', 'vip'] });
  expect((await infer('--profile-rows', '--limit', '19')).data.profile).toEqual({ rows: 19, suggestions: [] });
  expect((await infer('--profile', '--limit', '19')).data.profile).toMatchObject({ rows: 19 });
  expect((await infer('--profile-rows', '--accept', 'levle')).error).toMatchObject({ code: 'SNAPKEEP_COLUMN_UNKNOWN' });
});

test('the file that the configuration names need not be there yet', async () => {
  await project.write({
    'snapkeep.config.json': {
      datasets: { customer: { table: 'customer', schema: 'schemas/new.schema.json' } },
      capabilities: { versionStore: ['git'] },
    },
  });
  const output = join(project.root, 'schemas', 'new.schema.json');
  expect((await infer('--profile-rows', '-o', output)).data).toMatchObject({ output, profile: { rows: 200 } });
  expect((await project.json('validate', 'customer')).data).toMatchObject({ rejected: 0 });
});

test('a CHECK with OR or NOT over one column is said in that column, and what breaks it is one rule', async () => {
  await project.database.run(`CREATE TABLE checked (id int PRIMARY KEY,
    qty int CHECK (qty > 0 OR qty IS NULL), level int CHECK (level = 1 OR level = 2 OR level BETWEEN 10 AND 20), neg int CHECK (NOT neg < 0),
    word text CHECK (word !~ 'bad') CHECK (word IN ('good', 'bad', 'so')), price numeric(6,2) CHECK (price = 1 OR price > 5) CHECK (price IN (1, 3, 7)),
    a int, b int, CHECK (a > 0 OR b > 0));
    INSERT INTO checked VALUES (1, NULL, 12, NULL, 'good', 7, 1, 1), (2, 5, 2, 0, NULL, 1, NULL, -1)`);
  const schema = (await project.json('schema', 'infer', 'checked')).data.schema as unknown as JsonSchema;
  expect(schema).toMatchObject({
    properties: {
      qty: { type: ['integer', 'null'], anyOf: [{ type: 'null' }, { exclusiveMinimum: 0 }] },
      level: { anyOf: [{ enum: [1, null, 2] }, { allOf: [{}, {}] }] },
      neg: { not: {} },
      word: { enum: ['good', 'bad', 'so', null], anyOf: [{ type: 'null' }, { not: { pattern: 'bad' } }] },
      price: { enum: [1, 3, 7, null] },
    },
    allOf: [{ $comment: expect.stringContaining('CHECK checked_check') }],
  });
  await project.write({ 'checked.json': { ...schema, additionalProperties: true } });
  const validate = ['validate', 'checked', '--schema', 'checked.json'];
  expect((await project.json(...validate)).data).toMatchObject({ rows: 2, rejected: 0 });
  await project.database.run(`CREATE TABLE unchecked AS TABLE checked; DROP TABLE checked; ALTER TABLE unchecked RENAME TO checked;
    INSERT INTO checked VALUES (3, -1, 5, -2, 'bad', 3, 0, 0)`);
  const { error } = await project.json(...validate);
  const { causes } = error.details as unknown as { causes: { column: string; message: string }[] };
  expect(causes.map(({ column, message }) => `${column} ${message}`).sort()).toEqual([
    ' must hold to one of these: a must be null, or be > 0; b must be null, or be > 0',
    'level must be one of 1, null, 2, or be null, or be >= 10',
    'neg must not hold to {"allOf":[{"not":{"type":"null"}},{"exclusiveMaximum":0,"type":"number"}]}',
    'price must be one of 1, null, or be null, or be > 5, or be one of NaN, Infinity',
    'qty must be null, or be > 0',
    'word must be null, or not hold to {"pattern":"bad"}',
  ]);
});

test('a hand-written schema is completed with --merge only', async () => {
  const own = join(project.root, 'own.json');
  await writeFile(own, '{"properties": {"mail": {"format": "email"}}, "required": ["mail"]}');
  expect((await infer('-o', own)).error).toMatchObject({
    code: 'SNAPKEEP_USAGE',
    hint: expect.stringContaining('--merge'),
  });
  await infer('-o', own, '--merge');
  const merged = JSON.parse(await readFile(own, 'utf8'));
  expect(merged.properties.mail).toEqual({ format: 'email' });
  expect(merged.required).toContain('level');
  expect((await infer('-o', own)).ok).toBe(true);
});

test('a Prisma model says the same as the table that Prisma makes of it; no connection is opened', async () => {
  await project.write({
    'schema.prisma': `datasource db {
  provider = "postgresql"
}
enum Quality {
  RUSHED
  NORMAL @map("normal")
}
/// One thing that a student did.
model BehavioralEvent {
  id String @id @default(cuid()) /// A CUID
  userId String @map("user_id") @db.VarChar(30)
  quality Quality?
  score Decimal? @db.Decimal(5, 2)
  tags String[]
  data Json
  at DateTime @default(now()) @db.Timestamptz(6)
  user User @relation(fields: [userId], references: [id])
  @@map("behavioral_events")
}
model User {
  id String @id
  events BehavioralEvent[]
}
`,
  });
  await project.database.run(`CREATE TYPE "Quality" AS ENUM ('RUSHED', 'normal');
    CREATE TABLE behavioral_events (id text PRIMARY KEY, user_id varchar(30) NOT NULL, quality "Quality", score decimal(5,2),
      tags text[], data jsonb NOT NULL, at timestamptz(6) NOT NULL DEFAULT now());
    COMMENT ON TABLE behavioral_events IS 'One thing that a student did.';
    COMMENT ON COLUMN behavioral_events.id IS 'A CUID'`);
  const prisma = ['--from-prisma', join(project.root, 'schema.prisma'), '--url', 'postgres://127.0.0.1:1/none'];
  const fromPrisma = await project.json('schema', 'infer', 'behavioral_events', ...prisma);
  const fromCatalog = await project.json('schema', 'infer', 'behavioral_events');
  const plain = ({ schema }: Record<string, never>) =>
    JSON.parse(JSON.stringify(schema, (key, value) => (/^x-(source-type|inferred)$/.test(key) ? undefined : value)));
  const { additionalProperties, ...catalog } = plain(fromCatalog.data);
  expect(additionalProperties).toBe(false);
  expect(plain(fromPrisma.data)).toEqual(catalog);
  const missing = await project.json('schema', 'infer', 'Behaviour', ...prisma);
  expect(missing.error).toMatchObject({
    code: 'SNAPKEEP_TABLE_NOT_FOUND',
    hint: expect.stringContaining('BehavioralEvent'),
  });
  await project.write({ 'broken.prisma': 'model A {\n  id Strin @id\n}\n' });
  const broken = await project.json('schema', 'infer', 'A', '--from-prisma', 'broken.prisma');
  expect(broken.error).toMatchObject({ code: 'SNAPKEEP_SCHEMA_INVALID', message: expect.stringContaining('line 2') });
});

test('a snapshot’s own file gives its columns, key and source types, and its rows to profile', async () => {
  const { data } = await project.json('export', 'customer', '--no-version');
  const parquet = join(project.root, String(data.path), 'customer.parquet');
  const result = await infer('--from-parquet', parquet, '--profile-rows', '--url', 'postgres://127.0.0.1:1/none');
  expect(result.data).toMatchObject({ origin: 'parquet', profile: { rows: 200 }, schema: { 'x-key': ['id'] } });
  expect(propertyOf(result, 'mail')).toMatchObject({ type: ['string', 'null'], 'x-source-type': 'email' });
  expect((await infer('--from-parquet', 'schema.prisma')).error).toMatchObject({ code: 'SNAPKEEP_USAGE', exitCode: 2 });
});
