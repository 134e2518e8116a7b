import { SnapkeepError } from '@snapkeep/sdk';
import type { DatasetLayout } from '../../store/layout.ts';
import { lastLineOf, sameVersion, type VersionLine } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';
import type { Reading } from './selector.ts';
import { fileAtCommit, revisionsOf } from './stores.ts';

/** A version that a selector may mean. */
export interface FoundVersion {
  readonly line: VersionLine;
  readonly by: Reading['kind'];
  /** For a person who has to choose. */
  readonly called: string;
}

/** The versions of a dataset that are here. */
interface Present {
  readonly layout: DatasetLayout;
  readonly versions: readonly VersionLine[];
}

/** What a name of git leads to. */
export interface VersionsAt {
  readonly versions: readonly FoundVersion[];
  /** Why a commit of that name leads to no version that is here. */
  readonly problem: SnapkeepError | undefined;
  readonly shallow: boolean;
}

/** The version that was the newest at each commit which a name of git stands for. */
export async function versionsAt(runtime: Runtime, dataset: Present, name: string): Promise<VersionsAt> {
  const { matches, shallow } = await revisionsOf(runtime, name);
  const commits = new Map(matches.map((match) => [match.commit, match.name]));
  const versions: FoundVersion[] = [];
  let problem: SnapkeepError | undefined;
  for (const [commit, called] of commits) {
    const line = await versionAt(runtime, dataset, commit, called);
    if (line instanceof SnapkeepError) problem = line;
    else versions.push({ line, by: 'revision', called: `${called}: v${line.version}` });
  }
  return { versions, problem, shallow };
}

async function versionAt(
  runtime: Runtime,
  { layout, versions }: Present,
  commit: string,
  called: string,
): Promise<VersionLine | SnapkeepError> {
  const short = called === commit ? commit.slice(0, 10) : called;
  const text = await fileAtCommit(runtime, commit, layout.versions);
  const then = text === null ? undefined : lastLineOf(text);
  if (!then) {
    return new SnapkeepError('SNAPKEEP_VERSION_UNKNOWN', `at ${short} ${layout.dataset} has no version`, {
      hint: `git log --oneline -- ${layout.versions} shows the commits that made versions.`,
      details: { dataset: layout.dataset, commit },
    });
  }
  const line = sameVersion(versions, then);
  if (line) return line;
  return new SnapkeepError(
    'SNAPKEEP_VERSION_UNKNOWN',
    `at ${short} ${layout.dataset} was v${then.version}, snapshot ${then.snapshot}, which this branch doesn't have`,
    {
      hint: 'Switch to a branch that has that commit, or merge it.',
      details: { dataset: layout.dataset, commit, version: then.version, snapshot: then.snapshot },
    },
  );
}
