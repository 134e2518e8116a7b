import type { Cost } from './processes.ts';

/** Several ways to the same end, one after the other in every round, so that a slow moment of the machine meets all of them. */
export async function inTurn<Name extends string, Result>(
  ways: Readonly<Record<Name, () => Promise<Result>>>,
  rounds: number,
  eachEnd: (name: Name, result: Result, round: number) => void = () => undefined,
): Promise<Record<Name, Result[]>> {
  const entries = Object.entries(ways) as [Name, () => Promise<Result>][];
  const results = Object.fromEntries(entries.map(([name]) => [name, [] as Result[]])) as Record<Name, Result[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, way] of entries) {
      const result = await way();
      results[name].push(result);
      eachEnd(name, result, round);
    }
  }
  return results;
}

/** Of an even number the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

export function medianCost(costs: readonly Cost[]): Cost {
  return {
    seconds: median(costs.map(({ seconds }) => seconds)),
    cpuSeconds: median(costs.map(({ cpuSeconds }) => cpuSeconds)),
    peakMiB: median(costs.map(({ peakMiB }) => peakMiB)),
  };
}
