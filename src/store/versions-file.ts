import { readFile } from 'node:fs/promises';
import { SnapkeepError } from '@snapkeep/sdk';
import { isMark } from './conflict-marks.ts';
import { type DatasetLayout, SNAPSHOT_ID } from './layout.ts';

export const VERSION_KINDS = ['export', 'rollback', 'create'] as const;
export type VersionKind = (typeof VERSION_KINDS)[number];

/** One line of `versions.ndjson`; schemas/version-line.schema.json is its published form. */
export interface VersionLine {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly snapshot: string;
  readonly kind: VersionKind;
  /** UTC, ISO 8601. */
  readonly created: string;
  readonly message: string;
  /** For a rollback: the version whose snapshot is current again. */
  readonly of?: number;
}

/**
 * @param number - of the line, and the version's too where no other is given
 * @throws SNAPKEEP_INTEGRITY
 */
export function parseLine(text: string, number: number, path: string, version = number): VersionLine {
  const broken = (why: string) =>
    new SnapkeepError('SNAPKEEP_INTEGRITY', `${path}:${number}: ${why}`, {
      hint: `The file is in git: git log -p -- ${path} shows when it changed.`,
    });
  let line: Partial<VersionLine>;
  try {
    line = JSON.parse(text) as Partial<VersionLine>;
  } catch (error) {
    throw broken(`not a JSON document (${(error as Error).message})`);
  }
  if (line.version !== version) throw broken(`holds version ${String(line.version)} where version ${version} belongs`);
  if (typeof line.snapshot !== 'string' || !SNAPSHOT_ID.test(line.snapshot)) throw broken('names no snapshot');
  if (!VERSION_KINDS.some((kind) => kind === line.kind)) throw broken(`has the unknown kind ${String(line.kind)}`);
  return line as VersionLine;
}

/** The number that a line gives itself; `undefined` where it is no version's. */
export function versionOf(text: string): number | undefined {
  try {
    return (JSON.parse(text) as Partial<VersionLine>).version;
  } catch {
    return undefined;
  }
}

/** Two clones that each made a version are told as that, not as a broken file. */
function refuseConflict(lines: readonly string[], { dataset, versions: path }: DatasetLayout): void {
  const marked = lines.some(isMark);
  const numbers = lines.map(versionOf);
  const twice = numbers.find((version, index) => version !== undefined && numbers.indexOf(version) !== index);
  if (!marked && twice === undefined) return;
  throw new SnapkeepError(
    'SNAPKEEP_VERSIONS_CONFLICT',
    marked
      ? `${path} holds a merge conflict: two clones made versions of ${dataset}`
      : `${path} names v${twice} twice: two clones made versions of ${dataset}`,
    { hint: `snapkeep version merge ${dataset} keeps both, one after the other.`, details: { dataset, path } },
  );
}

/** Every version in order, oldest first; empty where the dataset has none. @throws SNAPKEEP_INTEGRITY, SNAPKEEP_VERSIONS_CONFLICT */
export async function readVersions(layout: DatasetLayout): Promise<VersionLine[]> {
  const text = await readVersionsText(layout);
  const lines = linesOf(text ?? '');
  try {
    return lines.map((line, index) => parseLine(line, index + 1, layout.versions));
  } catch (error) {
    refuseConflict(lines, layout);
    throw error;
  }
}

/** The file as it is; `null` where there is none. */
async function readVersionsText(layout: DatasetLayout): Promise<string | null> {
  try {
    return await readFile(layout.absolute(layout.versions), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The lines that are not empty. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** The newest version in a text of the file, of whatever time; `undefined` where it names none. */
export function lastLineOf(text: string): Pick<VersionLine, 'version' | 'snapshot' | 'created'> | undefined {
  const last = linesOf(text).at(-1);
  try {
    const line = JSON.parse(last ?? '') as Partial<VersionLine>;
    const { version, snapshot, created } = line;
    if (typeof version !== 'number' || typeof snapshot !== 'string' || typeof created !== 'string') return undefined;
    return { version, snapshot, created };
  } catch {
    return undefined;
  }
}

/**
 * A version of another time or place among those that are here. Where two clones made versions of one number, the
 * number of one has changed since: then the snapshot tells.
 */
export function sameVersion(
  versions: readonly VersionLine[],
  { version, snapshot, created }: Pick<VersionLine, 'version' | 'snapshot' | 'created'>,
): VersionLine | undefined {
  const same = versions[version - 1];
  if (same?.snapshot === snapshot && same.created === created) return same;
  const moved = versions.find((line) => line.snapshot === snapshot && line.created === created);
  if (moved) return moved;
  return same?.snapshot === snapshot ? same : versions.find((line) => line.snapshot === snapshot);
}

/** A version's line as the file has it. */
export function lineText(line: VersionLine): string {
  return JSON.stringify(line);
}

/** What a version's line holds whatever its number is, or was: all between `version` and `message`. */
export function stablePart({ snapshot, kind, created }: VersionLine): string {
  return JSON.stringify({ snapshot, kind, created }).slice(1, -1);
}

/** The file's whole content with one more line. */
export function withVersion(versions: readonly VersionLine[], added: VersionLine): string {
  return versionsText([...versions, added]);
}

/** The file's whole content. */
export function versionsText(versions: readonly VersionLine[]): string {
  return versions.map((line) => `${lineText(line)}\n`).join('');
}
