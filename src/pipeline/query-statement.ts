import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf, nearest, SnapkeepError } from '@snapkeep/sdk';

const ONE = 'Give exactly one statement that reads: SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN.';
/** What stands between words. No text matches in two ways, so that it takes linear time. */
const GAP = String.raw`\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/`;
const EMPTY = new RegExp(`^(?:;|${GAP})*$`);
/** Begins like something that reads, and pivots. */
const PIVOTING = new RegExp(`^(?:${GAP})*(?:pivot\\b|(?:select|with|from)\\b[^]*\\bpivot)`, 'i');
/** An end with something behind it, be it in a literal: then one can't be sure. */
const INNER_END = new RegExp(`;(?!(?:;|${GAP})*$)`);
const EXPLAIN = new RegExp(`^(?:${GAP})*explain\\b(?:${GAP})*(?:analyze\\b|\\([^)]*\\))?`, 'i');

/**
 * Only one statement, and one that reads: views stand for versions, and what anything else changed would be gone.
 * @throws SNAPKEEP_SQL_FAILED
 */
export async function requireReading(connection: DuckDBConnection, sql: string): Promise<void> {
  if (EMPTY.test(sql)) throw refused('there is no statement');
  const { StatementType } = await import('@duckdb/node-api');
  const statements = await connection.extractStatements(sql);
  const { count } = statements;
  const typeOf = async (index: number) => (await statements.prepare(index)).statementType;
  if (count > 1) {
    // DuckDB makes several of one PIVOT: types, and the SELECT that uses them, which can't be prepared before. As
    // that one's kind can't be asked, its text has to say it.
    if (!PIVOTING.test(sql) || INNER_END.test(sql)) throw refused(`there are ${count} statements`);
    for (let index = 0; index < count - 1; index += 1) {
      if ((await typeOf(index)) !== StatementType.CREATE) throw refused(`there are ${count} statements`);
    }
    return;
  }
  const type = await typeOf(0);
  if (type === StatementType.SELECT) return;
  // EXPLAIN ANALYZE carries out what it explains.
  if (type === StatementType.EXPLAIN && EXPLAIN.test(sql)) return requireReading(connection, sql.replace(EXPLAIN, ''));
  throw refused(`${StatementType[type]?.replaceAll('_', ' ') ?? 'this statement'} does not read`);
}

function refused(why: string): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_SQL_FAILED', why, { hint: ONE });
}

/** DuckDB's refusal in one line; of a table that isn't there with our datasets in place of DuckDB's own tables. */
export function sqlFailed(cause: unknown, datasets: readonly string[]): SnapkeepError {
  if (cause instanceof SnapkeepError) return cause;
  // DuckDB draws the place under the line; one line has to do, --debug has the rest.
  const message = messageOf(cause).split(' · LINE ')[0] ?? '';
  const table = /^Catalog Error: Table with name (.+?) does not exist!/.exec(message);
  if (!table) return new SnapkeepError('SNAPKEEP_SQL_FAILED', message, { cause });
  const near = nearest(table[1] ?? '', datasets);
  return new SnapkeepError('SNAPKEEP_SQL_FAILED', table[0], {
    hint:
      near !== undefined
        ? `Did you mean ${near}?`
        : datasets.length === 0
          ? 'There is no dataset here yet: snapkeep export NAME'
          : `The datasets here: ${datasets.join(', ')}`,
    cause,
  });
}
