import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';

/** The block `plugins.postgres` of the configuration; seconds there, milliseconds here. */
export interface SourceSettings {
  /** `undefined` where the configuration says nothing: the connection's own `connect_timeout` decides first. */
  readonly connectTimeoutMs: number | undefined;
  /** How long the server may send nothing while it owes an answer. */
  readonly stallMs: number;
  /** How long to wait for a table that somebody alters, truncates or locks. */
  readonly lockTimeoutMs: number;
  /** Whether a snapshot may hold only the rows that row-level security shows to this user. */
  readonly rowSecurity: boolean;
  /** Whether messages of the server may quote values of the data. */
  readonly errorValues: boolean;
}

export function readSettings(context: PluginContext): SourceSettings {
  return {
    connectTimeoutMs: secondsOf(context, 'connectTimeoutSeconds'),
    stallMs: secondsOf(context, 'stallSeconds') ?? 60_000,
    lockTimeoutMs: secondsOf(context, 'lockTimeoutSeconds') ?? 300_000,
    rowSecurity: context.settings.rowSecurity === true,
    errorValues: context.settings.errorValues === true,
  };
}

function secondsOf(context: PluginContext, name: string): number | undefined {
  const value = context.settings[name];
  if (value === undefined) return undefined;
  // Node's timers hold 2^31-1 ms; more would fire at once.
  if (typeof value !== 'number' || !(value > 0) || value > 2_000_000) {
    throw new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `plugins.postgres.${name} must be a number of seconds above 0`);
  }
  return Math.ceil(value * 1000);
}
