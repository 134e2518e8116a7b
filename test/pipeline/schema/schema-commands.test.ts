import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliProject, createCliProject } from '../../support/cli-project.ts';

let project: CliProject;

beforeAll(async () => {
  project = await createCliProject({ rows: 300, config: { capabilities: { versionStore: ['git'] } } });
  await project.database.run(`CREATE TABLE "Order ""x""" (
    id bigint PRIMARY KEY, "we""ird \`\${x}\`" varchar(7) NOT NULL, doc jsonb, at timestamptz, day date, score float8,
    tags text[], "__proto__" text)`);
  await project.database.run(`COMMENT ON COLUMN "Order ""x""".doc IS 'ends */ export const evil = 1; /* here'`);
  await project.database.run(`INSERT INTO "Order ""x""" VALUES
    (1, 'a', '[1]', 'infinity', '-infinity', 'NaN', '{a,b}', 'p'),
    (9223372036854775807, '💥', 'null', '0044-03-15 00:00:00+00 BC', '4713-01-01 BC', '-Infinity', NULL, NULL)`);
});

afterAll(() => project.dispose());

describe('schema infer', () => {
  test('prints the catalog as a JSON Schema that the CLI itself takes', async () => {
    const { stdout, stderr, exitCode } = await project.run('schema', 'infer', 'BehavioralEvent');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/timestamp +timestamp with time zone +→ INT64/);
    const schema = JSON.parse(stdout);
    expect(schema).toMatchObject({ title: 'behavioralevent', 'x-key': ['id'], 'x-time': 'timestamp' });
    expect(schema.properties.completionQuality.enum).toEqual(['RUSHED', 'NORMAL', 'THOROUGH', null]);
    expect(schema.properties.dayOfWeek).toMatchObject({ type: ['integer', 'null'], description: '0 is Monday' });
    await writeFile(join(project.root, 'printed.json'), stdout);
    expect((await project.json('schema', 'check', '--file', 'printed.json')).ok).toBe(true);
  });

  test('whatever the server can hold passes it: infinity, BC, NaN, the document null', async () => {
    const { ok, data } = await project.json('validate', 'Order "x"');
    expect([ok, data]).toMatchObject([true, { rows: 2, rejected: 0, schema: 'inferred' }]);
  });

  test('writes a file, its folder too, and replaces one only when told to', async () => {
    const file = join(project.root, 'made', 'inferred.json');
    const infer = (...more: string[]) => project.json('schema', 'infer', 'behavioral_events', '-o', file, ...more);
    expect((await infer()).data).toMatchObject({ relation: 'public.BehavioralEvent', output: file });
    const first = await readFile(file, 'utf8');
    await writeFile(file, 'by hand');
    expect((await infer()).error).toMatchObject({ code: 'SNAPKEEP_USAGE', exitCode: 2 });
    expect(await readFile(file, 'utf8')).toBe('by hand');
    await infer('--force');
    expect(await readFile(file, 'utf8')).toBe(first);
  });

  test('a table that is not there is named with the nearest one', async () => {
    const { error } = await project.json('schema', 'infer', 'BehavioralEvents');
    expect(error).toMatchObject({ code: 'SNAPKEEP_TABLE_NOT_FOUND', exitCode: 10 });
    expect(`${error.message} ${error.hint}`).toContain('BehavioralEvent');
  });
});

