import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExportPlan, type Instant, isSnapkeepError, type SnapkeepError, type SourceSession } from '@snapkeep/sdk';
import { readAttempt } from '../export/attempt.ts';
import { refuseForeignName } from '../export/ownership.ts';
import type { ExportRequest } from '../export/request.ts';
import type { Run } from '../export/run.ts';
import { type PlannedSession, planIn, retryConfig } from '../export/session.ts';
import { type Made, makeSnapshot } from '../export/snapshot.ts';
import { columnsThere } from '../quality/references.ts';
import { retrying } from '../retry.ts';
import { type Runtime, withSignal } from '../runtime.ts';
import { isOwn } from './failures.ts';
import { inParallel } from './in-parallel.ts';
import type { Member } from './members.ts';
import type { RunRequest } from './request.ts';
import { countedFinish, relationOf } from './session.ts';

/** What came of a dataset, or why nothing did. */
export type Outcome = { readonly run: Run; readonly made: Made } | { readonly error: SnapkeepError };

export interface ReadTogether {
  readonly instant: Instant;
  readonly jobs: number;
  readonly attempt: number;
  readonly outcomes: ReadonlyMap<Member, Outcome>;
}

/** A dataset with its plan, or why it has none. */
interface Planned {
  readonly member: Member;
  readonly planned: PlannedSession;
}

export interface OpenedRun {
  readonly session: SourceSession;
  /** In the session's order. */
  readonly members: readonly Member[];
  readonly attempt: number;
  readonly errors: Map<Member, SnapkeepError>;
}

/**
 * Opens one session for all datasets, and again where it broke for a reason that passes by itself: what was read at one
 * instant is of no use beside what is read at another, so that all of it is done anew.
 * @param use - ends with the session's `finish`, and leaves nothing behind where it fails
 */
export async function withOneInstant<T>(
  runtime: Runtime,
  members: readonly Member[],
  request: RunRequest,
  jobs: number,
  use: (opened: OpenedRun) => Promise<T>,
): Promise<T> {
  const { capabilities, connection } = runtime.config;
  const source = await runtime.capability('source', capabilities.source);
  const context = runtime.context(capabilities.source);
  runtime.log.verbose(`reading from ${source.describe(connection, context)}`);
  return retrying(runtime, retryConfig(runtime, request.each.retries), async (attempt) => {
    const errors = new Map<Member, SnapkeepError>();
    let left = members;
    for (;;) {
      const relations = left.map(({ dataset }) => dataset.request);
      let session: SourceSession;
      try {
        session = await source.open({ connection, relations, jobs, attempt }, context);
      } catch (error) {
        const culprit = request.keepGoing ? culpritOf(error, left) : undefined;
        if (!culprit || !isSnapkeepError(error)) throw error;
        errors.set(culprit, error);
        left = left.filter((member) => member !== culprit);
        if (left.length === 0) throw error;
        continue;
      }
      try {
        return await use({ session, members: left, attempt, errors });
      } finally {
        await session.close();
      }
    }
  });
}

/** Which dataset can't be opened, where the source says so; the others can do without it. */
function culpritOf(error: unknown, members: readonly Member[]): Member | undefined {
  if (!isOwn(error)) return undefined;
  const { relation } = error.details;
  return typeof relation === 'number' ? members[relation] : undefined;
}

/** The plans of all datasets, before a row is read. Whatever is wrong with one of them is set into `errors`. */
export async function planAll(runtime: Runtime, { session, members, attempt, errors }: OpenedRun): Promise<Planned[]> {
  const context = runtime.context(runtime.config.capabilities.source);
  const newFinish = countedFinish(members.length, () => session.finish(context));
  const all: Planned[] = [];
  const tryTo = async (member: Member, view: SourceSession, work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isOwn(error)) throw error;
      errors.set(member, error);
      await view.finish(context);
      return false;
    }
  };
  for (const [index, member] of members.entries()) {
    const view = relationOf(session, index, newFinish());
    await tryTo(member, view, async () => {
      const planned = await planIn(runtime, view, member.prepared, attempt);
      await refuseForeignName(member.dataset, planned.plan);
      if (planned.plan.window === null && isWindowed(member.prepared.request)) {
        runtime.log.info(`${member.dataset.name} has no time column: all of it is read`);
      }
      all.push({ member, planned });
    });
  }
  const sound: Planned[] = [];
  for (const one of all) {
    if (await tryTo(one.member, one.planned.session, async () => checkReferences(one, all))) sound.push(one);
  }
  return sound;
}

