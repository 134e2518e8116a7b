import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { NotInSql } from './undecidable.ts';

/** RE2 repeats at most so often, and writes each repetition out; beyond, its memory is the limit. */
const MAX_REPEATS = 1_000;

/** ECMA-262's WhiteSpace and LineTerminator (https://tc39.es/ecma262/#sec-white-space): more than RE2's own. */
const SPACE =
  '\\t\\n\\x{b}\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const NO_LINE_END = '[^\\n\\r\\x{2028}\\x{2029}]';

/**
 * A regular expression of ECMA-262 in the syntax of RE2, which DuckDB has, that matches the same texts.
 * @param flags - `u`, and `i` for letters of ASCII
 * @throws NotInSql where RE2 can't say the same
 */
export function re2Pattern(source: string, flags: { readonly u: boolean; readonly i: boolean }): string {
  const { u: unicode, i: ignoreCase } = flags;
  const pattern = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, 0, source.length, { unicode });

  /** @param repeats - of all quantifiers around, multiplied */
  function ofAlternatives(alternatives: readonly AST.Alternative[], repeats: number): string {
    return alternatives.map(({ elements }) => elements.map((one) => ofElement(one, repeats)).join('')).join('|');
  }

  function ofElement(element: AST.Element, repeats: number): string {
    switch (element.type) {
      case 'Group':
        if (element.modifiers) throw new NotInSql('a pattern changes its flags inside');
        return `(?:${ofAlternatives(element.alternatives, repeats)})`;
      case 'CapturingGroup':
        return `(?:${ofAlternatives(element.alternatives, repeats)})`;
      case 'Quantifier':
        return ofQuantifier(element, repeats);
      case 'Assertion':
        if (element.kind === 'start') return '\\A';
        if (element.kind === 'end') return '\\z';
        throw new NotInSql(`a pattern uses ${element.kind === 'word' ? 'a word boundary' : 'a look-around'}`);
      case 'Backreference':
        throw new NotInSql('a pattern uses a back reference');
      case 'Character':
        return ignoreCase && isLetter(element.value) ? `[${member(element.value)}]` : character(element.value);
      case 'CharacterSet':
        return ofSet(element);
      case 'CharacterClass':
        return ofClass(element);
      case 'ExpressionCharacterClass':
        throw new NotInSql('a pattern uses operations on sets of characters');
    }
  }

  function ofQuantifier({ element, min, max, greedy }: AST.Quantifier, repeats: number): string {
    const most = Number.isFinite(max) ? Math.max(min, max) : Math.max(min, 1);
    const inner = repeats * Math.max(1, most);
    if (inner > MAX_REPEATS) throw new NotInSql(`a pattern repeats more than ${MAX_REPEATS} times`);
    const range = max === min ? `{${min}}` : `{${min},${Number.isFinite(max) ? max : ''}}`;
    return `(?:${ofElement(element, inner)})${range}${greedy ? '' : '?'}`;
  }

  /** Without the flag `u` half of a character counts as one, and with `i` more letters are alike than ASCII's. */
  function refuseNegated(): void {
    if (!unicode || ignoreCase) throw new NotInSql('a pattern excludes characters under flags of its own');
  }

  function ofSet(set: AST.CharacterSet): string {
    if (set.kind === 'any' || (set.kind !== 'property' && set.negate)) refuseNegated();
    if (set.kind === 'any') return NO_LINE_END;
    return `[${set.kind !== 'property' && set.negate ? '^' : ''}${members(set)}]`;
  }

  function members(set: AST.CharacterSet): string {
    switch (set.kind) {
      case 'digit':
        return '0-9';
      case 'word':
        return '0-9A-Z_a-z';
      case 'space':
        return SPACE;
      default:
        throw new NotInSql('a pattern uses a property of Unicode');
    }
  }

  function ofClass({ elements, negate, unicodeSets }: AST.CharacterClass): string {
    if (unicodeSets || elements.length === 0)
      throw new NotInSql('a pattern uses a class of characters of another kind');
    if (negate) refuseNegated();
    const inside = elements.map((one) => {
      if (one.type === 'Character') return member(one.value);
      if (one.type === 'CharacterClassRange') return range(one.min.value, one.max.value);
      if (one.type === 'CharacterSet' && one.kind !== 'property' && !one.negate) return members(one);
      throw new NotInSql('a pattern uses a class of characters of another kind');
    });
    return `[${negate ? '^' : ''}${inside.join('')}]`;
  }

  function range(from: number, to: number): string {
    const letters = ignoreCase ? otherCase(from, to) : '';
    return `${character(from)}-${character(to)}${letters}`;
  }

  function member(code: number): string {
    return ignoreCase ? range(code, code) : character(code);
  }

  return ofAlternatives(pattern.alternatives, 1);
}

function isLetter(code: number): boolean {
  return /^[A-Za-z]$/.test(String.fromCodePoint(code));
}

/** The letters of ASCII between two characters in their other case, as members of a class. */
function otherCase(from: number, to: number): string {
  const ranges: string[] = [];
  for (const [first, last, shift] of [
    [0x41, 0x5a, 32],
    [0x61, 0x7a, -32],
  ] as const) {
    const low = Math.max(from, first);
    const high = Math.min(to, last);
    if (low <= high) ranges.push(`${character(low + shift)}-${character(high + shift)}`);
  }
  return ranges.join('');
}

function character(code: number): string {
  if (code >= 0xd800 && code <= 0xdfff) throw new NotInSql('a pattern names half of a character');
  const text = String.fromCodePoint(code);
  return /^[0-9A-Za-z]$/.test(text) ? text : `\\x{${code.toString(16)}}`;
}
