import {
  type ByteBatch,
  type ByteFormat,
  type CompiledValidator,
  type ExportPlan,
  SnapkeepError,
  type SourceSession,
} from '@snapkeep/sdk';
import type { Runtime } from '../runtime.ts';
import { scanOf } from './scan.ts';
import { predicateNames } from './stage-sql.ts';

export const LANE_CHOICES = ['auto', 'row', 'fast'] as const;
export type LaneChoice = (typeof LANE_CHOICES)[number];

const FORMAT: ByteFormat = 'csv';
/** Below, the row lane is as fast, and it shows its work: rows are checked while they come. */
const SMALL_ROWS = 20_000;
const SMALL_BYTES = 8 * 1024 * 1024;

/** The rows as bytes and what they are checked by, where the plan says so. */
export interface ChosenLane {
  readonly plan: ExportPlan;
  /** Nothing is read before it is iterated; `undefined` in the row lane. */
  readonly bytes: AsyncIterable<ByteBatch> | undefined;
}

function isSmall({ relation, limit }: ExportPlan): boolean {
  const { estimatedRows, estimatedBytes } = relation;
  const most = limit ?? Infinity;
  if (estimatedRows === undefined) return most <= SMALL_ROWS || (estimatedBytes ?? Infinity) <= SMALL_BYTES;
  const rows = Math.min(most, estimatedRows);
  const perRow = (estimatedBytes ?? 0) / Math.max(1, estimatedRows);
  return rows <= SMALL_ROWS && rows * perRow <= SMALL_BYTES;
}

/** What the fast lane can't do with this plan, or the predicate and the bytes with which it does it. */
async function tryFast(
  runtime: Runtime,
  session: SourceSession,
  plan: ExportPlan,
  validator: CompiledValidator | null,
): Promise<string | { readonly predicate: string | null; readonly bytes: AsyncIterable<ByteBatch> }> {
  if (plan.validation?.failFast) return 'with --fail-fast rows are checked while they come';
  const predicate = validator?.predicate?.(predicateNames(plan.columns));
  if (validator && !predicate) return `the validator ${plan.capabilities.validator} says nothing in SQL`;
  if (predicate && 'reason' in predicate) return `the schema at ${predicate.place}: ${predicate.reason}`;
  const bytes = await session.bytes?.(scanOf(plan), FORMAT, runtime.context(plan.capabilities.source));
  if (!bytes) return `the source ${plan.capabilities.source} gives no bytes of this relation`;
  return { predicate: predicate?.sql ?? null, bytes };
}

/**
 * Fixes how the rows will move.
 * @throws SNAPKEEP_USAGE where the fast lane is asked for and can't be taken
 */
export async function chooseLane(
  runtime: Runtime,
  session: SourceSession,
  plan: ExportPlan,
  validator: CompiledValidator | null,
  choice: LaneChoice,
): Promise<ChosenLane> {
  const row = (laneReason: string): ChosenLane => ({ plan: { ...plan, lane: 'row', laneReason }, bytes: undefined });
  if (choice === 'row') return row('asked for');
  if (choice === 'auto' && isSmall(plan)) return row('the table is small');
  const fast = await tryFast(runtime, session, plan, validator);
  if (typeof fast !== 'string') {
    const laneReason = choice === 'auto' ? 'all of it can be decided in SQL' : 'asked for';
    return { plan: { ...plan, lane: 'fast', laneReason, predicate: fast.predicate }, bytes: fast.bytes };
  }
  if (choice === 'auto') return row(fast);
  throw new SnapkeepError('SNAPKEEP_USAGE', `--lane fast can't be taken: ${fast}`, {
    hint: 'Leave --lane away: what the fast lane can do is done by it, all else row by row.',
    details: { reason: fast },
  });
}
