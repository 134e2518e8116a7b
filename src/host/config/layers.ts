import { pointerOf } from './pointer.ts';
import type { Origin } from './types.ts';

/** One layer of the configuration. */
export interface Layer {
  readonly value: Readonly<Record<string, unknown>>;
  originOf(parts: readonly (string | number)[]): Origin;
}

export interface Merged {
  readonly value: Record<string, unknown>;
  /** JSON pointer of each leaf → origin. An array is a leaf: a higher layer replaces it whole. */
  readonly origins: Map<string, Origin>;
}

/** Lays the layers over one another, the weightiest last. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const merged: Merged = { value: {}, origins: new Map() };
  for (const layer of layers) lay(merged.value, layer.value, [], layer, merged.origins);
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lay(
  target: Record<string, unknown>,
  source: Readonly<Record<string, unknown>>,
  parts: readonly string[],
  layer: Layer,
  origins: Map<string, Origin>,
): void {
  for (const [key, value] of Object.entries(source)) {
    const own = [...parts, key];
    const pointer = pointerOf(own);
    if (!isObject(value)) {
      for (const below of origins.keys()) if (below.startsWith(`${pointer}/`)) origins.delete(below);
      put(target, key, value);
      origins.set(pointer, layer.originOf(own));
      continue;
    }
    const held = Object.hasOwn(target, key) ? target[key] : undefined;
    const inner = isObject(held) ? held : {};
    if (inner !== held) {
      origins.delete(pointer);
      put(target, key, inner);
    }
    lay(inner, value, own, layer, origins);
  }
}

/** Never a plain assignment: a key `__proto__` would change the object's prototype. */
function put(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