describe('schema types', () => {
  test('come from the schema of the dataset, the same bytes every time', async () => {
    const first = await project.run('schema', 'types', 'behavioral_events');
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toContain('export interface BehavioralEvents {');
    expect(first.stdout).toContain('schemas/behavioral-event.schema.json');
    expect(first.stdout).not.toMatch(/\d{4}-\d{2}-\d{2}/);
    expect((await project.run('schema', 'types', 'behavioral_events')).stdout).toBe(first.stdout);
  });

  test('come from the catalog for a table without a schema, whatever its columns are called', async () => {
    const { data } = await project.json('schema', 'types', 'Order "x"');
    expect(data).toMatchObject({ dataset: 'order__x_', origin: 'inferred', output: null });
    const types = String(data.types);
    expect(types).toContain('  doc: unknown;');
    expect(types).toContain('__proto__: string | null;');
    expect(types).not.toMatch(/^export const evil/m);
  });

  test('replace a generated file and no other', async () => {
    const file = join(project.root, 'made', 'types.ts');
    const types = () => project.json('schema', 'types', 'behavioral_events', '--output', file);
    expect((await types()).ok).toBe(true);
    expect((await types()).ok).toBe(true);
    await writeFile(file, '// by hand\n');
    expect((await types()).error.code).toBe('SNAPKEEP_USAGE');
    expect(await readFile(file, 'utf8')).toBe('// by hand\n');
  });
});

describe('schema plan', () => {
  test('is the plan of a dry run, and asks neither git nor DVC', async () => {
    const dry = await project.json('export', 'behavioral_events', '--dry-run', '--limit', '5');
    const { data } = await project.json('schema', 'plan', 'behavioral_events', '--limit', '5');
    // The clock goes on, and autovacuum counts the rows when it likes.
    const still = ({ plan }: Record<string, { instant: unknown; relation: object }>) => ({
      ...plan,
      instant: null,
      relation: { ...plan?.relation, estimatedRows: 0, estimatedBytes: 0 },
    });
    expect(still(data)).toEqual(still(dry.data));
    await project.git('checkout', '--quiet', '--detach');
    expect((await project.run('schema', 'plan', 'behavioral_events')).stdout).toContain('TIMESTAMP');
    await project.git('checkout', '--quiet', 'main');
  });
});

