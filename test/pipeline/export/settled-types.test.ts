import type { LogicalType, Manifest } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import { column, stage, type TextRow } from '../../support/staged.ts';

const INTEGER: LogicalType = { kind: 'integer', bits: 32 };
const NUMERIC: LogicalType = { kind: 'numeric' };
const TEXT: LogicalType = { kind: 'string' };
const list = (of: LogicalType): LogicalType => ({ kind: 'list', of });
const struct = (fields: Readonly<Record<string, LogicalType>>): LogicalType => ({
  kind: 'struct',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
});

interface Settled {
  readonly type: string;
  readonly fidelity: string;
  readonly values: unknown[];
  readonly manifest: Manifest;
}

/** What a column of these texts holds in the file, and as which type. */
async function settled(type: LogicalType, texts: readonly (string | null)[], before?: Manifest): Promise<Settled> {
  await using staged = await stage(
    [column('v', type)],
    texts.map((text): TextRow => [text]),
    [],
    [],
    before,
  );
  const { engine, plan } = staged.staging;
  const [planned] = plan.columns;
  const values = await engine.rows('SELECT v::VARCHAR AS v FROM content');
  const fileType = String(planned?.fileType).replaceAll('"', '');
  expect((await engine.row('SELECT any_value(typeof(v)) AS t FROM content')).t ?? planned?.fileType).toBe(
    planned?.fileType,
  );
  return {
    type: fileType,
    fidelity: String(planned?.fidelity),
    values: values.map(({ v }) => v),
    manifest: { plan } as Manifest,
  };
}

test.each<[string, LogicalType, readonly (string | null)[], string, readonly (string | null)[]]>([
  ['one, as declared', list(INTEGER), ['{1,NULL}', '{}', null], 'INTEGER[]', ['[1, NULL]', '[]', null]],
  [
    'two, though one is declared',
    list(INTEGER),
    ['{{1,2},{3,NULL}}', '{}', null],
    'INTEGER[][]',
    ['[[1, 2], [3, NULL]]', '[]', null],
  ],
  ['one, though two are declared', list(list(TEXT)), ['{a,"{b}"}'], 'VARCHAR[]', ["[a, '{b}']"]],
  [
    'three of different extents',
    list(INTEGER),
    ['{{{1},{2}},{{3},{4}}}', '{{{5,6,7}}}'],
    'INTEGER[][][]',
    ['[[[1], [2]], [[3], [4]]]', '[[[5, 6, 7]]]'],
  ],
  ['six', list(INTEGER), ['{{{{{{1,2}}}}}}'], 'INTEGER[][][][][][]', ['[[[[[[1, 2]]]]]]']],
  ['those declared, where no array has an element', list(list(INTEGER)), ['{}', null], 'INTEGER[][]', ['[]', null]],
  [
    'of lists in a struct, each its own',
    struct({ tags: list(TEXT), grid: list(INTEGER) }),
    ['({a},"{{1,2},{3,4}}")', '({},{})', '(,)'],
    'STRUCT(tags VARCHAR[], grid INTEGER[][])',
    ["{'tags': [a], 'grid': [[1, 2], [3, 4]]}", "{'tags': [], 'grid': []}", "{'tags': NULL, 'grid': NULL}"],
  ],
  [
    'of lists in the structs of a list',
    list(struct({ grid: list(INTEGER) })),
    ['{"(\\"{{1},{2}}\\")","({})",NULL}'],
    'STRUCT(grid INTEGER[][])[]',
    ["[{'grid': [[1], [2]]}, {'grid': []}, NULL]"],
  ],
  [
    'of lists of structs',
    list(struct({ a: INTEGER })),
    ['{{(1),(2)},{NULL,(4)}}'],
    'STRUCT(a INTEGER)[][]',
    ["[[{'a': 1}, {'a': 2}], [NULL, {'a': 4}]]"],
  ],
])('dimensions: %s', async (_, type, texts, fileType, values) => {
  expect(await settled(type, texts)).toMatchObject({ type: fileType, fidelity: 'exact', values });
});

