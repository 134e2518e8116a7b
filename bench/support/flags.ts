import { parseArgs } from 'node:util';

export interface BenchFlags {
  /** The numbers that were given, or the defaults. */
  readonly sizes: readonly number[];
  /** Words among the numbers. */
  readonly words: readonly string[];
  /** `--save`: the figures go into bench/results, of which docs/performance.md is made. */
  readonly save: boolean;
}

/** `node bench/X.ts [number …] [word …] [--save]` */
export function benchFlags(...defaults: readonly number[]): BenchFlags {
  const { values, positionals } = parseArgs({
    options: { save: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const sizes = positionals.map(Number).filter((size) => !Number.isNaN(size));
  return {
    sizes: sizes.length > 0 ? sizes : defaults,
    words: positionals.filter((text) => Number.isNaN(Number(text))),
    save: values.save,
  };
}
