import type { Command } from '@oclif/core';
import { ux } from '@oclif/core/ux';

/**
 * Commands that aren't ours (plugins, autocomplete, help) have oclif's idea of `--json`, or none.
 * Teaches one of them ours: it takes the flag, prints nothing, and throws what went wrong.
 */
export function teachJson(command: Command.Class): void {
  command.enableJsonFlag = true;
  Object.assign(command.prototype, {
    logJson() {},
    catch(error: unknown) {
      // A spinner holds back whatever is written while it turns.
      ux.action.stop('!');
      return Promise.reject(error);
    },
  });
}

/** What such a command gave, as data: of oclif's plugin objects only what says something to others. */
export function foreignData(result: unknown): Record<string, unknown> {
  if (!Array.isArray(result)) return {};
  return { plugins: result.flatMap(pluginFacts) };
}

function pluginFacts(plugin: unknown): Record<string, unknown>[] {
  if (typeof plugin !== 'object' || plugin === null || !('name' in plugin)) return [];
  const { name, version, type, root } = plugin as Record<string, unknown>;
  return [{ name, version, type, root }];
}
