import type {
  CapabilityKind,
  CapabilityKinds,
  EventName,
  EventPayloads,
  Log,
  PluginContext,
  Progress,
} from '@snapkeep/sdk';
import { type CapabilityEntry, CapabilityRegistry } from './capabilities.ts';
import type { HostConfig, LoadedConfig } from './config/types.ts';
import { type Answer, emitEvent } from './events.ts';
import { type PluginHost, pluginVersions } from './plugins.ts';

/** Of the shape that the pipeline asks for, with what only the host's own commands need. */
export interface HostRuntime {
  readonly root: string;
  readonly config: HostConfig;
  readonly log: Log;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly command: string;
  /** By `--wait`. */
  readonly waitMs: number;
  readonly versions: { readonly snapkeep: string; readonly plugins: Readonly<Record<string, string>> };
  capability<K extends CapabilityKind>(kind: K, name: string): Promise<CapabilityKinds[K]>;
  context(name: string): PluginContext;
  emit<E extends EventName>(event: E, payload: EventPayloads[E]): Promise<readonly Answer<E>[]>;
  /** All that plugins provide. */
  capabilities(): Promise<readonly CapabilityEntry[]>;
}

export interface RuntimeParts {
  readonly host: PluginHost;
  readonly loaded: LoadedConfig;
  readonly log: Log;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly command: string;
  readonly waitMs: number;
}

export function createRuntime({ host, loaded, log, progress, signal, command, waitMs }: RuntimeParts): HostRuntime {
  const { root, config, env } = loaded;
  const contextWith = (settings: PluginContext['settings']): PluginContext => ({
    root,
    env,
    settings,
    log,
    progress,
    signal,
  });
  const delivery = () => ({ context: contextWith(config.plugins), stores: config.capabilities.versionStore });
  const registry = new CapabilityRegistry(host, delivery);
  return {
    root,
    config,
    log,
    progress,
    signal,
    command,
    waitMs,
    versions: { snapkeep: host.version, plugins: pluginVersions(host) },
    capability: (kind, name) => registry.open(kind, name),
    capabilities: () => registry.list(),
    context: (name) => contextWith(Object.hasOwn(config.plugins, name) ? (config.plugins[name] ?? {}) : {}),
    emit: (event, payload) => emitEvent(host, event, payload, delivery()),
  };
}
