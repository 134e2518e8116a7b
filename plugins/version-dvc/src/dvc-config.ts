import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { PluginContext } from '@snapkeep/sdk';
import { readTextIfThere } from './read-text.ts';

/** What we need of DVC's configuration, read without starting DVC (https://dvc.org/doc/user-guide/project-structure/configuration). */
export interface DvcConfig {
  /** Folder of the cache's objects: `<cache>/files/md5`. Absolute. */
  readonly objects: string;
  readonly cacheType: string | undefined;
  /** Whether DVC leaves git alone (`core.no_scm`). */
  readonly noScm: boolean;
  /** Name of the default remote. */
  readonly defaultRemote: string | undefined;
  /** Name of a remote → its URL. */
  readonly remotes: ReadonlyMap<string, string>;
  /** Name of a remote → its `configpath`, a file of AWS's settings. Absolute. */
  readonly configPaths: ReadonlyMap<string, string>;
}

/** A section's name, then a key → value; and the folder to which its relative paths refer. */
interface Layer {
  readonly folder: string;
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** @returns `undefined` where the project is not a DVC repository */
export async function readDvcConfig(context: PluginContext): Promise<DvcConfig | undefined> {
  const folder = join(context.root, '.dvc');
  const own = await readLayer(folder, 'config');
  if (own === undefined) return undefined;
  // The later one wins.
  const layers = [await readLayer(userFolder(context), 'config'), own, await readLayer(folder, 'config.local')];
  const find = (section: string, key: string): { value: string; folder: string } | undefined => {
    const layer = layers.findLast((candidate) => candidate?.sections.get(section)?.has(key));
    const value = layer?.sections.get(section)?.get(key);
    return layer === undefined || value === undefined ? undefined : { value, folder: layer.folder };
  };
  const cacheDir = find('cache', 'dir');
  const cache = cacheDir === undefined ? join(folder, 'cache') : resolve(cacheDir.folder, cacheDir.value);
  return {
    objects: join(cache, 'files', 'md5'),
    cacheType: find('cache', 'type')?.value,
    noScm: /^true$/i.test(find('core', 'no_scm')?.value ?? ''),
    defaultRemote: find('core', 'remote')?.value,
    remotes: pathsOf(layers, 'url'),
    configPaths: pathsOf(layers, 'configpath'),
  };
}

/** Name of a remote → one of its settings, where it is a path made absolute. */
function pathsOf(layers: readonly (Layer | undefined)[], key: string): ReadonlyMap<string, string> {
  const remotes = new Map<string, string>();
  for (const layer of layers) {
    for (const [section, values] of layer?.sections ?? []) {
      const name = /^remote "(.*)"$/.exec(section)?.[1];
      const value = values.get(key);
      if (name === undefined || value === undefined || layer === undefined) continue;
      remotes.set(name, /^\w+:\/\//.test(value) ? value : resolve(layer.folder, value));
    }
  }
  return remotes;
}

function userFolder(context: PluginContext): string {
  const home = context.env.HOME || homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'dvc');
  return join(context.env.XDG_CONFIG_HOME || join(home, '.config'), 'dvc');
}

async function readLayer(folder: string, name: string): Promise<Layer | undefined> {
  const text = await readTextIfThere(join(folder, name));
  return text === undefined ? undefined : { folder, sections: parseIni(text) };
}

/** The INI that ConfigObj writes: `['remote "name"']`, `key = value`, quotes where a value needs them. */
function parseIni(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    const header = /^\[(.*)\]$/.exec(line)?.[1];
    if (header !== undefined) {
      const name = unquote(header.trim());
      current = sections.get(name) ?? new Map<string, string>();
      sections.set(name, current);
      continue;
    }
    const split = line.indexOf('=');
    if (split > 0 && !line.startsWith('#'))
      current?.set(line.slice(0, split).trim(), unquote(line.slice(split + 1).trim()));
  }
  return sections;
}

function unquote(text: string): string {
  return /^'.*'$|^".*"$/.test(text) ? text.slice(1, -1) : text;
}
