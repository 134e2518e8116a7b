import type {
  CapabilityKind,
  CapabilityKinds,
  EventName,
  EventPayloads,
  EventResult,
  Log,
  PluginContext,
  Progress,
} from '@snapkeep/sdk';
import type { ProjectConfig } from './config.ts';

/** One answer to an event, with the plugin that gave it. */
export interface Answer<E extends EventName> {
  readonly plugin: string;
  readonly result: NonNullable<EventResult<E>>;
}

/**
 * All that a verb of the pipeline gets from whoever runs it. The host builds it for the CLI;
 * a test builds its own. The pipeline imports neither oclif nor the host.
 */
export interface Runtime {
  /** Absolute real path of the project. */
  readonly root: string;
  readonly config: ProjectConfig;
  readonly log: Log;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** The command under way, e.g. `version rollback`; for whoever has to wait for it. */
  readonly command: string;
  /** How long it may wait for another run on the same dataset, by `--wait`. */
  readonly waitMs: number;
  /** snapkeep's own version and those of the loaded plugins, for the manifest. */
  readonly versions: { readonly snapkeep: string; readonly plugins: Readonly<Record<string, string>> };

  /** What plugins provide, by kind and name. @throws SNAPKEEP_PLUGIN_INVALID */
  capabilities(): Promise<readonly { readonly kind: CapabilityKind; readonly name: string }[]>;
  /** Opens a capability by the name that the configuration chose. @throws SNAPKEEP_CAPABILITY_UNKNOWN */
  capability<K extends CapabilityKind>(kind: K, name: string): Promise<CapabilityKinds[K]>;
  /** What a call of that capability receives; `settings` are its own. */
  context(name: string): PluginContext;
  /** Runs an event in every plugin and waits. Throws the first failure, after all have ended. */
  emit<E extends EventName>(event: E, payload: EventPayloads[E]): Promise<readonly Answer<E>[]>;
}

/** The same runtime, called off by another signal too: by a failure elsewhere in the run. */
export function withSignal(runtime: Runtime, signal: AbortSignal): Runtime {
  return { ...runtime, signal, context: (name) => ({ ...runtime.context(name), signal }) };
}
