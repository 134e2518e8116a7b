import type { Inspection, SnapshotRef, StoredCopy } from '@snapkeep/sdk';

/** What one snapshot adds to a transfer. */
export interface Load {
  readonly objects: number;
  readonly bytes: number;
}

/** Whether the bytes would have to come from elsewhere. */
export function isLacking({ state }: StoredCopy): boolean {
  return state === 'missing' || state === 'damaged';
}

/**
 * What would move for each snapshot in turn: a file that several share moves once, with the first of them.
 * @param inspection - of these snapshots, at the place that would get the bytes
 */
export function previewTransfer(refs: readonly SnapshotRef[], inspection: Inspection | undefined): readonly Load[] {
  const counted = new Set<string>();
  return refs.map(({ directory, files }, index) => {
    const load = { objects: 0, bytes: 0 };
    for (const { path } of inspection?.snapshots[index]?.copies.filter(isLacking) ?? []) {
      const file = files.find((one) => one.path === path);
      const identity = file?.sha256 ?? `${directory}/${path ?? ''}`;
      if (counted.has(identity)) continue;
      counted.add(identity);
      load.objects += 1;
      load.bytes += file?.bytes ?? 0;
    }
    return load;
  });
}
