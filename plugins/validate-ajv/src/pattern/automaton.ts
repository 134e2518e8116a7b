import type { State } from './states.ts';

/** A set of states that the text read so far can be in, with what was learnt of the way on. */
interface Node {
  readonly reads: readonly Extract<State, { kind: 'read' }>[];
  /** Whatever follows, the pattern matches. */
  readonly accepts: boolean;
  /** The pattern matches if the text ends here. */
  readonly acceptsAtEnd: boolean;
  readonly next: Map<number, Node>;
}

/** What was learnt is thrown away beyond this many steps, so that hostile texts can't fill the memory. */
const MAX_LEARNT_STEPS = 20_000;

/**
 * Looks for a match anywhere in a text in time proportional to its length, whatever the pattern:
 * all ways are followed at once, and a step once taken is remembered (https://swtch.com/~rsc/regexp/regexp1.html).
 */
export class Automaton {
  readonly #first: State;
  #nodes = new Map<string, Node>();
  #ids = new Map<State, number>();
  #start: Node;
  #learntSteps = 0;

  constructor(first: State) {
    this.#first = first;
    this.#start = this.#node([first], true);
  }

  test(text: string): boolean {
    let node = this.#start;
    for (const character of text) {
      if (node.accepts) return true;
      const code = character.codePointAt(0) ?? 0;
      node = node.next.get(code) ?? this.#learn(node, character, code);
    }
    return node.accepts || node.acceptsAtEnd;
  }

  #learn(from: Node, character: string, code: number): Node {
    if (this.#learntSteps >= MAX_LEARNT_STEPS) this.#forget();
    const states: State[] = [];
    for (const read of from.reads) if (read.matches(character)) states.push(read.next);
    // A match may begin at any character.
    states.push(this.#first);
    const node = this.#node(states, false);
    from.next.set(code, node);
    this.#learntSteps += 1;
    return node;
  }

  #forget(): void {
    this.#nodes = new Map();
    this.#learntSteps = 0;
    this.#start = this.#node([this.#first], true);
  }

  /** Follows everything that needs no character. */
  #node(from: readonly State[], atStart: boolean): Node {
    const now = reach(from, atStart, false);
    const atEnd = reach(from, atStart, true);
    const reads = now.filter((state) => state.kind === 'read');
    const accepts = now.some((state) => state.kind === 'accept');
    const acceptsAtEnd = atEnd.some((state) => state.kind === 'accept');
    const name = `${accepts} ${acceptsAtEnd} ${reads.map((state) => this.#id(state)).join(' ')}`;
    const known = this.#nodes.get(name);
    if (known) return known;
    const node: Node = { reads, accepts, acceptsAtEnd, next: new Map() };
    this.#nodes.set(name, node);
    return node;
  }

  #id(state: State): number {
    const id = this.#ids.get(state) ?? this.#ids.size;
    this.#ids.set(state, id);
    return id;
  }
}

function reach(from: readonly State[], atStart: boolean, atEnd: boolean): State[] {
  const seen = new Set<State>();
  const waiting = [...from].reverse();
  for (let state = waiting.pop(); state; state = waiting.pop()) {
    if (seen.has(state)) continue;
    seen.add(state);
    if (state.kind === 'split') waiting.push(...state.next);
    else if ((state.kind === 'start' && atStart) || (state.kind === 'end' && atEnd)) waiting.push(state.next);
  }
  return [...seen];
}