describe('schema check', () => {
  const check = async (text: string) => {
    await writeFile(join(project.root, 'bad.json'), text);
    return (await project.json('schema', 'check', '--file', 'bad.json', '--url', 'postgres://127.0.0.1:1/none')).error;
  };

  test('takes the schema of the demo, without a connection', async () => {
    const { data } = await project.json('schema', 'check', 'behavioral_events', '--url', 'postgres://127.0.0.1:1/none');
    expect(data).toMatchObject({ schema: 'schemas/behavioral-event.schema.json', validator: 'ajv' });
  });

  test.each([
    [
      'a misspelt keyword',
      '{\n  "type": "object",\n  "properties": {\n    "id": { "maxLenght": 3 }\n  }\n}',
      ':4:13: ',
    ],
    ['a pattern that explodes', '{\n"properties": {"a": {\n  "pattern": "^(a+)+$(" } } }', ':3:3: '],
    ['a remote reference', '{ "$ref": "https://example.org/schema.json" }', ':1:3: '],
    ['a name with a slash in it', '{"properties": {\n"a/b~c": {"typ": "string"}}}', ':2:11: '],
  ])('names file, line and column of %s', async (_what, text, place) => {
    const error = await check(text);
    expect(error).toMatchObject({ code: 'SNAPKEEP_SCHEMA_INVALID', exitCode: 2 });
    expect(error.message).toContain(`bad.json${place}`);
  });

  test('tells text that is not JSON, nesting without end and a list apart from a crash', async () => {
    const texts = ['{', '[]', `${'{"not":'.repeat(20_000)}{}${'}'.repeat(20_000)}`];
    for (const text of texts) expect((await check(text)).code).toBe('SNAPKEEP_SCHEMA_INVALID');
  });

  test('tells several problems at once, in the order of the file, and what JSON.parse passes over', async () => {
    const several = await check(
      '{\n "properties": {\n  "a": {"typ": "string", "pattern": "("},\n  "b": {"$ref": "#/$defs/x"},\n  "c": {"type": "strng"} } }',
    );
    expect(several.details.problems).toMatchObject([
      { line: 3, column: 9, pointer: '/properties/a/typ', hint: expect.stringContaining('x-') },
      { line: 3, column: 26, keyword: 'pattern' },
      { line: 4, column: 9, keyword: '$ref' },
      { line: 5, column: 9, message: expect.stringContaining('array, boolean, integer') },
    ]);
    const misspelt = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`typ${index}`, 1]));
    const deep = `${'{"not":'.repeat(20_000)}{}${'}'.repeat(20_000)}`;
    const many = await check(JSON.stringify(misspelt).replace(/}$/, `, "not": ${deep}}`));
    expect(many).toMatchObject({ exitCode: 2, details: { problems: { length: 20 } } });
    expect((await check('{"type": "object",\n "type": "object"}')).message).toContain(
      'bad.json:2:2: a name stands twice',
    );
    expect((await check('{"type": "object",\n "titel" "x"}')).message).toContain('bad.json:2:10: not JSON');
  });

  test('holds a schema against the columns of the table, or of the newest version without a connection', async () => {
    const schema = JSON.parse(await readFile(join(project.root, 'schemas/behavioral-event.schema.json'), 'utf8'));
    const { contentType, ...properties } = schema.properties;
    await writeFile(
      join(project.root, 'columns.json'),
      JSON.stringify(
        { ...schema, properties: { ...properties, contentTyp: contentType }, required: ['id', 'usrId'] },
        null,
        1,
      ),
    );
    const live = await project.json('schema', 'check', 'behavioral_events', '--file', 'columns.json', '--live');
    expect(live.error).toMatchObject({ code: 'SNAPKEEP_COLUMN_UNKNOWN', exitCode: 2 });
    expect(live.error.details.problems).toMatchObject([
      { pointer: '/required/1', message: expect.stringContaining('did you mean "userId"?'), line: expect.any(Number) },
      { pointer: '/additionalProperties', message: expect.stringContaining('"contentType"') },
    ]);
    await project.json('export', 'behavioral_events');
    const args = ['behavioral_events', '--file', 'columns.json', '--url', 'postgres://127.0.0.1:1/none'];
    const { data } = await project.json('schema', 'check', ...args);
    expect(data).toMatchObject({
      columnsOf: 'behavioral_events v1',
      warnings: [
        { pointer: '/properties/contentTyp' },
        { pointer: '/required/1' },
        { pointer: '/additionalProperties' },
      ],
    });
  });

  test('wants a dataset with a schema, or a file', async () => {
    expect((await project.json('schema', 'check')).error.code).toBe('SNAPKEEP_USAGE');
    expect((await project.json('schema', 'check', 'nothing')).error.code).toBe('SNAPKEEP_DATASET_UNKNOWN');
    expect((await project.json('schema', 'check', 'bad.json')).error.hint).toContain('--file bad.json');
    await writeFile(join(project.root, 'windows.json'), '\ufeff{\r\n"type": "object"\r\n}\r\n');
    expect((await project.json('schema', 'check', '--file', 'windows.json')).ok).toBe(true);
  });

  test('says which numbers are read as others', async () => {
    const text =
      '{"properties": {\n"a": {"maximum": 9007199254740993, "minimum": -9007199254740992},\n"b": {"enum": ["9007199254740993 \\" 9007199254740993"]}}}';
    await writeFile(join(project.root, 'large.json'), text);
    const { data } = await project.json('schema', 'check', '--file', 'large.json');
    expect(data.warnings).toEqual([
      {
        message: expect.stringMatching(/^9007199254740993 is read as 9007199254740992: /),
        pointer: '',
        line: 2,
        column: 18,
      },
    ]);
  });

  test('an export says the same place, before it connects', async () => {
    await project.write({ 'schemas/behavioral-event.schema.json': '{\n  "tpye": "object"\n}' });
    const { error } = await project.json('export', 'behavioral_events', '--url', 'postgres://127.0.0.1:1/none');
    expect(error.message).toContain('schemas/behavioral-event.schema.json:2:3: ');
  });
});
