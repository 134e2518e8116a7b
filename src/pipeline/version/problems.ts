import { SnapkeepError } from '@snapkeep/sdk';
import type { FileProblem } from '../../store/verify.ts';
import type { VerifyResult } from './verify.ts';

/** Bytes that only aren't here, as in a fresh clone: nothing speaks against them. */
function onlyMissing(problems: readonly FileProblem[]): boolean {
  return problems.length > 0 && problems.every(({ problem }) => problem === 'missing');
}

const DAMAGED = 'Remove the damaged folder; the next read of the version brings it back from DVC’s cache.';

/** What a person is told of bytes that are not the manifest's. */
export function integrityError(dataset: string, snapshot: string, problems: readonly FileProblem[]): SnapkeepError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new SnapkeepError('SNAPKEEP_INTEGRITY', `${dataset}/${snapshot}/${first?.path}: ${first?.problem}${more}`, {
    hint: onlyMissing(problems) ? 'Where a DVC remote has it: dvc pull' : DAMAGED,
    details: { dataset, snapshot, problems },
  });
}

/** What `version verify` found, as a failure: changed bytes are told first, missing ones can be brought back. */
export function verifyError(result: VerifyResult): SnapkeepError | undefined {
  if (result.ok) return undefined;
  const { dataset, latest } = result;
  const bad = result.versions.filter(({ ok }) => !ok);
  const missing = bad.filter(({ problems }) => onlyMissing(problems)).map(({ version }) => `v${version}`);
  const changed = bad.filter(({ problems }) => !onlyMissing(problems)).map(({ version }) => `v${version}`);
  const parts = [
    ...(changed.length > 0 ? [`${changed.join(', ')} can't be trusted`] : []),
    ...(missing.length > 0 ? [`files of ${missing.join(', ')} are missing here`] : []),
  ];
  const what = parts.length > 0 ? parts.join('; ') : `latest names ${latest.target ?? 'nothing'}`;
  return new SnapkeepError('SNAPKEEP_INTEGRITY', `${dataset}: ${what}`, {
    hint: hintOf(dataset, changed, missing),
    details: { ...result },
  });
}

function hintOf(dataset: string, changed: readonly string[], missing: readonly string[]): string | undefined {
  if (changed.length > 0) return DAMAGED;
  if (missing.length === 0) return undefined;
  return `They can be restored: dvc pull, or snapkeep version rollback ${dataset} ${missing.at(-1)}`;
}
