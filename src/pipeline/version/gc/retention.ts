import type { VersionLine } from '../../../store/versions-file.ts';

/** Which versions keep their data here; a version that any rule keeps is kept. */
export interface Retention {
  /** The newest N versions. */
  readonly keepLast?: number | undefined;
  /** Those that were made in the last N days. */
  readonly keepDays?: number | undefined;
  /** Those to which somebody gave a tag of their own; where absent they are kept. */
  readonly keepTagged?: boolean | undefined;
}

export interface RetentionFacts {
  readonly nowMs: number;
  /** Versions that carry a tag beside their own. */
  readonly tagged: ReadonlySet<number>;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Numbers of the versions that are kept. The current one always is. @param versions - oldest first */
export function keptVersions(
  versions: readonly VersionLine[],
  { keepLast = 0, keepDays = 0, keepTagged = true }: Retention,
  { nowMs, tagged }: RetentionFacts,
): ReadonlySet<number> {
  const newest = versions.length - Math.max(keepLast, 1);
  const kept = versions.filter(
    ({ version, created }, index) =>
      index >= newest ||
      (keepDays > 0 && Date.parse(created) >= nowMs - keepDays * DAY_MS) ||
      (keepTagged && tagged.has(version)),
  );
  return new Set(kept.map(({ version }) => version));
}

/** A snapshot that no kept version names. */
export interface ExpiredSnapshot {
  readonly snapshot: string;
  /** Versions that name it, oldest first; at least one. */
  readonly versions: readonly number[];
}

/** Snapshots, oldest first, that no kept version names: their data may leave. */
export function expiredSnapshots(
  versions: readonly VersionLine[],
  kept: ReadonlySet<number>,
): readonly ExpiredSnapshot[] {
  const needed = new Set(versions.filter(({ version }) => kept.has(version)).map(({ snapshot }) => snapshot));
  const expired = [...new Set(versions.map(({ snapshot }) => snapshot))].filter((snapshot) => !needed.has(snapshot));
  return expired.map((snapshot) => ({
    snapshot,
    versions: versions.filter((line) => line.snapshot === snapshot).map(({ version }) => version),
  }));
}
