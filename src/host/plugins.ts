import type { Config } from '@oclif/core/config';
import type { EventName } from '@snapkeep/sdk';

/** What the host needs of oclif's configuration; a test gives its own. */
export type PluginHost = Pick<Config, 'runHook' | 'getPluginsList' | 'version'>;

/** Every event that a plugin of snapkeep may handle. A `Record`, so that a new event can't be forgotten here. */
const EVENTS: Readonly<Record<EventName, true>> = {
  capabilities: true,
  'export:before': true,
  'export:after': true,
  'validate:before': true,
  'validate:after': true,
  'sync:before': true,
  'sync:after': true,
  'version:track': true,
  'version:commit': true,
  'version:tag': true,
  'version:stage': true,
  'version:restore': true,
  'version:push': true,
  'version:pull': true,
  'version:announce': true,
  'version:repair': true,
  'version:evict': true,
  'version:after': true,
  'rollback:after': true,
  failure: true,
};

/** Name → version of the plugins that take part in a run; oclif's own (help, autocomplete) don't. */
export function pluginVersions(host: PluginHost): Readonly<Record<string, string>> {
  const taking = host
    .getPluginsList()
    .filter((plugin) => Object.keys(EVENTS).some((event) => plugin.hooks[event]?.length));
  const pairs = taking.map((plugin) => [plugin.name, plugin.version] as const);
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}
