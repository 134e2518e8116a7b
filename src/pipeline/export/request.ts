import type { Compression, InvalidPolicy } from '@snapkeep/sdk';
import type { WindowRequest } from '../time-window.ts';
import type { LaneChoice } from './lane.ts';
import type { GivenPolicy } from './policies.ts';

/** What one export is asked for; flags over the dataset's configuration over defaults. */
export interface ExportRequest extends WindowRequest {
  readonly name: string;
  /** Whether a window leaves a dataset without a time column whole, in place of refusing it. */
  readonly wholeWithoutTime?: boolean | undefined;
  readonly as?: string | undefined;
  /** `COLUMN=VALUE`, always a value. */
  readonly where?: readonly string[] | undefined;
  /** Shorthand → value, as `filters` of the dataset defines it. */
  readonly shorthands?: Readonly<Record<string, string>> | undefined;
  /** Columns that tell rows apart, in place of the dataset's key; each one name, or several with commas. Empty texts: none. */
  readonly key?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly batchRows?: number | undefined;
  /** Through how many connections the rows are read; absent: one. */
  readonly jobs?: number | undefined;
  readonly validate?: boolean | undefined;
  /** A schema's file in place of the dataset's: absolute. */
  readonly schema?: string | undefined;
  /** Absent: `auto`. */
  readonly lane?: LaneChoice | undefined;
  readonly onInvalid?: InvalidPolicy | undefined;
  /** Rows, or a share such as `5%`. */
  readonly maxInvalid?: string | undefined;
  readonly failFast?: boolean | undefined;
  readonly onInexact?: readonly GivenPolicy[] | undefined;
  readonly compression?: Compression | undefined;
  readonly sync?: boolean | undefined;
  readonly version?: boolean | undefined;
  /** Whether the dataset's `compatibility` may be broken this once. */
  readonly allowBreaking?: boolean | undefined;
  /** A new version also where nothing changed. */
  readonly force?: boolean | undefined;
  /** How often reading begins anew where its failure passes by itself. */
  readonly retries?: number | undefined;
  readonly message?: string | undefined;
}

export const DEFAULT_BATCH_ROWS = 10_000;
/** Whether the export leaves rows out that the dataset holds; then it is no version of the dataset. */
function isNarrowed(request: ExportRequest): boolean {
  return (
    (request.where?.length ?? 0) > 0 || Object.keys(request.shorthands ?? {}).length > 0 || request.limit !== undefined
  );
}

/** Whether it becomes a version: not with `--no-version`, not when narrowed, unless it has a name of its own. */
export function isVersioned(request: ExportRequest): boolean {
  if (request.version === false) return false;
  return !isNarrowed(request) || request.as !== undefined;
}
