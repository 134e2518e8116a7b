import type { PluginContext } from '@snapkeep/sdk';

/**
 * An event goes to all plugins with one context, whose settings are the whole block `plugins`; a call of
 * the version store gets its own block. The same context for both.
 */
export function withOwnSettings(context: PluginContext): PluginContext {
  const own = context.settings.dvc;
  if (typeof own !== 'object' || own === null) return context;
  return { ...context, settings: Object.fromEntries(Object.entries(own)) };
}
