import { type PluginContext, type Scan, SnapkeepError, type SourceSession } from '@snapkeep/sdk';

/** A context without an environment, and what was logged through it. */
export function contextOf(overrides: Partial<PluginContext> = {}): PluginContext & { readonly lines: string[] } {
  const lines: string[] = [];
  const log = (line: string) => {
    lines.push(line);
  };
  return {
    root: '/nowhere',
    env: { HOME: '/nowhere' },
    settings: {},
    log: { warn: log, info: log, verbose: log, debug: log },
    progress: { start: () => ({ update: () => undefined, end: () => undefined }) },
    signal: new AbortController().signal,
    ...overrides,
    lines,
  };
}

/** Every row of a scan. */
export async function allRows(
  session: SourceSession,
  scan: Partial<Scan> = {},
  batchRows = 1000,
  context = contextOf(),
): Promise<(readonly (string | null)[])[]> {
  const rows: (readonly (string | null)[])[] = [];
  for await (const batch of session.rows({ relation: 0, filters: [], ...scan }, { batchRows }, context))
    rows.push(...batch);
  return rows;
}

/** The error that a promise rejects with; fails where it does not, or where the error has no code. */
export async function failureOf(promise: Promise<unknown>): Promise<SnapkeepError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SnapkeepError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}