function isWindowed({ days, since, until }: ExportRequest): boolean {
  return days !== undefined || since !== undefined || until !== undefined;
}

/** What rules refer to must be columns of the others. */
function checkReferences({ member, planned: { plan } }: Planned, all: readonly Planned[]): void {
  for (const index of member.later) {
    const references = plan.rules[index]?.references;
    const other = all.find(({ member: { dataset } }) => dataset.name === references?.dataset);
    if (references && other) columnsThere(plan.dataset, index, references, other.planned.plan);
  }
}

/**
 * Reads all datasets from one instant, some at a time, each as far as the files that will be published.
 * @param newRun - what the steps of one dataset's export share; new for every attempt
 * @param onPlanned - before a row is read
 */
export async function readTogether(
  runtime: Runtime,
  members: readonly Member[],
  request: RunRequest,
  jobs: number,
  newRun: (member: Member, runtime: Runtime) => Run,
  onPlanned: (plans: readonly ExportPlan[]) => Promise<void>,
): Promise<ReadTogether> {
  return withOneInstant(runtime, members, request, jobs, async (opened) => {
    const { session, attempt, errors } = opened;
    const controller = new AbortController();
    const within = withSignal(runtime, AbortSignal.any([runtime.signal, controller.signal]));
    const atOnce = Math.min(jobs, session.jobs);
    const made = new Map<Member, Outcome>();
    const planned = await planAll(within, opened);
    await onPlanned(planned.map(({ planned: { plan } }) => plan));
    if (errors.size === 0 || request.keepGoing) {
      if (atOnce < jobs) runtime.log.verbose(`the source reads ${atOnce} at once, not ${jobs}`);
      const stop = (error: unknown) => controller.abort(error);
      const work = (one: Planned) => readOne(one, newRun(one.member, within), made, errors, request);
      try {
        await inParallel(largestFirst(planned), atOnce, work, stop);
      } catch (error) {
        if (errors.size === 0 || !request.each.failFast || runtime.signal.aborted) {
          await discardReports(runtime, made);
          throw error;
        }
      }
    }
    const outcomes = new Map<Member, Outcome>();
    for (const member of members) {
      const error = errors.get(member);
      const outcome = error ? { error } : made.get(member);
      if (outcome) outcomes.set(member, outcome);
    }
    return { instant: session.instant, jobs: atOnce, attempt, outcomes };
  });
}

/** The longest one decides when the run ends: it must not begin last. */
function largestFirst(planned: readonly Planned[]): Planned[] {
  const size = ({ planned: { plan } }: Planned) => plan.relation.estimatedBytes ?? Number.POSITIVE_INFINITY;
  return planned.toSorted((a, b) => Number(size(b) > size(a)) - Number(size(b) < size(a)));
}

async function readOne(
  { member, planned }: Planned,
  run: Run,
  made: Map<Member, Outcome>,
  errors: Map<Member, SnapkeepError>,
  { each }: RunRequest,
): Promise<void> {
  try {
    const reading = await readAttempt(run, planned);
    try {
      made.set(member, { run, made: await makeSnapshot(run, reading) });
    } finally {
      reading.staging.close();
      await rm(reading.staging.directory, { recursive: true, force: true });
    }
  } catch (error) {
    if (run.runtime.signal.aborted || !isOwn(error)) throw error;
    errors.set(member, error);
    if (each.failFast) throw error;
    await planned.session.finish(run.runtime.context(planned.plan.capabilities.source));
  }
}

/** What was rejected so far is of no use: not all rows came. */
async function discardReports(runtime: Runtime, made: ReadonlyMap<Member, Outcome>): Promise<void> {
  for (const outcome of made.values()) {
    const report = 'made' in outcome ? outcome.made.facts.report : null;
    if (report !== null) await rm(join(runtime.root, report), { force: true });
  }
}
