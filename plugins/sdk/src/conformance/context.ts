import type { Log, PluginContext } from '../context.ts';

export interface LoggedMessage {
  readonly level: keyof Log;
  readonly message: string;
}

/** A context for tests, which keeps what was said. */
export interface TestContext extends PluginContext {
  readonly messages: readonly LoggedMessage[];
}

/** @param given - what the plugin needs of the outside; the rest is empty */
export function createTestContext(
  given: Partial<Pick<PluginContext, 'root' | 'env' | 'settings' | 'signal'>> = {},
): TestContext {
  const messages: LoggedMessage[] = [];
  const keep = (level: keyof Log) => (message: string) => {
    messages.push({ level, message });
  };
  return {
    root: given.root ?? process.cwd(),
    env: given.env ?? {},
    settings: given.settings ?? {},
    signal: given.signal ?? new AbortController().signal,
    log: { warn: keep('warn'), info: keep('info'), verbose: keep('verbose'), debug: keep('debug') },
    progress: { start: () => ({ update: () => {}, end: () => {} }) },
    messages,
  };
}
