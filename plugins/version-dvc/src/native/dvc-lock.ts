import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { exitCodeOf } from '../exit-code.ts';

/** DVC itself waits as long. */
const WAIT_SECONDS = '3';
/** What `flock` ends with where the lock is held, so that it can't be taken for a failure of its own. */
const HELD = 75;

/**
 * DVC holds `.dvc/tmp/lock` (flock) while it changes the repository; its `gc` would take objects that no pointer names yet.
 * Looked at, not held: without `flock` (util-linux) nothing is known.
 * @throws SNAPKEEP_BUSY
 */
export async function refuseHeldLock(context: PluginContext): Promise<void> {
  const lock = join(context.root, '.dvc', 'tmp', 'lock');
  if (!(await isThere(lock))) return;
  const args = ['--timeout', WAIT_SECONDS, '--conflict-exit-code', String(HELD), lock, 'true'];
  if ((await exitCodeOf('flock', args, context)) !== HELD) return;
  throw new SnapkeepError('SNAPKEEP_BUSY', 'Another DVC works in this project.', {
    hint: 'Wait until it has ended, then run the command again.',
  });
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
