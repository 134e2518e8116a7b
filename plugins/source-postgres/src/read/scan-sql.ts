import { isSnapkeepError, type PluginContext, type Scan, type ScanFilter, SnapkeepError, shorten } from '@snapkeep/sdk';
import pg from 'pg';
import type { ReadableRelation } from '../catalog/describe-table.ts';
import type { ColumnAccess } from '../catalog/logical-type.ts';
import type { ServerConnection } from '../connection/server-connection.ts';
import { sqlStateOf } from '../server-errors.ts';

/** A statement and the values bound to it. */
export interface ScanSql {
  readonly text: string;
  readonly values: readonly string[];
  /** What stands behind WHERE. */
  readonly condition: string;
}

/**
 * The statement that reads a scan; `null` where its part holds no rows.
 * @param given - values bound to the statement or, where none can be, as literals in its text
 * @throws SNAPKEEP_COLUMN_UNKNOWN, SNAPKEEP_USAGE
 */
export function scanSql(readable: ReadableRelation, scan: Scan, given: 'bound' | 'literal' = 'bound'): ScanSql | null {
  const values: string[] = [];
  const conditions = scan.filters.map((filter) => {
    const { value, castName } = accessOf(readable, filter);
    if (given === 'bound') values.push(filter.value);
    const right = given === 'bound' ? `$${values.length}` : pg.escapeLiteral(filter.value);
    // The cast gives the parameter the column's type, so that an index on the column serves.
    return `${value} ${filter.op} ${right}::${castName}`;
  });
  const part = partCondition(readable, scan.part);
  if (part === null) return null;
  if (part !== '') conditions.push(part);

  const columns = readable.access.map(({ value }) => value).join(', ');
  const condition = conditions.join(' AND ');
  const where = condition === '' ? '' : ` WHERE ${condition}`;
  return {
    text: `SELECT ${columns} FROM ${readable.from}${where}${limitOf(scan)}`,
    values,
    condition: condition === '' ? 'true' : condition,
  };
}

/**
 * Rows by their place: every row of a heap has a block number, which lies in exactly one range; the last
 * one is open, for blocks that were added since they were counted. Nothing but heaps can be parted this
 * way: there, the first part is the whole.
 */
function partCondition(readable: ReadableRelation, part: Scan['part']): string | null {
  if (part === undefined || part.of <= 1) return '';
  if (readable.heapBlocks === null) return part.index === 0 ? '' : null;
  const bound = (index: number) => Math.floor(((readable.heapBlocks ?? 0) * index) / part.of);
  const bounds = [
    ...(part.index === 0 ? [] : [`ctid >= '(${bound(part.index)},0)'::tid`]),
    ...(part.index === part.of - 1 ? [] : [`ctid < '(${bound(part.index + 1)},0)'::tid`]),
  ];
  return bounds.join(' AND ');
}

function limitOf(scan: Scan): string {
  if (scan.limit === undefined) return '';
  if (!Number.isSafeInteger(scan.limit) || scan.limit < 0) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `A limit of ${scan.limit} rows makes no sense`);
  }
  return ` LIMIT ${scan.limit}`;
}

function columnOf(readable: ReadableRelation, { column: name, occurrence = 0 }: ScanFilter): number {
  const indexes = readable.relation.columns.flatMap((column, index) => (column.name === name ? [index] : []));
  const index = indexes[occurrence];
  if (index !== undefined) return index;
  throw new SnapkeepError('SNAPKEEP_COLUMN_UNKNOWN', `There is no column ${shorten(name)} to filter by`, {
    details: { column: name, columns: readable.relation.columns.map((column) => column.name) },
  });
}

function accessOf(readable: ReadableRelation, filter: ScanFilter): ColumnAccess {
  const access = readable.access[columnOf(readable, filter)];
  if (access === undefined) throw new SnapkeepError('SNAPKEEP_INTERNAL', `No access to ${shorten(filter.column)}`);
  return access;
}

/**
 * Tries every filter by itself first, so that a value that its column can't hold is reported as such,
 * and not as a failure of the rows.
 * @throws SNAPKEEP_USAGE
 */
export async function checkFilters(
  connection: ServerConnection,
  readable: ReadableRelation,
  filters: readonly ScanFilter[],
  context: PluginContext,
): Promise<void> {
  for (const filter of filters) {
    const { castName } = accessOf(readable, filter);
    const text = `SELECT $1::${castName} ${filter.op} $1::${castName}`;
    await connection.query('SAVEPOINT snapkeep_filter', [], context);
    try {
      await connection.query(text, [filter.value], context);
      await connection.query('RELEASE SAVEPOINT snapkeep_filter', [], context);
    } catch (error) {
      const state = stateIn(error);
      if (state === undefined || !/^(22|42883)/.test(state)) throw error;
      await connection.query('ROLLBACK TO SAVEPOINT snapkeep_filter', [], context);
      throw unusable(filter, state, readable);
    }
  }
}

function stateIn(error: unknown): string | undefined {
  if (isSnapkeepError(error)) {
    const { sqlstate } = error.details;
    return typeof sqlstate === 'string' ? sqlstate : undefined;
  }
  return sqlStateOf(error);
}

function unusable(filter: ScanFilter, state: string, readable: ReadableRelation): SnapkeepError {
  const column = readable.relation.columns[columnOf(readable, filter)];
  const message =
    state === '42883'
      ? `Column ${shorten(filter.column)} (${column?.sourceType}) can’t be compared with ${filter.op}`
      : `Column ${shorten(filter.column)} (${column?.sourceType}) can’t hold the value ${shorten(filter.value)}`;
  return new SnapkeepError('SNAPKEEP_USAGE', message, {
    hint: 'Correct the filter.',
    details: { column: filter.column, value: filter.value, sqlstate: state },
  });
}
