import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompiledValidator, ExportPlan, Violation } from '@snapkeep/sdk';
import { confineEngine, openEngine } from '../../engine/engine.ts';
import { removeAbandoned } from '../../store/abandoned.ts';
import { privateDirectory } from '../../store/layout.ts';
import { makePrivateDirectory } from '../../store/private-directory.ts';
import { openDataset } from '../dataset.ts';
import { rowBuilder } from '../export/row-lane.ts';
import { type PlannedSession, withPlannedSession } from '../export/session.ts';
import { type CauseSummary, Causes } from '../invalid/causes.ts';
import { maskedPointer } from '../invalid/shown.ts';
import type { Runtime } from '../runtime.ts';
import { joinedRows, type KeptWithPresent } from './joined-rows.ts';
import { type OpenQuarantine, openQuarantine } from './open.ts';
import { fetchPresentRows } from './present-rows.ts';
import { type KeptRow, keptRows, rowViewer, type ShownViolation } from './rows.ts';

/** `passes`: it would be published now; `fails`: it breaks the present schema still; `gone`: the source has no such key. */
export const REPLAY_STATES = ['passes', 'fails', 'gone'] as const;
export type ReplayState = (typeof REPLAY_STATES)[number];

export interface ReplayRequest {
  readonly name: string;
  readonly at?: string | undefined;
  /** A schema's file in place of the dataset's: absolute. */
  readonly schema?: string | undefined;
  /** Only rows of this state are listed; all are counted. */
  readonly only?: ReplayState | undefined;
  readonly limit: number;
  readonly retries?: number | undefined;
}

/** What became of one row. */
export interface ReplayedRow {
  /** Empty where the dataset has no key. */
  readonly key: Readonly<Record<string, string | null>>;
  readonly state: ReplayState;
  /** Columns whose text in the source is another one now; `null` where the source could not be asked, or the row is gone. */
  readonly changed: readonly string[] | null;
  /** What it breaks now; of a row that is gone: what it would break. */
  readonly violations: readonly ShownViolation[];
}

/** The `data` of `quarantine replay --json`. */
export interface ReplayResult {
  readonly dataset: string;
  readonly version: number;
  readonly snapshot: string;
  readonly rows: number;
  /** The schema of now: a path as it was given, or `inferred`; and its hash. */
  readonly schema: { readonly origin: string; readonly sha256: string };
  /** When the source was read, by its own clock. */
  readonly instant: string;
  /** `key`: each row was looked up in the source; `none`: there is no key, so that only the kept texts were judged. */
  readonly lookup: 'key' | 'none';
  /** `changed`: of these the source holds other values than were kept. */
  readonly passes: { readonly rows: number; readonly changed: number };
  readonly fails: { readonly rows: number; readonly changed: number };
  /** `wouldPass`: as they were kept they keep the present schema. */
  readonly gone: { readonly rows: number; readonly wouldPass: number };
  /** Of the rows that fail, most frequent first, at most 1,000. */
  readonly causes: readonly CauseSummary[];
  /** In the order of the key, at most `--limit`. */
  readonly items: readonly ReplayedRow[];
}

interface Judge {
  readonly kept: (row: KeptRow) => readonly Violation[];
  readonly present: (texts: readonly (string | null)[]) => readonly Violation[];
  readonly changed: (row: KeptWithPresent) => readonly string[];
}

/** @param then - the plan under which the rows were kept @param now - the present one */
function judgeOf(validator: CompiledValidator, then: ExportPlan, now: ExportPlan): Judge {
  const [toKept, toPresent] = [rowBuilder(then), rowBuilder(now)];
  const shared = then.columns.flatMap(({ name }, index) => {
    const other = now.columns.findIndex((column) => column.name === name);
    return other < 0 ? [] : [{ name, index, other }];
  });
  return {
    kept: ({ texts }) => validator.check(toKept(texts)),
    present: (texts) => validator.check(toPresent(texts)),
    changed: ({ texts, present }) =>
      shared.filter(({ index, other }) => present.every((row) => row[other] !== texts[index])).map(({ name }) => name),
  };
}

interface Verdict {
  readonly state: ReplayState;
  readonly changed: readonly string[] | null;
  readonly violations: readonly Violation[];
  /** The texts that were judged. */
  readonly texts: readonly (string | null)[] | undefined;
}

/** Of several rows of one key the first that fails decides. */
function verdictOf(judge: Judge, row: KeptWithPresent, lookup: ReplayResult['lookup']): Verdict {
  if (lookup === 'none') {
    const violations = judge.kept(row);
    return { state: violations.length > 0 ? 'fails' : 'passes', changed: null, violations, texts: undefined };
  }
  if (row.present.length === 0) {
    return { state: 'gone', changed: null, violations: judge.kept(row), texts: undefined };
  }
  const changed = judge.changed(row);
  for (const texts of row.present) {
    const violations = judge.present(texts);
    if (violations.length > 0) return { state: 'fails', changed, violations, texts };
  }
  return { state: 'passes', changed, violations: [], texts: undefined };
}

