import {
  elementOf,
  INTERVAL_FIELDS,
  type LogicalType,
  type NestedType,
  parseInterval,
  parseNested,
  quoteLiteral,
  shapeOf,
  type TextTree,
} from '@snapkeep/sdk';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { leafPlan } from '../../src/engine/leaf-plan.ts';
import { treeOf } from '../../src/engine/text-trees.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({});
});
afterAll(() => engine.close());

const TEXT: LogicalType = { kind: 'string' };
const list = (of: LogicalType): NestedType => ({ kind: 'list', of });
const struct = (...types: readonly LogicalType[]): NestedType => ({
  kind: 'struct',
  fields: types.map((type, index) => ({ name: `"${index}`, type })),
});
const range = (multi: boolean): NestedType => ({ kind: 'range', of: TEXT, multi });
const TYPES: readonly NestedType[] = [
  list(TEXT),
  list(list(TEXT)),
  struct(TEXT, TEXT),
  struct(TEXT),
  range(false),
  range(true),
  list(struct(TEXT, list(TEXT))),
  list(range(false)),
  list(range(true)),
  struct(list(TEXT), range(false), struct(TEXT, TEXT)),
  list(struct(list(struct(TEXT, list(TEXT))), TEXT)),
  { kind: 'range', of: list(TEXT), multi: false },
  { kind: 'range', of: struct(TEXT, list(TEXT)), multi: true },
];

/** The staged form of what the SDK's own parser reads; `undefined` where it reads nothing. */
function expected(type: LogicalType, text: string): unknown {
  try {
    return staged(type, parseNested(type, text));
  } catch {
    return undefined;
  }
}

function staged(type: LogicalType, tree: TextTree): unknown {
  if (tree === null || typeof tree === 'string') return tree;
  if ('items' in tree) {
    const { element } = elementOf(type);
    const x = tree.extents.length > 1 ? tree.extents : null;
    return { x, i: tree.items.map((item) => staged(element, item)) };
  }
  if (type.kind !== 'struct' && type.kind !== 'range') throw new Error(`${type.kind} has no parts`);
  const shape = shapeOf(type);
  if (shape.kind === 'list') return tree.map((item) => staged(shape.of, item));
  return Object.fromEntries(shape.fields.map((field, index) => [`f${index}`, staged(field.type, tree[index] ?? null)]));
}

async function inSql(type: NestedType, texts: readonly string[]): Promise<unknown[]> {
  const rows = texts.map((text, n) => `(${n}, ${quoteLiteral(text)})`).join(', ');
  const found = await engine.rows(
    `SELECT to_json(${treeOf(type, 'text')})::VARCHAR AS tree FROM (VALUES ${rows}) _(n, text) ORDER BY n`,
  );
  return found.map(({ tree }) => (tree === null ? undefined : JSON.parse(String(tree), withoutExtents)));
}

/** A list without elements has no dimensions, however many braces there are. */
function withoutExtents(_: string, value: unknown): unknown {
  const isEmpty =
    typeof value === 'object' && value !== null && 'i' in value && Array.isArray(value.i) && value.i.length === 0;
  return isEmpty ? { x: null, i: [] } : value;
}

const PIECES = [
  'a',
  'NULL',
  'null',
  ' ',
  '',
  '"',
  '\\',
  ',',
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '\n',
  'é\u0301',
  '🦆',
  'empty',
];
const word = fc.array(fc.constantFrom(...PIECES), { maxLength: 3 }).map((pieces) => pieces.join(''));

