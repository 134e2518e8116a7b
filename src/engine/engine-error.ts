import { isSnapkeepError, messageOf, SnapkeepError } from '@snapkeep/sdk';

/** A commit says what failed without saying of what kind that is. */
const FAILED_STORAGE = [
  /^(IO Error|Permission Error|FATAL Error: fsync failed)/i,
  /^TransactionContext Error: Failed to commit: (Cannot open|Could not) /,
];

/** What it says of a CSV that it can't read shows a row, which may hold any words. */
const UNREADABLE_CSV = /^(Conversion|Invalid Input) Error: CSV Error/;

/** Whether the rows of a CSV are not what was said of them. */
export function isUnreadableCsv(error: unknown): boolean {
  return UNREADABLE_CSV.test(messageOf(error));
}

/** DuckDB reports a full or broken disk as text only; everything else stays what it is. */
export function engineError(error: unknown): unknown {
  if (isSnapkeepError(error) || isUnreadableCsv(error)) return error;
  const message = messageOf(error);
  if (/no space left|disk quota|out of disk/i.test(message)) {
    return new SnapkeepError('SNAPKEEP_STORAGE_FULL', `the disk is full: ${message}`, { cause: error });
  }
  if (/^Out of Memory Error|^TransactionContext Error: Failed to commit: failed to (?:pin|allocate)/.test(message)) {
    return new SnapkeepError('SNAPKEEP_MEMORY_LIMIT', message.split(' · ')[0] ?? message, { cause: error });
  }
  if (FAILED_STORAGE.some((pattern) => pattern.test(message))) {
    return new SnapkeepError('SNAPKEEP_STORAGE_FAILED', message, { cause: error });
  }
  return error;
}