class Tally {
  readonly passes = { rows: 0, changed: 0 };
  readonly fails = { rows: 0, changed: 0 };
  readonly gone = { rows: 0, wouldPass: 0 };
  readonly causes = new Causes();

  readonly #sensitive: ReadonlySet<string>;

  constructor(sensitive: ReadonlySet<string>) {
    this.#sensitive = sensitive;
  }

  add({ state, changed, violations }: Verdict): void {
    this[state].rows += 1;
    if (state === 'gone') this.gone.wouldPass += violations.length === 0 ? 1 : 0;
    else this[state].changed += (changed?.length ?? 0) > 0 ? 1 : 0;
    if (state !== 'fails') return;
    this.causes.addRow(violations, ({ column, pointer }) => ({
      key: {},
      row: 1,
      pointer: this.#sensitive.has(column) ? maskedPointer(pointer) : pointer,
      value: null,
    }));
  }
}

async function* withoutPresent(rows: AsyncIterable<KeptRow>): AsyncGenerator<KeptWithPresent> {
  for await (const row of rows) yield { ...row, present: [] };
}

async function replayRows(
  runtime: Runtime,
  request: ReplayRequest,
  opened: OpenQuarantine,
  { planned, directory }: { planned: PlannedSession; directory: string },
): Promise<ReplayResult> {
  const { plan, session, validator } = planned;
  const { manifest } = opened;
  if (!validator || plan.validation === null) throw new Error('a replay is a validation');
  await validator.prepare?.();
  const judge = judgeOf(validator, manifest.plan, plan);
  const here = manifest.plan.key.every((name) => plan.columns.some((column) => column.name === name));
  const lookup = manifest.plan.key.length > 0 && here ? 'key' : 'none';
  const engine = await openEngine({ file: { path: join(directory, 'replay.duckdb') }, spillDirectory: directory });
  await confineEngine(engine, [`${runtime.root}/${runtime.config.dataDirectory}`, directory]);
  const items: ReplayedRow[] = [];
  const sensitive = new Set([...opened.sensitive, ...plan.sensitive]);
  const tally = new Tally(sensitive);
  const [then, now] = [rowViewer(manifest, sensitive), rowViewer({ ...manifest, plan }, sensitive)];
  try {
    const path = join(directory, 'present.csv');
    const spill = lookup === 'key' ? await fetchPresentRows({ runtime, engine, opened, planned, path }) : undefined;
    await session.finish(runtime.context(plan.capabilities.source));
    const rows =
      spill === undefined || spill.rows === 0
        ? withoutPresent(keptRows(engine, opened))
        : joinedRows(engine, opened, plan, spill);
    for await (const row of rows) {
      runtime.signal.throwIfAborted();
      const verdict = verdictOf(judge, row, lookup);
      tally.add(verdict);
      const { state, changed, violations, texts } = verdict;
      if (items.length >= request.limit || (request.only !== undefined && request.only !== state)) continue;
      const shown = texts === undefined ? then.show(row, violations) : now.show({ texts, violations: [] }, violations);
      items.push({ key: then.keyOf(row), state, changed, violations: shown.violations });
    }
  } finally {
    engine.close();
  }
  const { passes, fails, gone, causes } = tally;
  return {
    dataset: opened.layout.dataset,
    version: opened.version,
    snapshot: manifest.snapshot,
    rows: opened.quarantine?.rows ?? 0,
    schema: { origin: plan.validation.origin, sha256: plan.validation.sha256 },
    instant: plan.instant.time,
    lookup,
    passes,
    fails,
    gone,
    causes: causes.all.map(({ examples: _, ...cause }) => cause),
    items,
  };
}

/**
 * Holds the rows of a quarantine against the present schema, each as it stands in the source now, by its key. Nothing is
 * written: the next export reads them anyway.
 */
export async function replayQuarantine(runtime: Runtime, request: ReplayRequest): Promise<ReplayResult> {
  const opened = await openQuarantine(runtime, request.name, request.at);
  const dataset = await openDataset(runtime, request.name);
  const spill = join(privateDirectory(runtime.root), 'spill');
  const directory = join(spill, `replay-${process.pid}-${randomBytes(4).toString('hex')}`);
  await makePrivateDirectory(runtime.root, directory);
  await removeAbandoned(spill);
  try {
    const { name, schema, retries } = request;
    return await withPlannedSession(
      runtime,
      dataset,
      { name, schema, retries, onInvalid: 'fail', lane: 'row' },
      (planned) => replayRows(runtime, request, opened, { planned, directory }),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
