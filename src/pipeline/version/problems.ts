import { SnapkeepError } from '@snapkeep/sdk';
import type { FileProblem } from '../../store/verify.ts';

type Fault = Pick<FileProblem, 'problem'>;

export function allAre(problem: FileProblem['problem'], problems: readonly Fault[]): boolean {
  return problems.length > 0 && problems.every((one) => one.problem === problem);
}

/** What a person is told of bytes that are not the manifest's. */
export function integrityError(dataset: string, snapshot: string, problems: readonly FileProblem[]): SnapkeepError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const message = `${dataset}/${snapshot}/${first?.path}: ${first?.problem}${more}`;
  const details = { dataset, snapshot, problems };
  if (allAre('a link', problems)) {
    return new SnapkeepError('SNAPKEEP_PATH_UNSAFE', message, { hint: repairHint(dataset), details });
  }
  return new SnapkeepError('SNAPKEEP_INTEGRITY', message, {
    // Bytes that only aren't here, as in a fresh clone: nothing speaks against them.
    hint: allAre('missing', problems)
      ? `Where a remote has it: snapkeep version pull ${dataset} ${snapshot}`
      : repairHint(dataset),
    details,
  });
}

/** What is said of a version whose data were removed for good. @param at - when; UTC, ISO 8601 */
export function removedText(at: string): string {
  return `can’t be restored: its data were removed on ${at.slice(0, 10)} by version gc --confirm, when no other copy was known`;
}

/** What is left to do about it. */
export function bringBackHint(dataset: string, snapshot: string): string {
  return `If somebody has a copy still and pushes it, snapkeep version pull ${dataset} ${snapshot} brings it back.`;
}

function repairHint(dataset: string): string {
  return `snapkeep version verify ${dataset} --repair puts good bytes in its place, from the cache or a remote.`;
}
