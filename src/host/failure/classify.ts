import { isSnapkeepError, messageOf, SnapkeepError } from '@snapkeep/sdk';
import { ClosedPipe } from '../signals.ts';
import { fileSystemFailure } from './file-system.ts';
import type { FailureScene } from './scene.ts';
import { usageFailure } from './usage.ts';

const NO_SCENE: FailureScene = { flags: [], managesPlugins: false };

/** Exit codes that matter more than the Ctrl-C that came before: a failing disk, damaged bytes. */
const OUTWEIGHS_INTERRUPTION: readonly number[] = [12, 14];

/** Whatever was thrown, as the error that a user sees. */
export function classify(
  error: unknown,
  scene: FailureScene = NO_SCENE,
  signal?: AbortSignal,
): SnapkeepError | ClosedPipe {
  if (error instanceof ClosedPipe) return error;
  const known = isSnapkeepError(error) ? error : (fileSystemFailure(error) ?? usageFailure(error, scene));
  if (signal?.aborted && !(known && OUTWEIGHS_INTERRUPTION.includes(known.exitCode)))
    return interruption(error, signal);
  return known ?? new SnapkeepError('SNAPKEEP_INTERNAL', messageOf(error) || 'unknown error', { cause: error });
}

/** What an aborted run throws is mostly an echo of the abort: a lost connection, a killed child. */
function interruption(error: unknown, signal: AbortSignal): SnapkeepError | ClosedPipe {
  const { reason } = signal;
  if (reason instanceof ClosedPipe || reason === error) return reason as SnapkeepError | ClosedPipe;
  if (!isSnapkeepError(reason)) return new SnapkeepError('SNAPKEEP_INTERRUPTED', 'interrupted', { cause: error });
  return new SnapkeepError(reason.code, reason.message, { cause: error });
}
