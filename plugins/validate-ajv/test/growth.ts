/** CPU time of one call in ms, the least of three: what other processes do is not in it. */
function costOf(work: () => unknown): number {
  return Math.min(
    ...[1, 2, 3].map(() => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    }),
  );
}

/**
 * How much more ten times as much costs: 10 where the cost is linear, 100 where it is quadratic.
 * @param workOf - makes the work on so many items; only the work is measured
 */
export function growthOf(items: number, workOf: (items: number) => () => unknown): number {
  const [few, many] = [workOf(items / 10), workOf(items)];
  // Below a millisecond it is the clock that is measured.
  return costOf(many) / Math.max(costOf(few), 1);
}
