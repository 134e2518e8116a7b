import {
  type AnyRegistration,
  API_VERSION,
  CAPABILITY_KINDS,
  type CapabilityKind,
  type CapabilityKinds,
  isSnapkeepError,
  messageOf,
  nearest,
  SnapkeepError,
} from '@snapkeep/sdk';
import { type Delivery, emitEvent } from './events.ts';
import type { PluginHost } from './plugins.ts';

/** One capability as `doctor` lists it. */
export interface CapabilityEntry {
  readonly kind: CapabilityKind;
  readonly name: string;
  readonly plugin: string;
  readonly version: string;
}

interface Registered extends CapabilityEntry {
  readonly registration: AnyRegistration;
}

/** What all plugins provide. Asked once, at the first use; each capability is opened at most once. */
export class CapabilityRegistry {
  readonly #host: PluginHost;
  readonly #delivery: () => Delivery;
  #found: Promise<readonly Registered[]> | undefined;
  readonly #opened = new Map<string, Promise<unknown>>();

  constructor(host: PluginHost, delivery: () => Delivery) {
    this.#host = host;
    this.#delivery = delivery;
  }

  /** @throws SNAPKEEP_PLUGIN_INVALID */
  async list(): Promise<readonly CapabilityEntry[]> {
    const entries = await this.#discover();
    return entries.map(({ kind, name, plugin, version }) => ({ kind, name, plugin, version }));
  }

  /** @throws SNAPKEEP_CAPABILITY_UNKNOWN, SNAPKEEP_PLUGIN_INVALID */
  async open<K extends CapabilityKind>(kind: K, name: string): Promise<CapabilityKinds[K]> {
    const all = await this.#discover();
    const found = all.find((entry) => entry.kind === kind && entry.name === name);
    if (!found) throw unknownCapability(kind, name, all);
    const id = `${kind} ${name}`;
    const opened = this.#opened.get(id) ?? openOf(found);
    this.#opened.set(id, opened);
    // The registration was found by its kind, and `AnyRegistration` keeps kind and `open` in step.
    return opened as Promise<CapabilityKinds[K]>;
  }

  #discover(): Promise<readonly Registered[]> {
    this.#found ??= discover(this.#host, this.#delivery());
    return this.#found;
  }
}

async function openOf({ registration, kind, name, plugin }: Registered): Promise<unknown> {
  try {
    return await registration.open();
  } catch (error) {
    if (isSnapkeepError(error)) throw error;
    throw invalid(
      `${label(kind)} "${name}" of plugin ${plugin} could not be loaded: ${messageOf(error)}`,
      plugin,
      error,
    );
  }
}

async function discover(host: PluginHost, delivery: Delivery): Promise<readonly Registered[]> {
  const versions = new Map(host.getPluginsList().map(({ name, version }) => [name, version]));
  const answers = await emitEvent(host, 'capabilities', {}, delivery).catch((error: unknown) => {
    const plugin = isSnapkeepError(error) ? String(error.details.plugin ?? '') : '';
    throw plugin === '' ? error : invalid(messageOf(error), plugin, error);
  });
  const byName = new Map<string, Registered>();
  for (const { plugin, result } of answers) {
    if (!Array.isArray(result)) throw invalid(`plugin ${plugin} gave no list of capabilities`, plugin);
    for (const offered of result as readonly unknown[]) {
      const registration = checked(offered, plugin);
      const { kind, name } = registration;
      const other = byName.get(`${kind} ${name}`);
      if (other)
        throw invalid(`plugins ${other.plugin} and ${plugin} both register the ${label(kind)} "${name}"`, plugin);
      byName.set(`${kind} ${name}`, { kind, name, plugin, version: versions.get(plugin) ?? '', registration });
    }
  }
  // Plugins answer in whatever order they end; people and tests want one order.
  const order = (entry: Registered) => `${CAPABILITY_KINDS.indexOf(entry.kind)} ${entry.name}`;
  return [...byName.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** A stranger's plugin need not have been checked by TypeScript. */
function checked(offered: unknown, plugin: string): AnyRegistration {
  const { kind, name, apiVersion, open } = (offered ?? {}) as Partial<Record<keyof AnyRegistration, unknown>>;
  if (typeof name !== 'string' || name === '')
    throw invalid(`plugin ${plugin} registers a capability without a name`, plugin);
  if (!CAPABILITY_KINDS.some((known) => known === kind)) {
    throw invalid(`plugin ${plugin} registers "${name}" as a ${String(kind)}, which is no kind of capability`, plugin);
  }
  if (apiVersion !== API_VERSION) {
    const made = `was made for version ${String(apiVersion)} of the plugin contract`;
    throw invalid(`plugin ${plugin} ${made}; this snapkeep has version ${API_VERSION}`, plugin);
  }
  if (typeof open !== 'function') throw invalid(`plugin ${plugin} registers "${name}" without open()`, plugin);
  return offered as AnyRegistration;
}

function invalid(message: string, plugin: string, cause?: unknown): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_PLUGIN_INVALID', message, { cause, details: { plugin } });
}

function unknownCapability(kind: CapabilityKind, name: string, all: readonly Registered[]): SnapkeepError {
  const available = all.filter((entry) => entry.kind === kind).map((entry) => entry.name);
  const near = nearest(name, available);
  const there = available.length === 0 ? 'no plugin provides one' : `there is ${available.join(', ')}`;
  return new SnapkeepError('SNAPKEEP_CAPABILITY_UNKNOWN', `no plugin provides the ${label(kind)} "${name}"; ${there}`, {
    hint: near === undefined ? undefined : `Did you mean ${near}?`,
    details: { kind, name, available, suggestion: near ?? null },
  });
}

const LABELS: Readonly<Record<CapabilityKind, string>> = {
  source: 'source',
  validator: 'validator',
  keyword: 'keyword',
  writer: 'writer',
  syncTarget: 'sync target',
  versionStore: 'version store',
};

function label(kind: CapabilityKind): string {
  return LABELS[kind];
}
