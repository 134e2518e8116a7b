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
    hint: allAre('missing', problems) ? `Where a remote has it: snapkeep version pull ${dataset}` : repairHint(dataset),
    details,
  });
}

function repairHint(dataset: string): string {
  return `snapkeep version verify ${dataset} --repair puts good bytes in its place, from the cache or a remote.`;
}