test.each<[string, LogicalType, readonly (string | null)[], string, string, readonly (string | null)[]]>([
  [
    'a list',
    list(NUMERIC),
    ['{1.50,NULL}', '{-120.25}', '{}'],
    'DECIMAL(5,2)[]',
    'exact',
    ['[1.50, NULL]', '[-120.25]', '[]'],
  ],
  [
    'a list of two dimensions',
    list(NUMERIC),
    ['{{1.5,2},{0.25,100}}'],
    'DECIMAL(5,2)[][]',
    'annotated',
    ['[[1.50, 2.00], [0.25, 100.00]]'],
  ],
  [
    'a struct, each field its own',
    struct({ a: NUMERIC, b: NUMERIC, c: INTEGER }),
    ['(1.5,1000,7)', '(-2.5,,)'],
    'STRUCT(a DECIMAL(2,1), b DECIMAL(4,0), c INTEGER)',
    'exact',
    ["{'a': 1.5, 'b': 1000, 'c': 7}", "{'a': -2.5, 'b': NULL, 'c': NULL}"],
  ],
  [
    'a range, both bounds the same',
    { kind: 'range', of: NUMERIC, multi: false },
    ['[1.5,200)', '(,3]', 'empty'],
    'STRUCT(lower DECIMAL(4,1), upper DECIMAL(4,1), lower_inc BOOLEAN, upper_inc BOOLEAN, empty BOOLEAN)',
    'annotated',
    [
      "{'lower': 1.5, 'upper': 200.0, 'lower_inc': true, 'upper_inc': false, 'empty': false}",
      "{'lower': NULL, 'upper': 3.0, 'lower_inc': false, 'upper_inc': true, 'empty': false}",
      "{'lower': NULL, 'upper': NULL, 'lower_inc': false, 'upper_inc': false, 'empty': true}",
    ],
  ],
  [
    'a multirange',
    { kind: 'range', of: NUMERIC, multi: true },
    ['{[1.5,2.5),[10.5,)}'],
    'STRUCT(lower DECIMAL(3,1), upper DECIMAL(3,1), lower_inc BOOLEAN, upper_inc BOOLEAN, empty BOOLEAN)[]',
    'exact',
    [
      "[{'lower': 1.5, 'upper': 2.5, 'lower_inc': true, 'upper_inc': false, 'empty': false}, {'lower': 10.5, 'upper': NULL, 'lower_inc': true, 'upper_inc': false, 'empty': false}]",
    ],
  ],
  [
    'a list within the structs of a list',
    list(struct({ prices: list(NUMERIC) })),
    ['{"({1.5})","(\\"{2,33}\\")"}'],
    'STRUCT(prices DECIMAL(3,1)[])[]',
    'annotated',
    ["[{'prices': [1.5]}, {'prices': [2.0, 33.0]}]"],
  ],
  [
    'a list with numbers too long for any DECIMAL',
    list(NUMERIC),
    [`{1.5,${'9'.repeat(39)}}`],
    'VARCHAR[]',
    'annotated',
    [`[1.5, ${'9'.repeat(39)}]`],
  ],
  ['a list without any number', list(NUMERIC), ['{}', null], 'DECIMAL(1,0)[]', 'exact', ['[]', null]],
])('numerics of no declared size in %s', async (_, type, texts, fileType, fidelity, values) => {
  expect(await settled(type, texts)).toMatchObject({ type: fileType, fidelity, values });
});

test('sizes and dimensions stay those of the last version where they suffice', async () => {
  const type = struct({ prices: list(NUMERIC), span: { kind: 'range', of: NUMERIC, multi: false } });
  const first = await settled(type, ['("{{100.25,1.50},{1.00,2.00}}","[1.5,2.5)")']);
  const inFile =
    'STRUCT(prices DECIMAL(5,2)[][], span STRUCT(lower DECIMAL(2,1), upper DECIMAL(2,1), lower_inc BOOLEAN, upper_inc BOOLEAN, empty BOOLEAN))';
  expect(first.type).toBe(inFile);
  expect((await settled(type, ['("{{1}}",empty)', '({},)', null], first.manifest)).type).toBe(inFile);
  expect((await settled(type, ['("{1000.125}","[1,2)")'], first.manifest)).type).toBe(
    inFile.replace('DECIMAL(5,2)[][]', 'DECIMAL(7,3)[]'),
  );
});

test('where dimensions differ those of most rows are kept, or those of the last version', async () => {
  const of = async (before?: Manifest) => {
    await using staged = await stage(
      [column('v', list(INTEGER))],
      [['{{1}}'], ['{{2}}'], ['{3}']],
      [],
      [{ kind: 'null' }],
      before,
    );
    const { engine, plan, substitutions } = staged.staging;
    const values = await engine.rows('SELECT v::VARCHAR AS v FROM content');
    return [plan.columns[0]?.fileType, values.map(({ v }) => v), substitutions[0]?.values];
  };
  expect(await of()).toEqual(['INTEGER[][]', ['[[1]]', '[[2]]', null], 1]);
  const { manifest } = await settled(list(INTEGER), ['{1}']);
  expect(await of(manifest)).toEqual(['INTEGER[]', [null, null, '[3]'], 2]);
});
