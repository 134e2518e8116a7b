import { readFile } from 'node:fs/promises';
import { SnapkeepError } from '@snapkeep/sdk';
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

function parseLine(text: string, number: number, path: string): VersionLine {
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
  if (line.version !== number) throw broken(`holds version ${String(line.version)} where version ${number} belongs`);
  if (typeof line.snapshot !== 'string' || !SNAPSHOT_ID.test(line.snapshot)) throw broken('names no snapshot');
  if (!VERSION_KINDS.some((kind) => kind === line.kind)) throw broken(`has the unknown kind ${String(line.kind)}`);
  return line as VersionLine;
}

/** Every version in order, oldest first; empty where the dataset has none. @throws SNAPKEEP_INTEGRITY */
export async function readVersions(layout: DatasetLayout): Promise<VersionLine[]> {
  let text: string;
  try {
    text = await readFile(layout.absolute(layout.versions), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => parseLine(line, index + 1, layout.versions));
}

/** The file's whole content with one more line. */
export function withVersion(versions: readonly VersionLine[], added: VersionLine): string {
  return [...versions, added].map((line) => `${JSON.stringify(line)}\n`).join('');
}
