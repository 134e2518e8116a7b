import type { JsonSchema, SourceCheck } from '@snapkeep/sdk';
import { parse } from 'libpg-query';
import type { CheckedColumn } from './checked-column.ts';
import { passes } from './condition.ts';
import { columnsIn, NotExpressed } from './nodes.ts';

/** A CHECK as the catalog has it. */
export interface FoundCheck {
  /** The column whose domain has it, there called VALUE; `null`: the table has it. */
  readonly domainOf: string | null;
  readonly name: string;
  readonly sql: string;
  /** Whether every row of the relation holds to it; else why not. */
  readonly holds: true | string;
}

/** What the rows' JSON form has to do with a CHECK. PostgreSQL's own parser reads the condition. */
export async function checkOf(
  { domainOf, name, sql, holds }: FoundCheck,
  columns: ReadonlyMap<string, CheckedColumn>,
): Promise<SourceCheck> {
  const check = { name, sql: domainOf === null ? sql : `${sql} (VALUE is ${domainOf})` };
  let named: readonly string[] = domainOf === null ? [] : [domainOf];
  try {
    const { stmts } = await parse(`SELECT ${sql}`);
    const statement = stmts?.[0]?.stmt;
    const target = statement && 'SelectStmt' in statement ? statement.SelectStmt.targetList?.[0] : undefined;
    const node = target && 'ResTarget' in target ? target.ResTarget.val : undefined;
    if (!node) throw new NotExpressed('it could not be read');
    if (domainOf === null) named = columnsIn(node).filter((column) => columns.has(column));
    if (holds !== true) throw new NotExpressed(holds);
    const schema: JsonSchema = passes(node, { columns, domainOf, nested: false });
    return { ...check, columns: named, schema };
  } catch (error) {
    const reason = error instanceof NotExpressed ? error.message : 'it could not be read';
    return { ...check, columns: named, schema: null, reason };
  }
}
