import { type FileHandle, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, SnapkeepError, shorten } from '@snapkeep/sdk';
import { privateDirectory } from './layout.ts';
import { makePrivateDirectory } from './private-directory.ts';

export interface Lock extends AsyncDisposable {
  release(): Promise<void>;
}

/** Who has a lock, for whoever meets it; the lock file says so while it is held. */
export interface LockHolder {
  readonly pid: number;
  /** e.g. `version rollback`. */
  readonly command: string;
  readonly since: string;
}

export interface LockRequest {
  readonly command: string;
  /** How long to wait where another run has it; 0: not at all. `Infinity`: until it is free. */
  readonly waitMs: number;
  readonly log: Pick<Log, 'info' | 'verbose'>;
  readonly signal: AbortSignal;
}

/** Between two tries. */
const PAUSE_MS = 150;

function locksDirectory(root: string): string {
  return join(privateDirectory(root), 'locks');
}

/**
 * The right to change one dataset, exclusive among processes. The kernel releases it when we die:
 * Node has no such lock of its own, so it comes from fs-native-extensions (docs/adr/0006). Where another run has it,
 * that is waited for as long as asked, and said once for each run that comes first.
 * @throws SNAPKEEP_BUSY, the signal's reason
 */
export async function lockDataset(root: string, dataset: string, request: LockRequest): Promise<Lock> {
  const { command, waitMs, log, signal } = request;
  const begun = performance.now();
  let told: string | undefined;
  for (;;) {
    const lock = await tryLockDataset(root, dataset, command);
    if (lock && told !== undefined) log.verbose(`waited ${secondsSince(begun)} s for ${dataset}`);
    if (lock) return lock;
    const holder = await holderOf(join(locksDirectory(root), lockName(dataset)));
    const leftMs = begun + waitMs - performance.now();
    if (leftMs <= 0) throw busy(dataset, holder, waitMs);
    const whom = describeHolder(holder);
    if (whom !== told) log.info(`waiting until ${whom} has ended its work on ${dataset}`);
    told = whom;
    await sleep(Math.min(PAUSE_MS, leftMs), undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** The same without waiting; `undefined` where another run has it. */
export function tryLockDataset(root: string, dataset: string, command: string): Promise<Lock | undefined> {
  return tryLockFile(root, lockName(dataset), command);
}

function lockName(dataset: string): string {
  return `${dataset}.lock`;
}

function secondsSince(begun: number): string {
  return ((performance.now() - begun) / 1000).toFixed(1);
}

function busy(dataset: string, holder: LockHolder | undefined, waitMs: number): SnapkeepError {
  const waited = waitMs > 0 ? ` after ${waitMs / 1000} s of waiting` : '';
  const message = `${describeHolder(holder)} ${waitMs > 0 ? 'still works' : 'works'} on ${dataset}${waited}`;
  return new SnapkeepError('SNAPKEEP_BUSY', message, {
    details: { dataset, ...(holder ? { holder } : {}) },
  });
}

function describeHolder(holder: LockHolder | undefined): string {
  if (!holder) return 'another run';
  return `another run (${holder.command}, process ${holder.pid}, since ${holder.since})`;
}

/** What the lock file says; nothing for the moment between the lock and its words, or where it can't be read. */
async function holderOf(path: string): Promise<LockHolder | undefined> {
  try {
    const { pid, command, since }: Partial<LockHolder> = JSON.parse(await readFile(path, 'utf8'));
    if (typeof pid !== 'number' || typeof command !== 'string' || typeof since !== 'string') return undefined;
    return { pid, command: shorten(command), since: shorten(since) };
  } catch {
    return undefined;
  }
}

/** Only for people: a full disk, on which nothing can be said, is met where it matters. */
async function sayHolder(handle: FileHandle, command: string): Promise<void> {
  const holder: LockHolder = { pid: process.pid, command, since: new Date().toISOString() };
  try {
    await handle.truncate();
    await handle.write(`${JSON.stringify(holder)}\n`);
  } catch {
    // See above.
  }
}

/** Whether the open file is the one that has the name. */
async function stands(handle: FileHandle, path: string): Promise<boolean> {
  const [own, named] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)]);
  return own.ino === named?.ino && own.dev === named.dev;
}

/**
 * The lock of that name among those of the project; `undefined` where another process holds it.
 * @param command - what others are told of who has it
 */
export async function tryLockFile(root: string, name: string, command?: string): Promise<Lock | undefined> {
  const directory = locksDirectory(root);
  await makePrivateDirectory(root, directory);
  const { tryLock, unlock } = await import('fs-native-extensions');
  const path = join(directory, name);
  let handle = await open(path, 'a+', 0o600);
  for (;;) {
    if (!tryLock(handle.fd)) {
      await handle.close();
      return undefined;
    }
    if (await stands(handle, path)) break;
    // Whoever had it has just removed it: what is locked has no name any more, and would keep nobody out.
    await handle.close();
    handle = await open(path, 'a+', 0o600);
  }
  if (command !== undefined) await sayHolder(handle, command);
  let held = true;
  const release = async () => {
    if (!held) return;
    held = false;
    // So that no file stays of a name that was only tried.
    await rm(path, { force: true }).catch(() => undefined);
    unlock(handle.fd);
    await handle.close();
  };
  return { release, [Symbol.asyncDispose]: release };
}

/**
 * Datasets that a run is changing now. A free lock is held for the moment of the question, so that a run which
 * begins in just that moment could be told that another one is under way.
 */
export async function heldLocks(root: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(locksDirectory(root));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const { tryLock, unlock } = await import('fs-native-extensions');
  const held: string[] = [];
  for (const name of names.filter((file) => file.endsWith('.lock')).sort()) {
    const handle = await open(join(locksDirectory(root), name), 'r+').catch(absent);
    if (handle === undefined) continue;
    try {
      if (tryLock(handle.fd)) unlock(handle.fd);
      else held.push(name.slice(0, -'.lock'.length));
    } finally {
      await handle.close();
    }
  }
  return held;
}

/** A run has ended since, and removed its lock's file. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
