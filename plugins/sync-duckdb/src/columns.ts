import { nearest, SnapkeepError, type SyncRequest, shorten } from '@snapkeep/sdk';

/** Every column that an index names must be there. @throws SNAPKEEP_COLUMN_UNKNOWN */
export function checkIndexColumns({ indexes, columns, dataset }: SyncRequest): void {
  const names = columns.map(({ name }) => name);
  for (const column of indexes.flat()) {
    if (names.includes(column)) continue;
    const near = nearest(column, names);
    const advice = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
    throw new SnapkeepError(
      'SNAPKEEP_COLUMN_UNKNOWN',
      `An index of ${dataset} names the column ${JSON.stringify(shorten(column))}, which is not there${advice}`,
      { details: { column, columns: names } },
    );
  }
}

/** DuckDB's indexes hold single values: no lists, structs, maps, unions or intervals. */
export function indexRefusal({ columns }: SyncRequest, index: readonly string[], error: unknown): unknown {
  if (!(error instanceof Error) || !/invalid type for index/i.test(error.message)) return error;
  const culprit = columns.find(
    ({ name, fileType }) =>
      index.includes(name) && /[[(]|^(?:MAP|UNION|INTERVAL)/.test(fileType) && !fileType.startsWith('DECIMAL'),
  );
  const which = culprit
    ? `the column ${JSON.stringify(shorten(culprit.name))} of type ${shorten(culprit.fileType)}`
    : index.join(', ');
  return new SnapkeepError('SNAPKEEP_SYNC_FAILED', `DuckDB can’t index ${which}`, {
    hint: 'Remove it from the indexes of this sync target in the configuration.',
    cause: error,
    details: { index },
  });
}
