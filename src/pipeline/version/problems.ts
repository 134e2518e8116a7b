import { SnapkeepError } from '@snapkeep/sdk';
import type { FileProblem } from '../../store/verify.ts';

/** What a person is told of bytes that are not the manifest's. */
export function integrityError(dataset: string, snapshot: string, problems: readonly FileProblem[]): SnapkeepError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new SnapkeepError('SNAPKEEP_INTEGRITY', `${dataset}/${snapshot}/${first?.path}: ${first?.problem}${more}`, {
    details: { dataset, snapshot, problems },
  });
}
