import { type ErrorCode, isSnapkeepError, SnapkeepError } from '@snapkeep/sdk';
import type { ExportResult } from '../export/result.ts';
import type { FailedDataset } from './request.ts';

/** Why a dataset was not published, or not synced. */
export interface Failure {
  readonly dataset: string;
  readonly stage: FailedDataset['stage'];
  readonly error: SnapkeepError;
}

const OWN_EXITS: ReadonlySet<number> = new Set([2, 3, 11]);
const OWN_SOURCE_CODES: ReadonlySet<ErrorCode> = new Set([
  'SNAPKEEP_SOURCE_FAILED',
  'SNAPKEEP_SOURCE_PERMISSION',
  'SNAPKEEP_TABLE_NOT_FOUND',
]);

/**
 * Whether a failure is one dataset's own: its rows, its rules, its part of the configuration, a statement that the server
 * refused. Everything else (the connection, the disk, a lock, Ctrl-C) takes the whole run with it.
 */
export function isOwn(error: unknown): error is SnapkeepError {
  if (!isSnapkeepError(error) || error.retryable) return false;
  return OWN_EXITS.has(error.exitCode) || OWN_SOURCE_CODES.has(error.code);
}

/** As the result has it. */
export function failedDataset({ dataset, stage, error }: Failure): FailedDataset {
  const { code, message, hint, details } = error;
  return { dataset, stage, code, message, hint, details };
}

function sentence({ dataset, stage, error: { message } }: Failure): string {
  if (stage === 'sync') return `${dataset} was not synced: ${message}`;
  return message.startsWith(dataset) ? message : `${dataset}: ${message}`;
}

function outcomeText(published: readonly ExportResult[]): string {
  if (published.length === 0) return 'nothing was published';
  const names = published.map(({ dataset, version }) => (version === null ? dataset : `${dataset} v${version}`));
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} published`;
}

/**
 * The failure with which a run ends: the first one, the others as notes.
 * @param total - how many datasets were asked for
 */
export function runError(
  total: number,
  failures: readonly Failure[],
  published: readonly ExportResult[],
): SnapkeepError | undefined {
  const [first, ...others] = failures;
  if (!first) return undefined;
  const failed = new Set(failures.map(({ dataset }) => dataset)).size;
  const count = total === 1 ? '' : `; ${failed} of ${total} datasets failed, ${outcomeText(published)}`;
  return new SnapkeepError(first.error.code, `${sentence(first)}${count}`, {
    hint: first.error.hint,
    notes: [...first.error.notes, ...others.flatMap((other) => [sentence(other), ...other.error.notes])],
    // Whoever quoted rows has masked what the schema calls sensitive.
    quotes: { failed: failures.map(failedDataset), datasets: published },
  });
}
