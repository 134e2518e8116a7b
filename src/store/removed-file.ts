import { SnapkeepError } from '@snapkeep/sdk';
import { isMark } from './conflict-marks.ts';
import { contentOf } from './durable.ts';
import type { DatasetLayout } from './layout.ts';

/** One line of `removed.ndjson`; schemas/removed-line.schema.json is its published form. */
export interface RemovedLine {
  readonly snapshot: string;
  /** When its data left without another copy being known; UTC, ISO 8601. */
  readonly removed: string;
}

/** The file as it is; empty where there is none. */
export async function readRemovedText(layout: DatasetLayout): Promise<string> {
  return (await contentOf(layout.absolute(layout.removed))) ?? '';
}

/** When the data of which snapshot were given up, at last. @throws SNAPKEEP_INTEGRITY */
export async function readRemoved(layout: DatasetLayout): Promise<ReadonlyMap<string, string>> {
  const removed = new Map<string, string>();
  for (const [index, line] of (await readRemovedText(layout)).split('\n').entries()) {
    // Each line stands for itself, so that both sides of a conflict hold.
    if (line === '' || isMark(line)) continue;
    const { snapshot, removed: at } = parseLine(line, `${layout.removed}:${index + 1}`);
    removed.set(snapshot, at);
  }
  return removed;
}

/** The file's text with these snapshots too. @param at - when; UTC, ISO 8601 */
export function withRemoved(text: string, snapshots: readonly string[], at: string): string {
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  const lines = snapshots.map((snapshot): RemovedLine => ({ snapshot, removed: at }));
  return `${text}${gap}${lines.map((line) => `${JSON.stringify(line)}\n`).join('')}`;
}

function parseLine(text: string, place: string): RemovedLine {
  try {
    const { snapshot, removed } = JSON.parse(text) as Partial<RemovedLine>;
    if (typeof snapshot === 'string' && typeof removed === 'string') return { snapshot, removed };
  } catch {
    // Said below.
  }
  throw new SnapkeepError('SNAPKEEP_INTEGRITY', `${place} names no removed snapshot`, {
    hint: 'The file is in git: git log -p shows when it changed.',
  });
}
