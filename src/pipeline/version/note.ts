import { SnapkeepError } from '@snapkeep/sdk';
import { sha256Of } from '../../store/durable.ts';
import { tagOf } from '../../store/layout.ts';
import { type NoteLine, readNotes, readNotesText } from '../../store/notes-file.ts';
import { Transaction } from '../../store/transaction.ts';
import { readVersions, type VersionLine } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';
import { lockForVersion } from './lock.ts';
import { openVersions, selectVersion } from './select.ts';
import { headOf } from './stores.ts';

export interface NoteInput {
  readonly name: string;
  readonly version: string;
  /** Absent: the notes are shown. */
  readonly text?: string | undefined;
}

export interface Note {
  /** UTC, ISO 8601. */
  readonly created: string;
  readonly text: string;
}

/** The `data` of `version note --json`. */
export interface NoteResult {
  readonly dataset: string;
  readonly version: number;
  /** All of the version, oldest first, the new one last. */
  readonly notes: readonly Note[];
  readonly added: boolean;
  readonly commit: string | null;
}

/** Shows what was noted of a version, or adds to it by a commit of its own. The version stays as it is. */
export async function noteVersion(runtime: Runtime, input: NoteInput): Promise<NoteResult> {
  const opened = await openVersions(runtime, input.name);
  const { layout } = opened;
  const { dataset } = layout;
  if (input.text === undefined) {
    const { version } = await selectVersion(runtime, opened, input.version);
    const notes = await readNotes(layout, opened.versions);
    return { dataset, version, notes: (notes.get(version) ?? []).map(brief), added: false, commit: null };
  }
  const text = input.text.trim();
  if (text === '') {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'the note is empty', {
      hint: `Without a text the notes are shown: snapkeep version note ${dataset} ${input.version}`,
    });
  }
  await using _lock = await lockForVersion(runtime, layout);
  const versions = await readVersions(layout);
  const current = versions.at(-1) ?? opened.current;
  const line = await selectVersion(runtime, { layout, versions, current }, input.version);
  const before = (await readNotes(layout, versions)).get(line.version) ?? [];
  const note = noteOf(line, text);
  const transaction = await Transaction.begin(runtime.root, layout, 'version note', await headOf(runtime));
  try {
    const old = await readNotesText(layout);
    const gap = old === '' || old.endsWith('\n') ? '' : '\n';
    const register = `${old}${gap}${JSON.stringify(note)}\n`;
    await transaction.plan([], [layout.notes], { [layout.notes]: sha256Of(register) });
    await transaction.write(layout.notes, register);
    await transaction.prepare(current.snapshot);
    const [answer] = await runtime.emit('version:commit', {
      transaction: transaction.id,
      message: `${dataset} v${line.version}: note\n\n${text}\n\nVersion: ${tagOf(dataset, line.version)}`,
      paths: [{ kind: 'file', path: layout.notes }],
      versions: [],
    });
    transaction.committed();
    await transaction.done();
    const { version } = line;
    return {
      dataset,
      version,
      notes: [...before, note].map(brief),
      added: true,
      commit: answer?.result.commit ?? null,
    };
  } catch (error) {
    await transaction.undo();
    throw error;
  }
}

function noteOf({ version, snapshot, created }: VersionLine, text: string): NoteLine {
  return { version, snapshot, versionCreated: created, created: new Date().toISOString(), text };
}

function brief({ created, text }: NoteLine): Note {
  return { created, text };
}
