import { type Column, inexactPolicyText, type LogicalType } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import type { InexactConfig } from '../../../src/pipeline/config.ts';
import { resolveDataset } from '../../../src/pipeline/dataset.ts';
import { choosePolicies, type GivenPolicy, idleRules, policyRules } from '../../../src/pipeline/export/policies.ts';
import { shellWord } from '../../../src/pipeline/shell-word.ts';
import { testRuntime } from '../../support/runtime.ts';

function column(name: string, sourceType: string, type: LogicalType): Column {
  return { name, sourceType, type, nullable: true };
}

const COLUMNS: readonly Column[] = [
  column('id', 'numeric', { kind: 'numeric' }),
  column('score', 'numeric(10,2)', { kind: 'decimal', precision: 10, scale: 2 }),
  column('at', 'timestamp(3) with time zone', { kind: 'timestamp', utc: true }),
  column('day', 'date', { kind: 'date' }),
  column('name', 'text', { kind: 'string' }),
  column('days', 'date[]', { kind: 'list', of: { kind: 'date' } }),
  column('type:date', 'date', { kind: 'date' }),
  column('a=b', 'app."my (type)"', { kind: 'date' }),
];

function rulesOf(onInexact: InexactConfig | undefined, flags: Readonly<Record<string, string>> = {}) {
  const runtime = testRuntime('/nowhere', {}, { t: { table: 't', ...(onInexact === undefined ? {} : { onInexact }) } });
  const given: GivenPolicy[] = Object.entries(flags).map(([key, policy]) => ({ key, policy }));
  return policyRules(resolveDataset(runtime, 't'), given);
}

/** Column → policy, of those that don't refuse. */
function chosen(onInexact: InexactConfig | undefined, flags: Readonly<Record<string, string>> = {}) {
  const policies = choosePolicies(rulesOf(onInexact, flags), COLUMNS, ['id']).map(inexactPolicyText);
  return Object.fromEntries(
    COLUMNS.flatMap(({ name }, index) => (policies[index] === 'refuse' ? [] : [[name, policies[index]]])),
  );
}

const ALL_NULL = { score: 'null', at: 'null', day: 'null', days: 'null', 'type:date': 'null', 'a=b': 'null' };

test.each<[string, InexactConfig | undefined, Record<string, string>, Record<string, string>]>([
  ['nothing refuses', undefined, {}, {}],
  ['one policy is for all columns that may need one, and never makes a key NULL', 'null', {}, ALL_NULL],
  ['YAML’s null is the policy', null, {}, ALL_NULL],
  [
    'a column comes before its type, a type before the dataset',
    { day: 'string', 'type:date': 'null', '*': 'infinity' },
    {},
    { day: 'string', 'type:date': 'null', at: 'infinity', days: 'infinity', 'a=b': 'null' },
  ],
  [
    'a flag comes before the configuration',
    { day: 'string', '*': 'infinity' },
    { day: 'null', '*': 'refuse' },
    { day: 'null' },
  ],
  ['a flag leaves what it doesn’t name', { day: 'string' }, { '*': 'double' }, { day: 'string', score: 'double' }],
  ['types have PostgreSQL’s names without modifier', { 'type:timestamp with time zone': 'null' }, {}, { at: 'null' }],
  ['… or their short names', { 'type:timestamptz': 'null', 'type:date[]': 'null' }, {}, { at: 'null', days: 'null' }],
  [
    '… or those of their kind',
    { 'type:list': 'null', 'type:decimal': 'double' },
    {},
    { days: 'null', score: 'double' },
  ],
  ['… or odd ones', { 'type:app."my (type)"': 'null' }, {}, { 'a=b': 'null' }],
  [
    'the source’s name is meant before the kind',
    { 'type:list': 'null', 'type:date[]': 'infinity' },
    {},
    { days: 'infinity' },
  ],
  ['column: names a column like a type', { 'column:type:date': 'null' }, {}, { 'type:date': 'null' }],
  [
    'what a type doesn’t take is left to the next',
    { 'type:date': 'double', '*': 'infinity' },
    {},
    { at: 'infinity', day: 'infinity', days: 'infinity', 'type:date': 'infinity', 'a=b': 'infinity' },
  ],
  ['a size may have spaces', { score: 'decimal( 8, 1)' }, {}, { score: 'decimal(8,1)' }],
  ['any column can be text', { name: 'string', id: 'string' }, {}, { name: 'string', id: 'string' }],
])('%s', (_, config, flags, expected) => {
  expect(chosen(config, flags)).toEqual(expected);
});

test.each<[string, InexactConfig | undefined, Record<string, string>, string, RegExp]>([
  ['a policy that is none', undefined, { score: 'nul' }, 'SNAPKEEP_USAGE', /--on-inexact score=nul.*did you mean null/],
  [
    'a size that is none',
    { score: 'decimal(4,5)' },
    {},
    'SNAPKEEP_CONFIG_INVALID',
    /datasets\.t\.onInexact\.score.*decimal\(4,5\)/,
  ],
  [
    'a column that is not there',
    undefined,
    { scroe: 'null' },
    'SNAPKEEP_COLUMN_UNKNOWN',
    /--on-inexact scroe=null.*"scroe"/,
  ],
  ['a policy that the type doesn’t take', { day: 'double' }, {}, 'SNAPKEEP_CONFIG_INVALID', /"day" \(date\).*double/],
  ['NULL in a key', undefined, { id: 'null' }, 'SNAPKEEP_USAGE', /key.*"id".*null/],
  [
    'two policies for one column',
    { day: 'null', 'column:day': 'string' },
    {},
    'SNAPKEEP_CONFIG_INVALID',
    /day.*column:day/,
  ],
])('refused: %s', (_, config, flags, code, message) => {
  expect(() => chosen(config, flags)).toThrow(
    expect.objectContaining({ code, exitCode: 2, message: expect.stringMatching(message) }),
  );
});

test('a refusal names what the type takes, and the nearest column', () => {
  expect(() => chosen({ day: 'double' })).toThrow(
    expect.objectContaining({ hint: 'It takes refuse, null, string, infinity.' }),
  );
  expect(() => chosen({ id: 'null' })).toThrow(expect.objectContaining({ hint: 'It takes refuse, string.' }));
  expect(() => chosen({ scroe: 'null' })).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('"score"') }),
  );
});

test('a rule for a type that no column has is told', () => {
  const idle = idleRules(rulesOf({ 'type:numerc': 'null', 'type:numeric': 'null' }), COLUMNS);
  expect(idle.map(({ name }) => name)).toEqual(['numerc']);
});

test.each([
  ['score=null', 'score=null'],
  ['my score=null', `'my score=null'`],
  [`it's=null`, `'it'\\''s=null'`],
  ['$(rm)=null', `'$(rm)=null'`],
  ['a\nb\\=null', `$'a\\u000ab\\\\=null'`],
  ['é=null', `'é=null'`],
])('%o is one word of a shell', (text, word) => {
  expect(shellWord(text)).toBe(word);
});
