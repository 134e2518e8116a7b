import path from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { pointerOf } from './pointer.ts';
import type { HostConfig, Origin } from './types.ts';

const RESERVED = new Set(['.git', '.dvc', '.snapkeep']);
const ADDRESS = /^[a-z][a-z0-9+.-]+:/i;

/** Every path of the configuration stays inside the project; only a sync target may be absolute or an address. */
export function checkPaths(config: HostConfig, origins: ReadonlyMap<string, Origin>): void {
  const [first] = config.dataDirectory.split(/[\\/]/);
  if (!isInside(config.dataDirectory) || RESERVED.has(first ?? '') || path.normalize(config.dataDirectory) === './') {
    throw unsafe('dataDirectory', config.dataDirectory, origins.get('/dataDirectory'));
  }
  for (const [name, dataset] of Object.entries(config.datasets)) {
    const schema = settled(dataset, 'schema');
    if (schema !== undefined && !isInside(schema)) {
      throw unsafe(`datasets.${name}.schema`, schema, origins.get(pointerOf(['datasets', name, 'schema'])));
    }
    for (const [index, sync] of (dataset.sync ?? []).entries()) {
      const to = settled(sync, 'to');
      if (to === undefined || path.isAbsolute(to) || ADDRESS.test(to) || isInside(to)) continue;
      throw unsafe(`datasets.${name}.sync[${index}].to`, to, origins.get(pointerOf(['datasets', name, 'sync'])));
    }
  }
}

/** A text that is there now; one that waits for an environment variable can't be used before it is set. */
function settled(holder: object, key: string): string | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(holder, key)?.value;
  return typeof value === 'string' ? value : undefined;
}

function isInside(relative: string): boolean {
  if (path.isAbsolute(relative) || relative.includes('\0')) return false;
  const normal = path.normalize(relative);
  return normal !== '.' && normal !== '..' && !normal.startsWith(`..${path.sep}`);
}

function unsafe(key: string, value: string, origin: Origin | undefined): SnapkeepError {
  const message = `${origin === undefined ? '' : `${origin}: `}${key} "${value}" must be a path inside the project`;
  return new SnapkeepError('SNAPKEEP_PATH_UNSAFE', message, { details: { key, path: value } });
}
