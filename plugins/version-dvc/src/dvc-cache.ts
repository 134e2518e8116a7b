import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginContext } from '@snapkeep/sdk';
import { readDvcConfig } from './dvc-config.ts';
import { isEntry, type ListingEntry } from './objects/listing.ts';
import type { Pointer } from './pointer.ts';
import { readTextIfThere } from './read-text.ts';

/** One file of a tracked folder, as DVC's cache knows it. */
export interface CachedFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly md5: string;
  /** Absolute path of its object. */
  readonly object: string;
  /** Size of the object; `null` where the cache lacks it. */
  readonly bytes: number | null;
}

export interface CachedFolder {
  /** Absolute path of the object that lists the folder. */
  readonly listing: string;
  readonly files: readonly CachedFile[];
  /** Whether every object is there and their sizes add up to the pointer's. */
  readonly complete: boolean;
}

/** `ab…` → `<objects>/ab/…`, https://dvc.org/doc/user-guide/project-structure/internal-files */
export function objectPath(objects: string, md5: string): string {
  return join(objects, md5.slice(0, 2), md5.slice(2));
}

/** Where DVC keeps its objects in this project. */
export async function objectsFolder(context: PluginContext): Promise<string> {
  const config = await readDvcConfig(context);
  return config?.objects ?? join(context.root, '.dvc', 'cache', 'files', 'md5');
}

/** Looks for all that a pointer needs, from names and sizes alone; DVC is not started. */
export async function lookIntoCache(pointer: Pointer, objects: string): Promise<CachedFolder> {
  const listing = objectPath(objects, pointer.md5);
  const entries = await readListing(listing);
  if (entries === undefined) return { listing, files: [], complete: false };
  const files = await Promise.all(
    entries.map(async ({ md5, relpath }): Promise<CachedFile> => {
      const object = objectPath(objects, md5);
      const stats = await stat(object).catch(() => null);
      return { path: relpath, md5, object, bytes: stats?.isFile() ? stats.size : null };
    }),
  );
  const there = files.every(({ bytes }) => bytes !== null) && files.length === pointer.files;
  const total = files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  return { listing, files, complete: there && total === pointer.bytes };
}

/** Names and sizes decide here, so the listing's own bytes needn't be right. */
async function readListing(path: string): Promise<readonly ListingEntry[] | undefined> {
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    const entries: unknown = JSON.parse(text);
    return Array.isArray(entries) && entries.every(isEntry) ? entries : undefined;
  } catch {
    return undefined;
  }
}
