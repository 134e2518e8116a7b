import type { NamedCommit } from '@snapkeep/sdk';
import { DATASET_NAME, type DatasetLayout } from '../../store/layout.ts';
import { lastLineOf, sameVersion, type VersionLine } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';
import { namedCommits, recordedFiles } from './stores.ts';

/** A tag that a person made. */
export interface PeoplesTag extends NamedCommit {
  /** The version that was current at its commit. */
  readonly version: number;
}

/** Tags by the version that was current at their commit, whatever they were made for: `paper-2026`, `release/1.0`. */
export async function peoplesTags(
  runtime: Runtime,
  layout: DatasetLayout,
  versions: readonly VersionLine[],
): Promise<ReadonlyMap<number, readonly PeoplesTag[]>> {
  const tags = (await namedCommits(runtime)).filter(({ name }) => !isVersionTag(name));
  const texts = await recordedFiles(
    runtime,
    tags.map(({ name }) => ({ path: layout.versions, tag: name, exact: true })),
  );
  const found = new Map<number, PeoplesTag[]>();
  for (const [index, tag] of tags.entries()) {
    const then = lastLineOf(texts[index] ?? '');
    const version = then && sameVersion(versions, then)?.version;
    if (version !== undefined) found.set(version, [...(found.get(version) ?? []), { ...tag, version }]);
  }
  return found;
}

/** `orders/v12`, of whatever dataset. */
export function isVersionTag(name: string): boolean {
  const [dataset = '', version, ...rest] = name.split('/');
  return rest.length === 0 && DATASET_NAME.test(dataset) && /^v\d+$/.test(version ?? '');
}
