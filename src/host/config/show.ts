import { maskData, maskUrl } from '../mask.ts';
import { dotted, pointerOf } from './pointer.ts';
import type { LoadedConfig, Origin } from './types.ts';

/** One value in force, as `config show` gives it. */
export interface ShownValue {
  /** e.g. `datasets.orders.key`. */
  readonly key: string;
  /** Masked where it is a secret. */
  readonly value: unknown;
  readonly origin: Origin;
}

export interface ShownConfig {
  readonly root: string;
  readonly file: string | null;
  readonly profile: string | null;
  /** Leaves in their order; an array is one leaf. */
  readonly values: readonly ShownValue[];
}

/** The configuration in force as plain data without secrets. */
export function describeConfig({ root, profile, config, origins }: LoadedConfig): ShownConfig {
  const { file, ...shown } = config;
  return { root, file, profile, values: [...leaves(shown, [], origins)] };
}

function* leaves(
  holder: object,
  parts: readonly string[],
  origins: ReadonlyMap<string, Origin>,
): Generator<ShownValue> {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
    const own = [...parts, name];
    const value: unknown = descriptor.get ? missing(descriptor.get) : descriptor.value;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      yield* leaves(value, own, origins);
      continue;
    }
    const origin = origins.get(pointerOf(own)) ?? 'default';
    yield { key: dotted(own), value: masked(own, value), origin };
  }
}

/** What a text that waits for a variable says of itself. */
function missing(get: () => unknown): string {
  try {
    return String(get());
  } catch (error) {
    return `(${error instanceof Error ? error.message : String(error)})`;
  }
}

function masked(parts: readonly string[], value: unknown): unknown {
  if (parts[0] === 'plugins') return maskData(value, parts.slice(2).join('.'));
  return typeof value === 'string' ? maskUrl(value) : value;
}
