import { join } from 'node:path';
import type { PluginContext } from '@snapkeep/sdk';
import { objectPath } from '../dvc-cache.ts';
import { hashFile } from './hash.ts';
import { isObject, type Tracked, type WantedObject } from './wanted.ts';

/**
 * Absolute path of bytes that are the object: those of the cache, else the work tree's. All are read.
 * @returns `undefined` where neither has it whole
 */
export async function wholeCopy(
  object: WantedObject,
  { snapshot }: Pick<Tracked, 'snapshot'>,
  objects: string,
  context: PluginContext,
): Promise<string | undefined> {
  const places = [objectPath(objects, object.oid)];
  if (object.path !== null) places.push(join(context.root, snapshot.directory, object.path));
  for (const path of places) {
    const found = await hashFile(path, context.signal);
    if (found !== null && isObject(object, found)) return path;
  }
  return undefined;
}
