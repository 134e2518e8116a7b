import type { PluginContext, Scan } from '@snapkeep/sdk';
import type { ReadableRelation } from '../catalog/describe-table.ts';
import type { ServerConnection } from '../connection/server-connection.ts';
import { checkFilters, scanSql } from './scan-sql.ts';

/** Into how many parts a scan may be cut, and why into no more than one. */
export interface ScanParts {
  readonly parts: number;
  readonly reason?: string;
}

/** Some 4 MB of a heap: small enough to be held while an earlier one is used, large enough that its round trips don't count. */
const BLOCKS_PER_PART = 512;
/** The first that finds a range of places without reading the others (Tid Range Scan). */
const TID_RANGE_VERSION = 140_000;

const one = (reason: string): ScanParts => ({ parts: 1, reason });

/**
 * Parts by the place of the rows (`ctid`), where the server would read each of them by a Tid Range Scan: with anything
 * else, e.g. an index that serves a filter, every part would cost as much as the whole.
 * @throws SNAPKEEP_USAGE where a filter's value can't be one of its column
 */
export async function partsOf(
  connection: ServerConnection,
  readable: ReadableRelation,
  scan: Scan,
  serverVersion: number,
  context: PluginContext,
): Promise<ScanParts> {
  const { heapBlocks, relation } = readable;
  if (heapBlocks === null) return one(`a ${relation.kind} of this kind has no places by which it could be cut`);
  if (scan.limit !== undefined) return one('only some rows are wanted');
  if (serverVersion < TID_RANGE_VERSION) return one('PostgreSQL reads ranges of places since version 14');
  const parts = Math.ceil(heapBlocks / BLOCKS_PER_PART);
  if (parts < 2) return one('it is small');
  await checkFilters(connection, readable, scan.filters, context);
  const middle = { ...scan, part: { index: Math.floor(parts / 2), of: parts } };
  const sql = scanSql(readable, middle, 'literal');
  const answer = await connection.query(`EXPLAIN (FORMAT json, COSTS off) ${sql?.text}`, [], context, {
    doing: 'plan the reading',
  });
  const [plan] = JSON.parse(answer.rows.map(([line]) => line).join('\n')) as { readonly Plan: PlanNode }[];
  const scans = plan ? leavesOf(plan.Plan) : [];
  const other = scans.find((node) => node !== 'Tid Range Scan' && node !== 'Result');
  return other === undefined ? { parts } : one(`the server would read each part by a ${other}`);
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly Plans?: readonly PlanNode[];
}

function leavesOf(node: PlanNode): string[] {
  return node.Plans === undefined ? [node['Node Type']] : node.Plans.flatMap(leavesOf);
}
