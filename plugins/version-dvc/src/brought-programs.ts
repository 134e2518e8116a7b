import { isAbsolute, relative, resolve, sep } from 'node:path';
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
  const { execa } = await import('execa');
  const asked = ['-c', 'safe.bareRepository=explicit', '-c', 'core.fsmonitor=false', 'ls-files', '-z', '--', ...paths];
  const { failed, stdout } = await execa('git', ['--literal-pathspecs', ...asked], {
    cwd: context.root,
    env: { ...context.env },
    extendEnv: false,
    reject: false,
    cancelSignal: context.signal,
  });
  context.signal.throwIfAborted();
  const [first] = failed ? [] : stdout.split('\0').filter((path) => path !== '');
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
