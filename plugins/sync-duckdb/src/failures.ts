import { isSnapkeepError, messageOf, SnapkeepError, shorten } from '@snapkeep/sdk';

/** DuckDB's message without the statement and the advice that it prints below it. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : messageOf(error);
  return shorten(text.split('\n', 1)[0] ?? '', 300);
}

/** A file that could not be opened as a database. */
export function openFailure(to: string, error: unknown): SnapkeepError {
  const message = firstLine(error);
  if (/set lock on file|conflicting lock|already open|being used by another process/i.test(message)) {
    const holder = /\(PID (\d+)\)/.exec(message)?.[1];
    const who = holder === undefined ? 'another process' : `process ${holder}`;
    return new SnapkeepError('SNAPKEEP_SYNC_BUSY', `${who} has ${shorten(to)} open`, {
      cause: error,
      details: { to, ...(holder === undefined ? {} : { process: Number(holder) }) },
    });
  }
  const notOurs = /not a valid DuckDB database|is a directory|newer version|older version|storage version/i.test(
    message,
  );
  return new SnapkeepError(
    'SNAPKEEP_SYNC_FAILED',
    notOurs
      ? `${shorten(to)} is not a database that this DuckDB can open`
      : `${shorten(to)} can’t be opened: ${message}`,
    {
      cause: error,
      details: { to },
      ...(notOurs ? { hint: 'Name another file in sync[].to, or move this one away.' } : {}),
    },
  );
}

/** Whatever went wrong between BEGIN and COMMIT; the database is as it was. */
export function syncFailure(to: string, relation: string, error: unknown): Error {
  if (isSnapkeepError(error)) return error;
  return new SnapkeepError('SNAPKEEP_SYNC_FAILED', `${shorten(relation)} in ${shorten(to)}: ${firstLine(error)}`, {
    cause: error,
    details: { to, relation },
  });
}
