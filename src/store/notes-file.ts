import { readFile } from 'node:fs/promises';
import { SnapkeepError } from '@snapkeep/sdk';
import { isMark } from './conflict-marks.ts';
import type { DatasetLayout } from './layout.ts';
import { sameVersion, type VersionLine } from './versions-file.ts';

/** One line of `notes.ndjson`; schemas/note-line.schema.json is its published form. */
export interface NoteLine {
  readonly version: number;
  readonly snapshot: string;
  /** `created` of the version: with the snapshot it finds a version whose number has changed. */
  readonly versionCreated: string;
  /** When it was noted; UTC, ISO 8601. */
  readonly created: string;
  readonly text: string;
}

/** The file as it is; empty where there is none. */
export async function readNotesText(layout: DatasetLayout): Promise<string> {
  try {
    return await readFile(layout.absolute(layout.notes), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Notes by the number that their version has now, oldest first. @throws SNAPKEEP_INTEGRITY */
export async function readNotes(
  layout: DatasetLayout,
  versions: readonly VersionLine[],
): Promise<ReadonlyMap<number, readonly NoteLine[]>> {
  const notes = new Map<number, NoteLine[]>();
  for (const [index, line] of (await readNotesText(layout)).split('\n').entries()) {
    // Each line stands for itself, so that both sides of a conflict hold.
    if (line === '' || isMark(line)) continue;
    const note = parseNote(line, `${layout.notes}:${index + 1}`);
    const version = sameVersion(versions, { ...note, created: note.versionCreated })?.version;
    if (version !== undefined) notes.set(version, [...(notes.get(version) ?? []), note]);
  }
  return notes;
}

function parseNote(text: string, place: string): NoteLine {
  try {
    const note = JSON.parse(text) as Partial<NoteLine>;
    const { version, snapshot, versionCreated, created } = note;
    const texts = [snapshot, versionCreated, created, note.text];
    if (typeof version === 'number' && texts.every((value) => typeof value === 'string')) return note as NoteLine;
  } catch {
    // Said below.
  }
  throw new SnapkeepError('SNAPKEEP_INTEGRITY', `${place} is not a note`, {
    hint: 'The file is in git: git log -p shows when it changed.',
  });
}
