import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { readDvcConfig } from '../dvc-config.ts';

export interface Remote {
  readonly name: string;
  readonly url: string;
}

/**
 * The remote of that name, else the default one.
 * @throws SNAPKEEP_REMOTE_FAILED where it isn't set up
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
  return { name, url };
}
