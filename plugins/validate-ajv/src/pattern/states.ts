import type { AST } from '@eslint-community/regexpp';

/** One state of the nondeterministic automaton (Thompson's construction). */
export type State =
  | { readonly kind: 'accept' }
  /** Goes on to all of `next` without reading; filled in later for a loop. */
  | { readonly kind: 'split'; readonly next: State[] }
  | { readonly kind: 'start' | 'end'; readonly next: State }
  | { readonly kind: 'read'; readonly matches: (character: string) => boolean; readonly next: State };

/** The pattern uses what an automaton can't do: look-around, back reference, word boundary, or it is too large. */
export class NotRegular extends Error {}

/** `{1,500}` is 500 copies; beyond this many states a pattern is refused. */
const MAX_STATES = 2_000;

/** The automaton's first state for a pattern with the flag `u`. @throws NotRegular */
export function buildStates(pattern: AST.Pattern): State {
  let count = 0;

  function add<S extends State>(state: S): S {
    count += 1;
    if (count > MAX_STATES) throw new NotRegular('it is too large');
    return state;
  }

  /** Built backwards: the states of an element, given what comes after it. */
  function ofAlternatives(alternatives: readonly AST.Alternative[], after: State): State {
    const next = alternatives.map(({ elements }) =>
      elements.reduceRight((then, element) => ofElement(element, then), after),
    );
    const [only] = next;
    return next.length === 1 && only ? only : add({ kind: 'split', next });
  }

  function ofElement(element: AST.Element, after: State): State {
    switch (element.type) {
      case 'Group':
        if (element.modifiers) throw new NotRegular('it changes flags inside');
        return ofAlternatives(element.alternatives, after);
      case 'CapturingGroup':
        return ofAlternatives(element.alternatives, after);
      case 'Quantifier':
        return ofQuantifier(element, after);
      case 'Assertion':
        if (element.kind === 'start' || element.kind === 'end') return add({ kind: element.kind, next: after });
        throw new NotRegular(element.kind === 'word' ? 'it uses a word boundary' : 'it uses a look-around');
      case 'Backreference':
        throw new NotRegular('it uses a back reference');
      case 'Character':
      case 'CharacterSet':
      case 'CharacterClass':
      case 'ExpressionCharacterClass': {
        // The engine itself says what one character is worth, so that classes mean exactly the same.
        const one = new RegExp(`^${element.raw}$`, 'u');
        return add({ kind: 'read', matches: (character) => one.test(character), next: after });
      }
    }
  }

  function ofQuantifier({ element, min, max }: AST.Quantifier, after: State): State {
    let state = after;
    if (max === Number.POSITIVE_INFINITY) {
      const loop = add({ kind: 'split' as const, next: [after] });
      loop.next.unshift(ofElement(element, loop));
      state = loop;
    } else {
      for (let copy = min; copy < max; copy += 1)
        state = add({ kind: 'split', next: [ofElement(element, state), after] });
    }
    for (let copy = 0; copy < min; copy += 1) state = ofElement(element, state);
    return state;
  }

  return ofAlternatives(pattern.alternatives, { kind: 'accept' });
}
