/**
 * The smallest case that still fails, found greedily: of the smaller ones the first that fails is taken, until none
 * does or the attempts are used up.
 *
 * @param smaller - what a case can be made into, the smallest first; ends where nothing is left to take away
 */
export async function minimise<T>(
  failing: T,
  smaller: (current: T) => Iterable<T>,
  fails: (candidate: T) => Promise<boolean>,
  attempts = 200,
): Promise<T> {
  let current = failing;
  let left = attempts;
  for (let found = true; found; ) {
    found = false;
    for (const candidate of smaller(current)) {
      if (left === 0) return current;
      left -= 1;
      if (!(await fails(candidate))) continue;
      current = candidate;
      found = true;
      break;
    }
  }
  return current;
}

/** Every list that is shorter: the halves first, then without one element each. */
export function* shorter<T>(items: readonly T[]): Generator<readonly T[]> {
  const half = Math.floor(items.length / 2);
  if (half > 0) {
    yield items.slice(0, half);
    yield items.slice(half);
  }
  if (items.length > 2) {
    for (let index = 0; index < items.length; index += 1) yield items.toSpliced(index, 1);
  } else if (items.length === 1) yield [];
}
