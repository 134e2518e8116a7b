import { execFile } from 'node:child_process';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';

/** Folders whose content runs, or decides what runs, when DVC is started; relative to the project. */
const OWN_FOLDERS = ['.venv', '.snapkeep'] as const;

/**
 * What came with a clone is not started: a DVC inside the project must not be in git. Where the project isn't in git,
 * or git is missing, nobody can tell.
 * @throws SNAPKEEP_PATH_UNSAFE
 */
export async function refuseBroughtPrograms(context: PluginContext): Promise<void> {
  const paths = [...OWN_FOLDERS, ...commandInside(context)];
  const asked = ['-c', 'safe.bareRepository=explicit', '-c', 'core.fsmonitor=false', 'ls-files', '-z', '--', ...paths];
  const { root, env, signal } = context;
  const run = promisify(execFile)('git', ['--literal-pathspecs', ...asked], {
    cwd: root,
    env: { ...env },
    signal,
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  const { stdout } = await run.catch(() => ({ stdout: '' }));
  signal.throwIfAborted();
  const [first] = stdout.split('\0').filter((path) => path !== '');
  if (first === undefined) return;
  throw new SnapkeepError(
    'SNAPKEEP_PATH_UNSAFE',
    `${first} is in git: a DVC that came with the repository is not started`,
    {
      hint: 'git rm --cached it and ignore it; or name a DVC outside of the project in plugins.dvc.command.',
      details: { path: first },
    },
  );
}

function commandInside({ root, settings }: PluginContext): string[] {
  const { command } = settings;
  if (typeof command !== 'string' || !command.includes('/')) return [];
  const inside = relative(root, resolve(root, command));
  return inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside) ? [] : [inside];
}
