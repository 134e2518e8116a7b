import type { Manifest, QualityRule } from '@snapkeep/sdk';

type Distribution = Manifest['quality']['distributions'][number];

/** A number that compares with the last version, and whether it may be so. */
export interface Comparison {
  readonly holds: boolean;
  readonly measured: string;
  readonly limit: string;
}

const percent = (value: number) => `${Number(value.toPrecision(3))} %`;

/** How many rows more or less there are than in the last version. */
export function compareRows(
  { maxChange }: NonNullable<QualityRule['rows']>,
  rows: number,
  before: number | undefined,
): Comparison | undefined {
  if (maxChange === undefined) return undefined;
  const limit = `at most ${percent(maxChange)} more or less than the last version`;
  if (before === undefined) return { holds: true, measured: 'there is no version to compare with', limit };
  if (before === 0) return { holds: true, measured: `${rows.toLocaleString('en')} rows after none`, limit };
  const change = (100 * (rows - before)) / before;
  const words = change >= 0 ? `${percent(change)} more rows` : `${percent(-change)} fewer rows`;
  return { holds: Math.abs(change) <= maxChange, measured: `${words} than the last version`, limit };
}

/**
 * Total variation distance of two distributions in percent: the share of rows whose value would have to be another
 * for the one to become the other. Values beyond the most frequent of the last version count as one.
 */
export function driftOf(before: Distribution, after: Distribution): number {
  const total = ({ values, others }: Distribution) => values.reduce((sum, { rows }) => sum + rows, others);
  const [was, is] = [total(before), total(after)];
  if (was === 0 || is === 0) return was === is ? 0 : 100;
  const now = new Map(after.values.map(({ value, rows }) => [value, rows]));
  let known = 0;
  let distance = 0;
  for (const { value, rows } of before.values) {
    const found = now.get(value) ?? 0;
    known += found;
    distance += Math.abs(rows / was - found / is);
  }
  distance += Math.abs(before.others / was - (is - known) / is);
  return 50 * distance;
}

export function compareDrift(
  { column, max }: NonNullable<QualityRule['drift']>,
  after: Distribution,
  before: Distribution | undefined,
): Comparison {
  const limit = `at most ${percent(max)}`;
  if (!before) return { holds: true, measured: 'there is no version to compare with', limit };
  const drift = driftOf(before, after);
  return { holds: drift <= max, measured: `${percent(drift)} of ${column} would have to be another value`, limit };
}
