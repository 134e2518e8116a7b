import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { readDvcConfig } from '../dvc-config.ts';
import type { Tracked } from '../objects/wanted.ts';
import { chooseRemote } from './choose.ts';
import { fetchObjects } from './fetch.ts';
import { openWorker } from './worker.ts';

/** What the cache lacks, or has damaged, from the default remote. @throws SNAPKEEP_INTEGRITY where none is set up */
export async function fetchLacking(lacking: readonly Tracked[], context: PluginContext): Promise<readonly Tracked[]> {
  const directories = lacking.map(({ snapshot }) => snapshot.directory);
  const config = await readDvcConfig(context);
  if (config?.defaultRemote === undefined) {
    const names = directories.join(', ');
    throw new SnapkeepError('SNAPKEEP_INTEGRITY', `DVC’s cache does not hold ${names}, and no remote is set up.`, {
      hint: 'Name the remote that has it with dvc remote add --default, or export again.',
      details: { directories },
    });
  }
  const remote = await chooseRemote(undefined, context);
  context.log.info(`fetching ${directories.join(', ')} from the remote ${remote.name}`);
  await using worker = await openWorker(remote, context);
  return (await fetchObjects(lacking, worker, context)).tracked;
}
