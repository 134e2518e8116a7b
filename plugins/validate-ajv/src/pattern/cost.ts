import type { AST } from '@eslint-community/regexpp';

/**
 * An upper bound on the work of a backtracking engine: it grows no faster than
 * `constant · n^degree` for a text of n characters. `Infinity` where only an exponential bound is known.
 */
export interface PatternCost {
  readonly constant: number;
  readonly degree: number;
}

/** Ways to get through a part of the pattern, and the most work that any part of it can ask for. */
interface Ways extends PatternCost {
  readonly peak: PatternCost;
}

const NONE: PatternCost = { constant: 1, degree: 0 };
const ONE_WAY: Ways = { ...NONE, peak: NONE };
const EXPONENTIAL: PatternCost = { constant: Number.POSITIVE_INFINITY, degree: Number.POSITIVE_INFINITY };

/**
 * Counts how many ways a backtracking engine may have to try. Sound, not sharp: `(ab|cd)*` is linear in
 * truth and counts as exponential; then the automaton runs instead, with the same verdict.
 * The ways of a sequence multiply, those of alternatives add up, a loop around one way adds a degree, a loop around
 * several ways is exponential (https://en.wikipedia.org/wiki/ReDoS).
 */
export function patternCost(pattern: AST.Pattern): PatternCost {
  const { peak } = ofAlternatives(pattern.alternatives);
  // Without ^ the engine begins anew at every character.
  return pattern.alternatives.every(beginsAtStart)
    ? { constant: peak.constant, degree: Math.max(1, peak.degree) }
    : { constant: peak.constant, degree: peak.degree + 1 };
}

function beginsAtStart(alternative: AST.Alternative): boolean {
  const first = alternative.elements[0];
  if (first?.type === 'Assertion') return first.kind === 'start';
  return (first?.type === 'Group' || first?.type === 'CapturingGroup') && first.alternatives.every(beginsAtStart);
}

function ofAlternatives(alternatives: readonly AST.Alternative[]): Ways {
  const each = alternatives.map((alternative) => ofSequence(alternative.elements));
  const ways = sum(each);
  return { ...ways, peak: sum([...each.map(({ peak }) => peak), ways]) };
}

function ofSequence(elements: readonly AST.Element[]): Ways {
  let ways: PatternCost = NONE;
  let peak: PatternCost = NONE;
  for (const element of elements) {
    const next = ofElement(element);
    peak = larger(peak, product(ways, next.peak));
    ways = product(ways, next);
  }
  return { ...ways, peak: larger(peak, ways) };
}

function ofElement(element: AST.Element): Ways {
  switch (element.type) {
    case 'Group':
    case 'CapturingGroup':
      return ofAlternatives(element.alternatives);
    case 'Assertion':
      // A look-around is left at its first match, so it costs, but gives no way more to what follows.
      return element.kind === 'lookahead' || element.kind === 'lookbehind'
        ? { ...NONE, peak: ofAlternatives(element.alternatives).peak }
        : ONE_WAY;
    case 'Quantifier':
      return ofQuantifier(element);
    case 'Backreference':
      return { ...NONE, peak: { constant: 1, degree: 1 } };
    case 'Character':
    case 'CharacterSet':
    case 'CharacterClass':
    case 'ExpressionCharacterClass':
      return ONE_WAY;
  }
}

function ofQuantifier({ element, min, max }: AST.Quantifier): Ways {
  const body = ofElement(element);
  const ways = loops(body, min, max);
  return { ...ways, peak: larger(product(ways, body.peak), ways) };
}

function loops(body: PatternCost, min: number, max: number): PatternCost {
  const oneWay = body.constant === 1 && body.degree === 0;
  if (max === Number.POSITIVE_INFINITY) return oneWay ? { constant: 1, degree: 1 } : EXPONENTIAL;
  if (max === 0) return NONE;
  const counts = max - min + 1;
  return oneWay
    ? { constant: counts, degree: 0 }
    : { constant: counts * body.constant ** max, degree: body.degree * max };
}

function product(a: PatternCost, b: PatternCost): PatternCost {
  return { constant: a.constant * b.constant, degree: a.degree + b.degree };
}

function larger(a: PatternCost, b: PatternCost): PatternCost {
  return { constant: Math.max(a.constant, b.constant), degree: Math.max(a.degree, b.degree) };
}

function sum(costs: readonly PatternCost[]): PatternCost {
  return {
    constant: costs.reduce((total, { constant }) => total + constant, 0),
    degree: Math.max(...costs.map(({ degree }) => degree)),
  };
}
