import { distance } from 'fastest-levenshtein';

/** The name most like this one, where one is like it at all. */
function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(4, Math.ceil(name.length / 3) + 1);
  for (const candidate of names) {
    const far = candidate.toLowerCase() === name.toLowerCase() ? 0 : distance(name, candidate);
    if (far < bestDistance) {
      best = candidate;
      bestDistance = far;
    }
  }
  return best;
}

export function didYouMean(name: string, names: Iterable<string>): string {
  const best = nearest(name, names);
  return best === undefined ? '' : `; did you mean ${JSON.stringify(best)}?`;
}
