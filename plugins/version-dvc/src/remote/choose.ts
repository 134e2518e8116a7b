import { realpath } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { readDvcConfig } from '../dvc-config.ts';

export interface Remote {
  readonly name: string;
  readonly url: string;
}

/**
 * The remote of that name, else the default one.
 * @throws SNAPKEEP_REMOTE_FAILED where it isn't set up; SNAPKEEP_PATH_UNSAFE
 */
export async function chooseRemote(wanted: string | undefined, context: PluginContext): Promise<Remote> {
  const config = await readDvcConfig(context);
  const known = [...(config?.remotes.keys() ?? [])];
  const name = wanted ?? config?.defaultRemote;
  if (name === undefined) {
    throw new SnapkeepError(
      'SNAPKEEP_REMOTE_FAILED',
      known.length === 0 ? 'No DVC remote is set up.' : 'No DVC remote is the default one.',
      {
        hint:
          known.length === 0
            ? 'dvc remote add --default NAME URL sets one up; commit .dvc/config afterwards.'
            : `Name one with --remote (${known.join(', ')}), or set it with dvc remote default NAME.`,
      },
    );
  }
  const url = config?.remotes.get(name);
  if (url === undefined) {
    throw new SnapkeepError(
      'SNAPKEEP_REMOTE_FAILED',
      `There is no DVC remote ${name}; set up: ${known.join(', ') || 'none'}.`,
      { hint: `dvc remote add ${name} URL sets it up; dvc remote list shows those that are.` },
    );
  }
  await refuseBroughtSettings(name, config?.configPaths.get(name), context);
  return { name, url };
}

/**
 * AWS's settings may name a program that gives the credentials (`credential_process`): a file of the project, which
 * came with a clone, must not decide what runs here.
 */
async function refuseBroughtSettings(name: string, file: string | undefined, context: PluginContext): Promise<void> {
  if (file === undefined) return;
  const [real, root] = await Promise.all([realpath(file).catch(() => file), realpath(context.root)]);
  const places = [relative(root, real), relative(context.root, file)];
  if (places.every((place) => place.startsWith('..') || isAbsolute(place))) return;
  throw new SnapkeepError(
    'SNAPKEEP_PATH_UNSAFE',
    `configpath of the DVC remote ${name} is a file of the project: ${file}`,
    {
      hint: 'Such a file can start programs. Keep it outside of the project, e.g. in ~/.aws, and name that one.',
      details: { remote: name, path: file },
    },
  );
}
