/** A boundary's hash is the lowest of so many candidates before it and as many behind it. */
const NEIGHBOURS = 32;

/** Candidates for each boundary, on average: of `2 n + 1` neighbours one is the lowest. */
const CANDIDATES_PER_PART = 2 * NEIGHBOURS + 1;

/** The first part and the last have so many candidates at least: no crumbs, and a table of half a part is not cut. */
const FROM_THE_END = 16;

const HASHES = 1n << 64n;

/**
 * Below which hash of its key a row is a candidate.
 * @param partRows - rows of a part on average
 */
export function candidateLimit(partRows: number): bigint {
  const limit = (HASHES * BigInt(CANDIDATES_PER_PART)) / BigInt(partRows);
  return limit < HASHES ? limit : HASHES - 1n;
}

/**
 * Which candidates begin a part: those whose hash is lower than that of each neighbour. So a row decides for its own
 * neighbourhood only, and nothing but the keys counts: no history, no position.
 * N. Bjørner, A. Blass, Y. Gurevich, Content-dependent chunking for differential compression, the local maximum
 * approach, 2010, https://doi.org/10.1016/j.jcss.2009.06.004; figures beside other ways: docs/adr/0036
 * @param hashes - of all candidates, in the order of their keys
 * @returns their indexes, ascending
 */
export function chooseBoundaries(hashes: readonly bigint[]): number[] {
  return [...hashes.keys()].slice(FROM_THE_END, -FROM_THE_END).filter((index) => {
    const from = Math.max(0, index - NEIGHBOURS);
    const neighbours = hashes.slice(from, index + NEIGHBOURS + 1);
    return neighbours.every((other, at) => from + at === index || other > (hashes[index] ?? other));
  });
}
