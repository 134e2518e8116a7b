import { DATASET_NAME, type DatasetLayout } from '../../../store/layout.ts';
import type { Runtime } from '../../runtime.ts';
import { recordedFiles, tagNames } from '../stores.ts';

/** The versions that were current at a tag which somebody made: `paper-2026` says that its data will be asked for. */
export async function taggedVersions(runtime: Runtime, layout: DatasetLayout): Promise<ReadonlySet<number>> {
  const names = (await tagNames(runtime)).filter((name) => !isVersionTag(name));
  const texts = await recordedFiles(
    runtime,
    names.map((tag) => ({ path: layout.versions, tag })),
  );
  return new Set(texts.flatMap((text) => lastVersion(text) ?? []));
}

/** `orders/v12`, of whatever dataset. */
function isVersionTag(name: string): boolean {
  const [dataset = '', version, ...rest] = name.split('/');
  return rest.length === 0 && DATASET_NAME.test(dataset) && /^v\d+$/.test(version ?? '');
}

/** Of an older state of versions.ndjson, which may be one that a newer snapkeep wrote: what can't be read names nothing. */
function lastVersion(text: string | null): number | undefined {
  const line = text?.trimEnd().split('\n').at(-1);
  if (!line) return undefined;
  try {
    const { version } = JSON.parse(line) as { version?: unknown };
    return typeof version === 'number' ? version : undefined;
  } catch {
    return undefined;
  }
}
