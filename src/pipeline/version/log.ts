import type { Runtime } from '../runtime.ts';
import { listVersions, type VersionList } from './list.ts';

/** The versions of one dataset or of all, newest first. @param limit - so many; absent: all */
export async function versionLog(runtime: Runtime, name?: string, limit?: number): Promise<VersionList> {
  const { versions } = await listVersions(runtime, name);
  const newestFirst = versions.toReversed().sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  // Versions of one dataset keep their order, whatever a clock did.
  const ordered = name === undefined ? newestFirst : versions.toReversed();
  return { versions: limit === undefined ? ordered : ordered.slice(0, limit) };
}
