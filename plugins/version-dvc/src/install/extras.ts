import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Check, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { readDvcConfig } from '../dvc-config.ts';
import { findDvc } from '../find-dvc.ts';
import { pythonsOf } from '../remote/python.ts';
import { findUv } from './find-uv.ts';
import { readMarker } from './marker.ts';
import { answers, runProgram } from './program.ts';

/** Kinds of remotes that need more than requirements.txt, each with its own pinned list; folders, S3 and HTTP don't. */
const PINNED: readonly string[] = ['gs', 'azure', 'ssh'];
const INCLUDED: readonly string[] = ['s3', 'http', 'https', 'remote'];

/** A remote whose kind the DVC in use can't talk to. */
export interface LackingRemote {
  readonly name: string;
  /** The package that it needs, e.g. `dvc-gs`. */
  readonly extra: string;
}

/** Starts Python, and only where a remote is of a kind that may be missing. @throws SNAPKEEP_DVC_MISSING */
async function lackingRemotes(context: PluginContext): Promise<readonly LackingRemote[]> {
  const remotes = [...((await readDvcConfig(context))?.remotes ?? [])].flatMap(([name, url]) => {
    const scheme = /^(\w+):\/\//.exec(url)?.[1]?.toLowerCase();
    if (scheme === undefined || INCLUDED.includes(scheme)) return [];
    return [{ name, extra: scheme.replace(/^webdavs$/, 'webdav') }];
  });
  if (remotes.length === 0) return [];
  const { command } = await findDvc(context);
  const modules = [...new Set(remotes.map(({ extra }) => `dvc_${extra}`))];
  const lacking = await lackingModules(modules, command, context);
  return remotes
    .filter(({ extra }) => lacking.includes(`dvc_${extra}`))
    .map(({ name, extra }) => ({ name, extra: `dvc-${extra}` }));
}

const FIND = `import importlib.util, sys
print(*[name for name in sys.argv[1:] if importlib.util.find_spec(name) is None])`;

async function lackingModules(
  modules: readonly string[],
  command: string,
  context: PluginContext,
): Promise<readonly string[]> {
  for (const python of await pythonsOf(command)) {
    const answer = await answers(python, ['-c', FIND, 'dvc', ...modules], context);
    const lacking = answer?.split(' ').filter((name) => name !== '');
    if (lacking && !lacking.includes('dvc')) return lacking;
  }
  // Nobody can tell, as with a DVC that is one binary: the command that needs it will.
  return [];
}

/** What `doctor` says of remotes; `[]` where all is there. */
export async function checkRemotes(context: PluginContext): Promise<readonly Check[]> {
  return (await lackingRemotes(context)).map(({ name, extra }) => ({
    name: `dvc remote ${name}`,
    ok: false,
    message: `${extra} is not installed`,
    hint: isPinned(extra)
      ? 'snapkeep doctor --fix installs it into the project.'
      : `Install ${extra} beside DVC; snapkeep has no pinned list for it.`,
    code: 'SNAPKEEP_DVC_MISSING',
  }));
}

function isPinned(extra: string): boolean {
  return PINNED.includes(extra.replace(/^dvc-/, ''));
}

/**
 * Installs what the project's remotes need, pinned and with hashes checked, into the environment that is ours.
 * @throws SNAPKEEP_DVC_MISSING where DVC is somebody else's, or the package isn't among those we pin
 */
export async function installExtras(context: PluginContext): Promise<void> {
  const extras = new Set((await lackingRemotes(context)).map(({ extra }) => extra));
  if (extras.size === 0) return;
  const { command } = await findDvc(context);
  const venv = resolve(command, '..', '..');
  const ours = (await readMarker(venv))?.state === 'ready';
  for (const extra of extras) {
    if (!ours || !isPinned(extra)) {
      throw new SnapkeepError('SNAPKEEP_DVC_MISSING', `${extra} is not installed beside ${command}.`, {
        hint: ours
          ? `snapkeep has no pinned list for it: uv pip install --python ${join(venv, 'bin', 'python')} ${extra}`
          : `Install ${extra} into that environment, or let snapkeep install a DVC of its own (without plugins.dvc.command, and with no other on the PATH).`,
      });
    }
    const file = fileURLToPath(new URL(`../../extras/${extra.replace(/^dvc-/, '')}.txt`, import.meta.url));
    const task = context.progress.start(`Installing ${extra}`);
    try {
      const uv = await findUv(context);
      const options = ['--quiet', '--no-deps', '--require-hashes', '--compile-bytecode'];
      await runProgram(
        uv,
        ['pip', 'install', ...options, '--python', join(venv, 'bin', 'python'), '-r', file],
        context,
      );
    } finally {
      task.end();
    }
    context.log.info(`${extra} was installed into ${venv}.`);
  }
}
