import { SnapkeepError } from '@snapkeep/sdk';
import type { CopyProblem } from './copies.ts';
import { allAre, bringBackHint, removedText } from './problems.ts';
import type { VerifiedLatest, VerifiedVersion, VerifyResult } from './verify.ts';

/** What `version verify` found, as a failure: changed bytes are told first, missing ones can be brought back. */
export function verifyError(result: VerifyResult): SnapkeepError | undefined {
  if (result.ok) return undefined;
  const { dataset, latest } = result;
  const bad = result.versions.filter(({ ok, removed }) => !ok && removed === null);
  // A version that was asked for: with all of them, those that were removed are no failure.
  const [gone] = result.versions.length === 1 ? result.versions.filter(({ removed }) => removed !== null) : [];
  const missing = bad.filter(({ problems }) => allAre('missing', problems));
  const changed = bad.filter((version) => !missing.includes(version));
  const parts = [
    ...(changed.length > 0 ? [`${numbers(changed)} can't be trusted${placesOf(changed)}`] : []),
    ...(missing.length > 0 ? [`files of ${numbers(missing)} are missing${placesOf(missing)}`] : []),
    ...(gone ? [`v${gone.version} ${removedText(gone.removed ?? '')}`] : []),
    ...(latest.ok ? [] : [`latest ${LATEST[latest.problem ?? 'absent']}`]),
  ];
  return new SnapkeepError(gone ? 'SNAPKEEP_INTEGRITY' : codeOf(result, bad), `${dataset}: ${parts.join('; ')}`, {
    hint: gone ? bringBackHint(dataset, gone.snapshot) : hintOf(result, bad),
    details: { ...result },
  });
}

const LATEST: Readonly<Record<NonNullable<VerifiedLatest['problem']>, string>> = {
  absent: 'is not there',
  'not a link': 'is a folder or a file, where a link must be',
  broken: 'is a broken link',
  'leaves the project': 'is a link that leaves the project',
  'names another snapshot': 'names another snapshot than the current version’s',
};

function codeOf(
  { latest }: VerifyResult,
  bad: readonly VerifiedVersion[],
): 'SNAPKEEP_PATH_UNSAFE' | 'SNAPKEEP_INTEGRITY' {
  const problems = bad.flatMap((version) => version.problems);
  const onlyLinks = problems.every(({ problem }) => problem === 'a link');
  const linkIsUnsafe = latest.problem === 'broken' || latest.problem === 'leaves the project';
  return onlyLinks && (latest.ok || linkIsUnsafe) ? 'SNAPKEEP_PATH_UNSAFE' : 'SNAPKEEP_INTEGRITY';
}

function numbers(versions: readonly VerifiedVersion[]): string {
  return versions.map(({ version }) => `v${version}`).join(', ');
}

/** ` in the cache`; nothing is said of the work tree, which everybody has before them. */
function placesOf(versions: readonly VerifiedVersion[]): string {
  const places = new Set(versions.flatMap(({ problems }) => problems.map(({ place }) => place)));
  if (places.has('workspace')) return ' here';
  return ` ${[...places].map((place) => `in the ${place}`).join(' and ')}`;
}

/** Copies for which no good one was found. */
function hopeless(versions: readonly VerifiedVersion[]): readonly CopyProblem[] {
  return versions.flatMap(({ problems }) => problems.filter(({ path, good }) => path !== null && good.length === 0));
}

function hintOf({ dataset, remote }: VerifyResult, bad: readonly VerifiedVersion[]): string {
  const repair = `snapkeep version verify ${dataset} --repair`;
  if (hopeless(bad).length === 0) return `${repair} takes it from the good copies that were found.`;
  return remote === null
    ? `No good copy was found here; ${repair} looks on the remote too.`
    : `No good copy was found here or on ${remote.name}: look for one where the version was made.`;
}
