import { RegExpParser } from '@eslint-community/regexpp';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Automaton } from '../../src/pattern/automaton.ts';
import { BoundedPattern, UnboundedPattern } from '../../src/pattern/bounded-pattern.ts';
import { buildStates } from '../../src/pattern/states.ts';
import { growthOf } from '../growth.ts';

const LONG = 100_000;

function automatonOf(pattern: string): Automaton {
  return new Automaton(buildStates(new RegExpParser().parsePattern(pattern, 0, pattern.length, { unicode: true })));
}

describe('hostile texts cost no more than their length', () => {
  const attacks: readonly (readonly [string, (length: number) => string])[] = [
    ['^(a+)+$', (length) => `${'a'.repeat(length)}b`],
    ['^(a|a)*$', (length) => `${'a'.repeat(length)}b`],
    ['^(a|aa)+$', (length) => `${'a'.repeat(length)}b`],
    ['(x+x+)+y', (length) => 'x'.repeat(length)],
    ['^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$', (length) => `a@${'.'.repeat(length)} `],
    ['\\s+$', (length) => `${' '.repeat(length)}x`],
    ['^(?:.*,){8}P', (length) => ','.repeat(length)],
    [
      '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$',
      (length) => `${'a'.repeat(length)}!`,
    ],
  ];
  test.each(attacks)('%s', (pattern, textOf) => {
    expect(new BoundedPattern(pattern).test(textOf(LONG))).toBe(false);
    const growth = growthOf(LONG, (length) => {
      const text = textOf(length);
      return () => new BoundedPattern(pattern).test(text);
    });
    expect(growth).toBeLessThan(50);
  });
});

test.each(['^(?=a)(a+)+$', '^(a+)+\\1$', '(?:\\ba+)+$', '^(?:a{1,60}){1,60}$'])(
  '%s is refused: no bound is known',
  (pattern) => {
    expect(() => new BoundedPattern(pattern)).toThrow(UnboundedPattern);
  },
);

test.each([
  '^c[a-z0-9]{24}$',
  '^(?=.*\\d)(?=.*[a-z]).{8,}$',
  '^(?!test).*$',
  '^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
  '^(?:\\+\\d{1,3} )?\\d{4,12}$',
  '^\\p{Lu}\\p{L}*$',
  '\\bfoo\\b',
])('%s, as people write it, is taken', (pattern) => {
  expect(() => new BoundedPattern(pattern)).not.toThrow();
});

test('the automaton and the built-in engine give one verdict', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\d',
    '\\s',
    '^',
    '$',
    '🦆',
    '(?:a|b)',
    '()',
    '\\u{1F986}',
  );
  const suffix = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '+?');
  const piece = fc.tuple(atom, suffix).map(([one, times]) => (one === '^' || one === '$' ? one : one + times));
  const sequence = fc.array(piece, { maxLength: 5 }).map((parts) => parts.join(''));
  const pattern = fc.oneof(
    sequence,
    fc.tuple(sequence, sequence, suffix).map(([one, two, times]) => `(${one}|${two})${times}`),
    fc.tuple(sequence, sequence, sequence).map(([one, two, three]) => `${one}(?:${two}|${three})*${one}`),
  );
  const text = fc
    .array(fc.constantFrom('a', 'b', '1', ' ', '\n', '🦆', '\ud83e', 'é'), { maxLength: 12 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 5 }), (source, texts) => {
      const native = new RegExp(source, 'u');
      const automaton = automatonOf(source);
      for (const one of texts) expect([source, one, automaton.test(one)]).toEqual([source, one, native.test(one)]);
    }),
    { numRuns: 3_000 },
  );
});

test('what the automaton learns from hostile texts is bounded', () => {
  const automaton = automatonOf('^(?:.|..)+x$');
  const text = Array.from({ length: 60_000 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('');
  expect(automaton.test(text)).toBe(false);
  expect(automaton.test(`${text}x`)).toBe(true);
});