/** As PostgreSQL writes them: array_out, record_out, range_out. */
function written(type: LogicalType): fc.Arbitrary<string> {
  switch (type.kind) {
    case 'list': {
      const { element } = elementOf(type);
      const item = fc.option(written(element), { freq: 5 }).map((text) => {
        if (text === null) return 'NULL';
        return text === '' || /[{}",\\\s]/.test(text) || /^null$/i.test(text)
          ? `"${text.replace(/["\\]/g, '\\$&')}"`
          : text;
      });
      const braced = (texts: readonly string[]) => `{${texts.join(',')}}`;
      return fc
        .record({
          extents: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
          items: fc.array(item, { minLength: 27, maxLength: 27 }),
          none: fc.constantFrom(true, false, false),
        })
        .map(({ extents, items, none }) => {
          const left = [...items];
          const fill = ([extent, ...inner]: readonly number[]): string =>
            extent === undefined ? (left.pop() ?? '') : braced(Array.from({ length: extent }, () => fill(inner)));
          return none ? '{}' : fill(extents);
        });
    }
    case 'struct':
      return fc
        .tuple(...type.fields.map((field) => fc.option(written(field.type), { freq: 5 })))
        .map((texts) => `(${texts.map((text) => quoted(text, /[(),"\\\s]/)).join(',')})`);
    case 'range': {
      const bound = fc.option(written(type.of), { freq: 5 }).map((text) => quoted(text, /[()[\]",\\\s]/));
      const one = fc
        .tuple(fc.constantFrom('[', '('), bound, bound, fc.constantFrom(']', ')'))
        .map(([open, lower, upper, close]) => `${open}${lower},${upper}${close}`);
      if (type.multi) return fc.array(one, { maxLength: 3 }).map((texts) => `{${texts.join(',')}}`);
      return fc.oneof({ weight: 1, arbitrary: fc.constant('empty') }, { weight: 5, arbitrary: one });
    }
    default:
      return word;
  }
}

function quoted(text: string | null, special: RegExp): string {
  if (text === null) return '';
  return text === '' || special.test(text) ? `"${text.replace(/["\\]/g, '$&$&')}"` : text;
}

test('a nested text becomes the tree that the SDK’s parser reads', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc
        .constantFrom(...TYPES)
        .chain((type) => fc.tuple(fc.constant(type), fc.array(written(type), { minLength: 20, maxLength: 20 }))),
      async ([type, texts]) => {
        const trees = texts.map((text) => expected(type, text));
        expect(await inSql(type, texts)).toEqual(trees);
        expect(trees).not.toContain(undefined);
      },
    ),
    { numRuns: 60 },
  );
});

test('any other text becomes nothing, or the same', async () => {
  const anything = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((pieces) => pieces.join(''));
  const braced = anything.map((text) => `{${text}}`);
  const other = fc.oneof(
    anything,
    braced,
    anything.map((text) => `(${text})`),
    anything.map((text) => `{{${text}}}`),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...TYPES),
      fc.array(other, { minLength: 30, maxLength: 30 }),
      async (type, texts) => {
        const trees = await inSql(type, texts);
        for (const [index, tree] of trees.entries()) {
          if (tree !== undefined)
            expect({ text: texts[index], tree }).toEqual({
              text: texts[index],
              tree: expected(type, texts[index] ?? ''),
            });
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('lists with bounds of their own, ragged ones, and what breaks off are none', async () => {
  const texts = [
    '[0:1]={a,b}',
    '{{a},{b,c}}',
    '{{a},b}',
    '{a',
    'a}',
    '{{a,b}',
    '',
    '{}}',
    '{"a}',
    '{{},{a}}',
    '{a}{b}',
  ];
  expect(await inSql(list(TEXT), texts)).toEqual(texts.map(() => undefined));
});

test('a part that has no tree leaves its whole without one', async () => {
  const holder = struct(TEXT, list(TEXT));
  expect(await inSql(holder, ['(a,"[0:1]={a,b}")', '(a,)', '(a,{b)'])).toEqual([
    undefined,
    { f0: 'a', f1: null },
    undefined,
  ]);
  expect(await inSql({ kind: 'range', of: list(TEXT), multi: false }, ['["[0:1]={a,b}",)', '[{a},)'])).toEqual([
    undefined,
    { f0: { x: null, i: ['a'] }, f1: null, f2: 't', f3: 'f', f4: 'f' },
  ]);
  expect(await inSql(list(holder), ['{"(a,{b)",NULL}', '{NULL}'])).toEqual([undefined, { x: null, i: [null] }]);
});

const part = (unit: string, max = 1e6) =>
  fc.option(fc.integer({ min: -max, max })).map((value) => (value === null ? '' : `${value}${unit}`));
const seconds = fc
  .option(fc.tuple(fc.constantFrom('', '-'), fc.nat(1e5), fc.option(fc.stringMatching(/^\d{1,6}$/))))
  .map((value) => (value === null ? '' : `${value[0]}${value[1]}${value[2] === null ? '' : `.${value[2]}`}S`));
const durations = fc.oneof(
  fc
    .tuple(part('Y', 1e8), part('M', 1e8), part('W'), part('D', 2e9), part('H', 1e9), part('M'), seconds)
    .map(([years, months, weeks, days, ...time]) => {
      const clock = time.join('');
      return `P${years}${months}${weeks}${days}${clock === '' ? '' : `T${clock}`}`;
    }),
  fc.constantFrom(
    'PT-2562047788H-54.775808S',
    'PT2562047788H54.775807S',
    'P-178956970Y-8M',
    'P178956970Y7M',
    'P2147483648D',
  ),
  fc.constantFrom('P', 'infinity', '1 day', '', 'PT99999999999999999999H', 'P1Y2', 'PT2562047789H', 'PT0S'),
);
const LIMITS = [2n ** 31n, 2n ** 31n, 2n ** 63n];

test('an interval becomes the months, days and microseconds that the SDK reads, or none', async () => {
  const cast = leafPlan({ kind: 'interval' }).cast?.('text') ?? '';
  await fc.assert(
    fc.asyncProperty(fc.array(durations, { minLength: 50, maxLength: 50 }), async (texts) => {
      const rows = texts.map((text, n) => `(${n}, ${quoteLiteral(text)})`).join(', ');
      const found = await engine.rows(
        `SELECT CAST(${cast} AS STRUCT(months VARCHAR, days VARCHAR, micros VARCHAR)) AS v FROM (VALUES ${rows}) _(n, text) ORDER BY n`,
      );
      const wanted = texts.map((text) => {
        try {
          const parts = parseInterval(text).map(BigInt);
          const fits = parts.every((value, index) => value >= -(LIMITS[index] ?? 0n) && value < (LIMITS[index] ?? 0n));
          if (!fits) return undefined;
          return Object.fromEntries(INTERVAL_FIELDS.map(({ name }, index) => [name, String(parts[index])]));
        } catch {
          return undefined;
        }
      });
      expect(found.map(({ v }) => v ?? undefined)).toEqual(wanted);
    }),
    { numRuns: 60 },
  );
});
