import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Check,
  type CommitPath,
  ERRORS,
  type ErrorCode,
  isSnapkeepError,
  SnapkeepError,
  type VersionStore,
} from '@snapkeep/sdk';
import type { Runtime } from '../runtime.ts';
import { attempt, bad, type Finding, good } from './finding.ts';

/** git before DVC, which wants a repository. What can't be opened is told among the plugins. */
async function storesInNeed(runtime: Runtime): Promise<{ name: string; store: VersionStore }[]> {
  const stores: { name: string; store: VersionStore }[] = [];
  for (const name of runtime.config.capabilities.versionStore.toReversed()) {
    try {
      stores.push({ name, store: await runtime.capability('versionStore', name) });
    } catch (error) {
      if (!isSnapkeepError(error)) throw error;
    }
  }
  return stores;
}

/** What each version store says of itself. */
export async function checkStores(runtime: Runtime): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { name, store } of await storesInNeed(runtime)) {
    const checks = await store.check(runtime.context(name));
    found.push(...checks.map((check) => findingOf(check, name)));
  }
  return found;
}

/**
 * Lets every store put right what it can, and commits the files that this made. What can't be put right is one more
 * finding; the other stores still get their turn.
 */
export async function fixStores(runtime: Runtime): Promise<Finding[]> {
  const stores = await storesInNeed(runtime);
  const files = stores.flatMap(({ store }) => store.projectFiles ?? []);
  const before = await presentFiles(runtime, files);
  const found: Finding[] = [];
  for (const { name, store } of stores) {
    try {
      await store.fix?.(runtime.context(name));
    } catch (error) {
      runtime.signal.throwIfAborted();
      if (!isSnapkeepError(error)) throw error;
      found.push(bad('versions', `fix of ${name}`, error));
    }
  }
  const made = (await presentFiles(runtime, files)).filter((file) => !before.includes(file));
  if (made.length > 0) found.push(await attempt(runtime, 'versions', 'fix', () => commitFiles(runtime, made)));
  return found;
}

async function presentFiles(runtime: Runtime, files: readonly string[]): Promise<string[]> {
  const there = await Promise.all(
    files.map((file) =>
      access(join(runtime.root, file)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return files.filter((_, index) => there[index]);
}

async function commitFiles(runtime: Runtime, files: readonly string[]): Promise<Finding> {
  const [answer] = await runtime.emit('version:commit', {
    transaction: `doctor-${randomBytes(6).toString('hex')}`,
    message: `snapkeep doctor --fix\n\n${files.join('\n')}`,
    paths: files.map((path): CommitPath => ({ kind: 'file', path })),
    versions: [],
  });
  const commit = answer === undefined ? '' : `, commit ${answer.result.commit.slice(0, 10)}`;
  return good('versions', 'fix', `made ${files.join(', ')}${commit}`);
}

function findingOf({ name, ok, message, hint, code }: Check, store: string): Finding {
  if (ok) return { area: 'versions', name, ok, message, hint: hint ?? null, code: null };
  // A stranger's store may give a code that nobody knows, or none.
  const known: ErrorCode = code !== undefined && isErrorCode(code) ? code : 'SNAPKEEP_INTERNAL';
  const advice = hint ?? (known === 'SNAPKEEP_INTERNAL' ? `The version store ${store} says no more.` : undefined);
  return bad('versions', name, new SnapkeepError(known, message, advice === undefined ? {} : { hint: advice }));
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
