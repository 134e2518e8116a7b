import path from 'node:path';
import { quoteIdentifier, quoteLiteral, SnapkeepError, type SyncRequest, shorten } from '@snapkeep/sdk';
import { indexRefusal } from './columns.ts';
import type { Database } from './database.ts';
import { REGISTRY_SCHEMA, type Registry } from './registry.ts';

type Kind = 'table' | 'view';

/** What stands under the wanted name, whoever put it there. */
async function existing(database: Database, { schema, name }: SyncRequest): Promise<Kind | undefined> {
  const rows = await database.rows(
    `SELECT table_type FROM information_schema.tables
     WHERE table_catalog = current_database() AND lower(table_schema) = lower($1) AND lower(table_name) = lower($2)`,
    [schema, name],
  );
  const type = rows[0]?.[0];
  return type === undefined ? undefined : type === 'VIEW' ? 'view' : 'table';
}

/** Removes the relation that is replaced. @throws SNAPKEEP_SYNC_FAILED where it isn't ours */
export async function dropOld(
  database: Database,
  registry: Registry,
  relation: string,
  request: SyncRequest,
): Promise<void> {
  const { schema, name } = request;
  if (schema.toLowerCase() === REGISTRY_SCHEMA) {
    throw new SnapkeepError(
      'SNAPKEEP_SYNC_FAILED',
      `The schema ${REGISTRY_SCHEMA} is where snapkeep keeps its own notes`,
      {
        hint: 'Name another schema for this sync target in the configuration.',
      },
    );
  }
  const kind = await existing(database, request);
  if (kind === undefined) return;
  if (!(await registry.holds(schema, name))) {
    throw new SnapkeepError('SNAPKEEP_SYNC_FAILED', `${shorten(relation)} is a ${kind} that snapkeep did not make`, {
      hint: 'Rename or drop it, or name another schema for this sync target in the configuration.',
      details: { relation, kind },
    });
  }
  await database.run(`DROP ${kind.toUpperCase()} ${relation}`);
}

/**
 * What the relation reads. A view that follows `latest` names no file: the next version may have more of them, or others.
 * Where the folder's own name would be taken for a pattern only the files can be named.
 */
function readBy({ mode, followLatest, files }: SyncRequest): readonly string[] {
  const folder = path.dirname(files[0] ?? '');
  return mode === 'view' && followLatest && !/[*?[\]]/.test(folder) ? [path.join(folder, '*.parquet')] : files;
}

/** The same SELECT for a view and for a copy; folders called `a=1` must not become columns. */
export async function createNew(database: Database, relation: string, request: SyncRequest): Promise<void> {
  const { mode } = request;
  const list = readBy(request).map(quoteLiteral).join(', ');
  await database.run(
    `CREATE ${mode.toUpperCase()} ${relation} AS SELECT * FROM read_parquet([${list}], hive_partitioning = false)`,
  );
}

/** Returns the names of the indexes, in the order of the request. */
export async function createIndexes(database: Database, relation: string, request: SyncRequest): Promise<string[]> {
  const names: string[] = [];
  const made = new Set<string>();
  for (const columns of request.indexes) {
    if (made.has(JSON.stringify(columns))) continue;
    made.add(JSON.stringify(columns));
    const plain = [request.name, ...columns].join('_');
    let name = plain;
    // `a_b` and `a`, `b` come to one name, and DuckDB knows no case.
    for (let number = 2; names.some((other) => other.toLowerCase() === name.toLowerCase()); number += 1) {
      name = `${plain}_${number}`;
    }
    try {
      await database.run(
        `CREATE INDEX ${quoteIdentifier(name)} ON ${relation} (${columns.map(quoteIdentifier).join(', ')})`,
      );
    } catch (error) {
      throw indexRefusal(request, columns, error);
    }
    names.push(name);
  }
  return names;
}

export async function countRows(database: Database, relation: string): Promise<number> {
  const rows = await database.rows(`SELECT count(*) FROM ${relation}`);
  return Number(rows[0]?.[0]);
}
