import { type FileHandle, open, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import type { PGliteTarget } from './target.ts';

/** A PGlite folder that this process has for itself. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * PGlite does not notice a second process on its folder, and two of them destroy it. Its
 * `postmaster.pid` always holds -42, and stays behind after a crash. So: a kernel lock against
 * other runs of snapkeep, and on Linux a look at who has files of the folder open.
 * @throws SNAPKEEP_SOURCE_UNREACHABLE
 */
export async function lockPGliteFolder(target: PGliteTarget, context: PluginContext): Promise<FolderLock> {
  const handle = await openVersionFile(target);
  try {
    const { tryLock } = await import('fs-native-extensions');
    if (!tryLock(handle.fd)) throw busy(target, 'another run of snapkeep');
    await refuseOtherUsers(target, context);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { release: () => handle.close() };
}

/** The file that every PostgreSQL folder has; opened, never created: a typing error must not make a database. */
async function openVersionFile(target: PGliteTarget): Promise<FileHandle> {
  try {
    return await open(join(target.folder, 'PG_VERSION'), 'r+');
  } catch (error) {
    throw new SnapkeepError('SNAPKEEP_SOURCE_UNREACHABLE', `${target.label}: there is no PGlite database there`, {
      cause: error,
      hint: `Looked in ${target.folder}; paths are relative to the project.`,
    });
  }
}

async function refuseOtherUsers(target: PGliteTarget, context: PluginContext): Promise<void> {
  let pid: number;
  try {
    pid = Number.parseInt(await readFile(join(target.folder, 'postmaster.pid'), 'utf8'), 10);
  } catch {
    return;
  }
  if (pid > 0) throw busy(target, `a PostgreSQL server (process ${pid})`);
  const user = await processWithOpenFiles(await realpath(target.folder));
  if (user !== undefined) throw busy(target, user === process.pid ? 'this process' : `process ${user}`);
  context.log.verbose(`${target.label}: was not closed properly last time; PGlite recovers it`);
}

/** `undefined` where nobody is found, or nobody can be looked for. */
async function processWithOpenFiles(folder: string): Promise<number | undefined> {
  const processes = await readdir('/proc').catch(() => []);
  for (const name of processes) {
    if (!/^\d+$/.test(name)) continue;
    const descriptors = await readdir(`/proc/${name}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const file = await readlink(`/proc/${name}/fd/${descriptor}`).catch(() => '');
      // Our own handle is on PG_VERSION, at the top; a backend has relations and WAL open, below.
      if (file.startsWith(`${folder}${sep}`) && file.slice(folder.length + 1).includes(sep)) return Number(name);
    }
  }
  return undefined;
}

function busy(target: PGliteTarget, who: string): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_SOURCE_UNREACHABLE', `${target.label} is open in ${who}`, {
    hint: 'PGlite allows one process at a time: close it there first.',
  });
}
