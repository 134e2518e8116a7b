import { distance } from 'fastest-levenshtein';

/** The candidates that are most like it, best first, however far they are. */
export function likest(typed: string, candidates: Iterable<string>, limit: number): string[] {
  const wanted = typed.toLowerCase();
  const scored = [...candidates].map((candidate) => {
    const name = candidate.toLowerCase();
    const contains = name.includes(wanted) || wanted.includes(name);
    return { candidate, far: distance(wanted, name) / Math.max(wanted.length, name.length) - (contains ? 1 : 0) };
  });
  return scored
    .toSorted((a, b) => a.far - b.far)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** The candidate that was most probably meant, or nothing where none is near. */
export function nearest(typed: string, candidates: Iterable<string>): string | undefined {
  const wanted = typed.toLowerCase();
  let best: string | undefined;
  // One slip in a short word, two (a pair swapped) in a longer one, and a third of a long one.
  let bestDistance = (typed.length <= 3 ? 1 : Math.max(2, Math.floor(typed.length / 3))) + 1;
  for (const candidate of candidates) {
    const apart = distance(wanted, candidate.toLowerCase());
    if (apart < bestDistance) {
      best = candidate;
      bestDistance = apart;
    }
  }
  return best;
}
