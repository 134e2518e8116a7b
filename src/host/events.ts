import {
  type EventName,
  type EventPayloads,
  type EventResult,
  isSnapkeepError,
  messageOf,
  type PluginContext,
  SnapkeepError,
} from '@snapkeep/sdk';
import { fileSystemFailure } from './failure/file-system.ts';
import type { PluginHost } from './plugins.ts';

/** One answer to an event, with the plugin that gave it. */
export interface Answer<E extends EventName> {
  readonly plugin: string;
  readonly result: NonNullable<EventResult<E>>;
}

/** What goes to every handler beside the event's own payload. */
export interface Delivery {
  /** Its `settings` are the whole block `plugins`; the SDK's `forStore` and `onEvent` narrow it. */
  readonly context: PluginContext;
  /** Names of the version stores that the configuration switched on. */
  readonly stores: readonly string[];
}

/**
 * The one place where an event goes to the plugins: all of them, in parallel, awaited. Throws the
 * first failure after all have ended; a SnapkeepError as it is, anything else with the plugin's name.
 */
export async function emitEvent<E extends EventName>(
  host: PluginHost,
  event: E,
  payload: EventPayloads[E],
  { context, stores }: Delivery,
): Promise<readonly Answer<E>[]> {
  // `context` is overwritten by oclif with its own, so ours goes by another name (see the SDK's events).
  // Captured: without it runHook throws some failures at once and swallows others.
  const options: Record<string, unknown> = { ...payload, stores, pluginContext: context };
  const { successes, failures } = await host.runHook<string>(event, options, undefined, true);
  const [failure] = failures;
  if (failure) throw explain(event, failure.plugin.name, failure.error, context.signal);
  return successes.flatMap(({ plugin, result }) =>
    result === undefined || result === null
      ? []
      : [{ plugin: plugin.name, result: result as NonNullable<EventResult<E>> }],
  );
}

function explain(event: string, plugin: string, error: unknown, signal: AbortSignal): unknown {
  if (isSnapkeepError(error) || signal.aborted) return error;
  const file = fileSystemFailure(error);
  if (file) return file;
  return new SnapkeepError('SNAPKEEP_INTERNAL', `plugin ${plugin} failed at ${event}: ${messageOf(error)}`, {
    cause: error,
    details: { plugin, event },
  });
}
