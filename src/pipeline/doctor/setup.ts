import type { CapabilityKind } from '@snapkeep/sdk';
import type { Runtime } from '../runtime.ts';
import { readCheckedSchema } from '../schema/check.ts';
import { DEFAULT_SYNC } from '../sync.ts';
import { attempt, type Finding, good } from './finding.ts';

/** The configuration file and what it names. One that is broken ends every command before it begins, doctor too. */
export async function checkConfiguration(runtime: Runtime): Promise<Finding[]> {
  const { file, datasets } = runtime.config;
  const names = Object.keys(datasets);
  const found: Finding[] = [
    file === null
      ? good('configuration', 'file', 'none: a dataset is a table, by its name', 'snapkeep init writes one.')
      : good('configuration', 'file', file),
    good('configuration', 'datasets', names.length === 0 ? 'none' : names.join(', ')),
  ];
  for (const [name, { schema }] of Object.entries(datasets)) {
    if (schema === undefined) continue;
    const examine = async () => {
      await readCheckedSchema(runtime, schema);
      return good('configuration', `schema of ${name}`, schema);
    };
    found.push(await attempt(runtime, 'configuration', `schema of ${name}`, examine));
  }
  return found;
}

/** Every capability that the configuration chose, loaded as a run would load it. */
export async function checkPlugins(runtime: Runtime): Promise<Finding[]> {
  const { capabilities, datasets } = runtime.config;
  const targets = Object.values(datasets).flatMap(({ sync }) => (sync ?? [DEFAULT_SYNC]).map(({ target }) => target));
  const chosen: readonly (readonly [CapabilityKind, string, string])[] = [
    ['source', 'source', capabilities.source],
    ['validator', 'validator', capabilities.validator],
    ['writer', 'writer', capabilities.writer],
    ...[...new Set(targets)].map((name) => ['syncTarget', 'sync target', name] as const),
    ...capabilities.versionStore.map((name) => ['versionStore', 'version store', name] as const),
  ];
  const plugins = Object.entries(runtime.versions.plugins).map(([name, version]) => `${name} ${version}`);
  const found: Finding[] = [good('plugins', 'plugins', plugins.join(', '))];
  for (const [kind, label, name] of chosen) {
    const examine = async () => {
      await runtime.capability(kind, name);
      return good('plugins', label, name);
    };
    found.push(await attempt(runtime, 'plugins', label, examine));
  }
  return found;
}
