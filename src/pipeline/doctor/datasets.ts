import { access, readdir } from 'node:fs/promises';
import { isSnapkeepError } from '@snapkeep/sdk';
import { readLinkTarget } from '../../store/durable.ts';
import type { DatasetLayout } from '../../store/layout.ts';
import { heldLocks } from '../../store/lock.ts';
import { leftovers } from '../../store/recovery.ts';
import { readVersions } from '../../store/versions-file.ts';
import { layoutOf } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';
import { datasetNames } from '../version/names.ts';
import { attempt, bad, type Finding, failed, good } from './finding.ts';

/** Runs that are under way, what dead ones left, and whether every `latest` names its newest version. */
export async function checkDatasets(runtime: Runtime): Promise<Finding[]> {
  const busy = await heldLocks(runtime.root);
  const found: Finding[] = [
    good('project', 'locks', busy.length === 0 ? 'none is held' : `a run works on ${busy.join(', ')}`),
    ...(await checkLeftovers(runtime, busy)),
  ];
  for (const name of await datasetNames(runtime)) {
    // While a run works on it, `latest` may be on its way.
    if (busy.includes(name)) continue;
    const layout = layoutOf(runtime, name);
    const examine = () => checkLatest(layout);
    found.push(await attempt(runtime, 'project', `latest of ${name}`, examine));
  }
  return found;
}

/** Only looked at: the next command that writes the dataset heals it. */
async function checkLeftovers(runtime: Runtime, busy: readonly string[]): Promise<Finding[]> {
  const name = 'interrupted runs';
  try {
    const dead = (await leftovers(runtime.root)).filter(({ journal }) => !busy.includes(journal?.dataset ?? ''));
    if (dead.length === 0) return [good('project', name, 'none')];
    return dead.map(({ directory, journal }) => {
      if (journal === null) {
        return good('project', name, `${directory} was left before anything was done`, 'It can be removed.');
      }
      const what = `${journal.operation} of ${journal.dataset}, begun at ${journal.startedAt}`;
      return good('project', name, what, `The next command that writes ${journal.dataset} heals it.`);
    });
  } catch (error) {
    if (!isSnapkeepError(error) || error.code !== 'SNAPKEEP_JOURNAL_UNKNOWN') throw error;
    return [{ ...bad('project', name, error), hint: await explainFolder(String(error.details.directory)) }];
  }
}

async function explainFolder(directory: string): Promise<string> {
  const names = await readdir(directory).catch(() => []);
  const content = names.length === 0 ? 'It is empty.' : `It holds ${names.sort().join(', ')}.`;
  return `${content} A newer snapkeep may have written it: upgrade; or move the folder away once every version verifies.`;
}

async function checkLatest(layout: DatasetLayout): Promise<Finding> {
  const name = `latest of ${layout.dataset}`;
  const current = (await readVersions(layout)).at(-1);
  if (!current) return good('project', name, 'no version yet');
  const back = `It is in git: git checkout -- ${layout.latest}`;
  let target: string | null;
  try {
    target = await readLinkTarget(layout.absolute(layout.latest));
  } catch {
    return failed('project', name, 'SNAPKEEP_INTEGRITY', `${layout.latest} is not a link`, back);
  }
  if (target !== current.snapshot) {
    const message = `${layout.latest} names ${target ?? 'nothing'}, v${current.version} is ${current.snapshot}`;
    return failed('project', name, 'SNAPKEEP_INTEGRITY', message, back);
  }
  const present = await access(layout.absolute(layout.snapshot(current.snapshot))).then(
    () => true,
    () => false,
  );
  const message = `v${current.version}, ${current.snapshot}`;
  if (present) return good('project', name, message);
  return good(
    'project',
    name,
    `${message}, whose files are not here`,
    'dvc pull brings them; query restores them too.',
  );
}
