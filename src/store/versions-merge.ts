import { SnapkeepError } from '@snapkeep/sdk';
import { withoutMarks } from './conflict-marks.ts';
import { linesOf, parseLine, type VersionLine, versionOf } from './versions-file.ts';

/** A version that got another number because another history had made one of the same. */
export interface RenumberedVersion {
  readonly from: number;
  readonly to: number;
  readonly snapshot: string;
  readonly message: string;
}

export interface MergedVersions {
  readonly versions: readonly VersionLine[];
  readonly renumbered: readonly RenumberedVersion[];
}

/** What stays of a version when its number changes. */
export function identityOf({ snapshot, created, kind }: VersionLine): string {
  return `${snapshot} ${created} ${kind}`;
}

/**
 * The histories that a text of versions.ndjson holds, oldest line first: one, or, where a union merge or marks left
 * two lines of one number, each of them whole. @throws SNAPKEEP_INTEGRITY
 */
export function historiesIn(text: string, path: string): readonly (readonly VersionLine[])[] {
  const histories: VersionLine[][] = [[]];
  const seen = new Set<string>();
  for (const [index, line] of withoutMarks(linesOf(text)).entries()) {
    const first = histories[0] ?? [];
    let current = histories.at(-1) ?? [];
    const number = versionOf(line) ?? 0;
    const next = (current.at(-1)?.version ?? 0) + 1;
    const begins = number > 0 && number < next;
    const version = parseLine(line, index + 1, path, begins ? number : next);
    if (seen.has(identityOf(version))) continue;
    seen.add(identityOf(version));
    if (begins) {
      current = first.slice(0, number - 1);
      histories.push(current);
    }
    current.push(version);
  }
  return histories;
}

/**
 * Of several histories the one that keeps its numbers: the last that others have already, else the last.
 * @param published - identities of the versions that others have
 * @returns that one first, the others in their order
 */
export function keptFirst(
  histories: readonly (readonly VersionLine[])[],
  published: ReadonlySet<string>,
): readonly (readonly VersionLine[])[] {
  const known = histories.findLastIndex((lines) => lines.every((line) => published.has(identityOf(line))));
  const kept = known < 0 ? histories.length - 1 : known;
  return [...histories.slice(kept, kept + 1), ...histories.filter((_, index) => index !== kept)];
}

/**
 * All versions of several histories, one history after the other: the first keeps its numbers, of each further one
 * what is not there yet follows with the next numbers, and rollbacks name their version by its new number.
 * @param left - versions that stay away though a further history has them, as a cherry-pick takes one commit only
 * @throws SNAPKEEP_INTEGRITY where a rollback names a version that stays away
 */
export function mergeHistories(
  [first = [], ...others]: readonly (readonly VersionLine[])[],
  left: readonly VersionLine[] = [],
): MergedVersions {
  const versions = [...first];
  const renumbered: RenumberedVersion[] = [];
  const numbers = new Map(versions.map((line) => [identityOf(line), line.version]));
  const away = new Set(left.map(identityOf));
  for (const history of others) {
    for (const line of history) {
      const identity = identityOf(line);
      if (numbers.has(identity) || away.has(identity)) continue;
      const { version: from, snapshot, message } = line;
      const to = versions.length + 1;
      versions.push({ ...line, version: to, ...(line.of === undefined ? {} : { of: newOf(line, history, numbers) }) });
      numbers.set(identity, to);
      if (from !== to) renumbered.push({ from, to, snapshot, message });
    }
  }
  return { versions, renumbered };
}

function newOf(line: VersionLine, history: readonly VersionLine[], numbers: ReadonlyMap<string, number>): number {
  const target = history[(line.of ?? 0) - 1];
  const number = target && numbers.get(identityOf(target));
  if (number !== undefined) return number;
  throw new SnapkeepError(
    'SNAPKEEP_INTEGRITY',
    `v${line.version} is a rollback to v${line.of}, which would not be among the versions`,
    { hint: 'Take the commit of that version first, or merge the whole branch.' },
  );
}

/**
 * Lines of several texts of a file to which lines are only appended: each line once, in the order of its first
 * appearance. The last text stays as it is where nothing is to be added to it or taken out.
 * @param left - lines that stay away unless the last text has them
 */
export function mergeLines(texts: readonly string[], left: string): string {
  const last = texts.at(-1) ?? '';
  const own = withoutMarks(linesOf(last));
  const away = new Set(linesOf(left).filter((line) => !own.includes(line)));
  const lines = [...new Set(texts.flatMap((text) => withoutMarks(linesOf(text))))].filter((line) => !away.has(line));
  if (lines.length === own.length && own.length === linesOf(last).length) return last;
  return lines.map((line) => `${line}\n`).join('');
}
