import { setImmediate as nextTurn } from 'node:timers/promises';
import { SnapkeepError } from '@snapkeep/sdk';

export const MORE_HANDLES = 'Allow more open files, e.g. with ulimit -n 1024, and run the command again.';

let starved: Error | undefined;

/** oclif goes on without a plugin that it can't open, and only warns: where handles are too few, half of us would run. */
export function watchHandles(): void {
  process.on('warning', (warning) => {
    const code = 'code' in warning ? warning.code : undefined;
    if (code === 'EMFILE' || code === 'ENFILE') starved ??= warning;
  });
}

/** @throws SNAPKEEP_STORAGE_FAILED where plugins are missing because they could not be opened */
export async function refuseStarved(): Promise<void> {
  // Warnings come one turn after what they warn of.
  await nextTurn();
  if (starved === undefined) return;
  const message = 'the plugins could not be loaded: too many open files';
  throw new SnapkeepError('SNAPKEEP_STORAGE_FAILED', message, { hint: MORE_HANDLES, cause: starved });
}
