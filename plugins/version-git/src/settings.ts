import { type CommitVersion, nearest, type PluginContext, SnapkeepError } from '@snapkeep/sdk';

/** The block `plugins.git` of the configuration. */
export interface GitSettings {
  /** `false`: files are written, nothing is committed or tagged. */
  readonly commit: boolean;
  /** The only branch on which versions are recorded; `undefined`: whichever is checked out. */
  readonly branch: string | undefined;
  readonly signOff: boolean;
  /** `true`: with git's own key; a text: with this one; `undefined`: as git's `commit.gpgSign` says. */
  readonly sign: boolean | string | undefined;
  /** First line of a version's commit, with placeholders; `undefined`: ours. */
  readonly message: string | undefined;
}

const KEYS = ['commit', 'branch', 'signOff', 'sign', 'message'] as const satisfies readonly (keyof GitSettings)[];
const PLACEHOLDERS = ['dataset', 'version', 'snapshot', 'kind', 'rows', 'bytes', 'message'] as const;

/** @throws SNAPKEEP_CONFIG_INVALID */
export function readSettings({ settings }: PluginContext): GitSettings {
  const unknown = Object.keys(settings).find((key) => !KEYS.some((known) => known === key));
  if (unknown !== undefined) {
    const near = nearest(unknown, KEYS);
    throw invalid(
      unknown,
      'is unknown',
      near === undefined ? `There are ${KEYS.join(', ')}.` : `Did you mean ${near}?`,
    );
  }
  const message = text(settings, 'message');
  if (message !== undefined) refusePlaceholders(message);
  const { sign } = settings;
  if (sign !== undefined && typeof sign !== 'boolean' && (typeof sign !== 'string' || sign === '')) {
    throw invalid('sign', 'must be true, false or the name of a key');
  }
  return {
    commit: flag(settings, 'commit') ?? true,
    branch: text(settings, 'branch'),
    signOff: flag(settings, 'signOff') ?? false,
    sign,
    message,
  };
}

/**
 * The message with its first line made anew by the template; the facts below it stay. Of several versions in one commit
 * each value is listed, and said once where all have the same.
 */
export function withTemplate(template: string, message: string, versions: readonly CommitVersion[]): string {
  const listed = (value: (version: CommitVersion) => string) => [...new Set(versions.map(value))].join(', ');
  const values: Record<(typeof PLACEHOLDERS)[number], string> = {
    dataset: listed(({ dataset }) => dataset),
    version: listed(({ version }) => String(version)),
    snapshot: listed(({ snapshot }) => snapshot),
    kind: listed(({ kind }) => kind),
    rows: listed(({ rows }) => rows.toLocaleString('en')),
    bytes: listed(({ bytes }) => String(bytes)),
    message: listed(({ message: text }) => text),
  };
  const first = template.replace(/\{(\w+)\}/g, (_, name: keyof typeof values) => values[name]);
  const rest = message.split('\n').slice(1).join('\n').trim();
  return rest === '' ? first : `${first.trimEnd()}\n\n${rest}`;
}

function refusePlaceholders(template: string): void {
  const known = PLACEHOLDERS.map((name) => `{${name}}`);
  const wrong = template.match(/\{[^{}]*\}?/g)?.find((found) => !known.includes(found));
  if (wrong === undefined && template.trim() !== '') return;
  throw invalid('message', wrong === undefined ? 'is empty' : `holds ${wrong}`, `It may hold ${known.join(', ')}.`);
}

function flag(settings: PluginContext['settings'], name: string): boolean | undefined {
  const value = settings[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid(name, 'must be true or false');
}

function text(settings: PluginContext['settings'], name: string): string | undefined {
  const value = settings[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw invalid(name, 'must be a text');
}

function invalid(name: string, why: string, hint?: string): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `plugins.git.${name} ${why}`, hint === undefined ? {} : { hint });
}
