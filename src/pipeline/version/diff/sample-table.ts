import type { SampleChange, SampleRow } from './samples.ts';

/** Sampled rows for a person: texts, the key first. */
export interface SampleTable {
  readonly columns: readonly string[];
  /** So many of the columns are the key's. */
  readonly keys: number;
  readonly rows: readonly (readonly string[])[];
}

/** NULL by its name, so that it isn't taken for an empty text; what has parts as JSON. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Rows that one version has and the other hasn't, with all their values. */
export function oneSidedRows(samples: readonly SampleRow[]): SampleTable {
  const [first] = samples;
  const keys = Object.keys(first?.key ?? {});
  const names = Object.keys(first?.values ?? {});
  const repeated = samples.some(({ copies }) => copies > 1);
  return {
    columns: [...keys, ...names, ...(repeated ? ['copies'] : [])],
    keys: keys.length,
    rows: samples.map(({ key, values, copies }) => [
      ...Object.values(key).map(textOf),
      ...Object.values(values).map(textOf),
      ...(repeated ? [String(copies)] : []),
    ]),
  };
}

/** One line for every value that changed; the key stands in a row's first line only. */
export function changedRows(samples: readonly SampleChange[]): SampleTable {
  const keys = Object.keys(samples[0]?.key ?? {});
  return {
    columns: [...keys, 'column', 'old', 'new'],
    keys: keys.length,
    rows: samples.flatMap(({ key, changes }) =>
      changes.map(({ column, old, new: now }, index) => [
        ...Object.values(key).map((value) => (index === 0 ? textOf(value) : '')),
        column,
        textOf(old),
        textOf(now),
      ]),
    ),
  };
}
