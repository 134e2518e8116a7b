import { quoteLiteral } from '@snapkeep/sdk';
import type pg from 'pg';
import { differs, literal, type TypeCase } from '../../test/fidelity/cases.ts';
import type { ReadColumn, ReadType, ReadValue } from '../../test/fidelity/read-value.ts';
import { signature } from '../../test/fidelity/seen-types.ts';
import { isNatural } from './natural.ts';
import type { Cell } from './report.ts';
import { textsOf } from './texts.ts';

/** What a reader found in the column `v`, by the row's id; undefined where it can't read the file. */
export interface Read {
  readonly type: ReadType;
  readonly byId: ReadonlyMap<string, ReadValue>;
}

export function readOf(
  columns: readonly (ReadColumn | { readonly name: string; readonly error: string })[],
): Read | undefined {
  const [ids, values] = ['id', 'v'].map((name) => columns.find((column) => column.name === name));
  if (!ids || !values || 'error' in ids || 'error' in values) return undefined;
  // pandas makes floats of integers where it can; an id stays a whole number.
  return {
    type: values.type,
    byId: new Map(ids.values.map((id, row) => [String(Number(id)), values.values[row] ?? null])),
  };
}

/** Compares what is in a file with what the server has, on the server. */
export class Judge {
  readonly #client: pg.Client;
  readonly #binaryForms = new Map<string, string>();

  constructor(client: pg.Client) {
    this.#client = client;
  }

  async cell(
    one: TypeCase,
    id: number,
    reads: { readonly pyarrow: Read | undefined; readonly duckdb: Read | undefined },
  ): Promise<Cell> {
    const equal = {
      pyarrow: await this.#equal(one, id, reads.pyarrow),
      duckdb: await this.#equal(one, id, reads.duckdb),
    };
    const shown = reads.pyarrow ?? reads.duckdb;
    if (!shown) return { verdict: 'changed', reason: 'neither pyarrow nor DuckDB can read the file' };
    if (!equal.pyarrow && !equal.duckdb) {
      const [text = null] = textsOf(one.name, shown.type, shown.byId.get(String(id)) ?? null);
      return { verdict: 'changed', text };
    }
    if (!equal.pyarrow) return { verdict: 'annotated', reason: 'read so by DuckDB, otherwise by pyarrow' };
    if (!equal.duckdb) return { verdict: 'annotated', reason: 'read so by pyarrow, otherwise by DuckDB' };
    if (equal.pyarrow === 'binary') return { verdict: 'annotated', reason: 'PostgreSQL’s own binary form' };
    return {
      verdict: isNatural(one.name, signature(shown.type)) || (await this.#isNull(one, id)) ? 'exact' : 'annotated',
    };
  }

  async #equal(one: TypeCase, id: number, read: Read | undefined): Promise<'text' | 'binary' | false> {
    if (!read) return false;
    const value = read.byId.get(String(id));
    if (value === undefined) return false;
    if (value === null) return (await this.#isNull(one, id)) ? 'text' : false;
    for (const text of textsOf(one.name, read.type, value)) {
      if (await this.#holds(one, id, condition(one, text))) return 'text';
    }
    if (read.type.kind !== 'bytes' || one.sql === 'bytea') return false;
    const send = await this.#binaryForm(one);
    return (await this.#holds(one, id, `${send}(v) = '\\x${String(value)}'::bytea`)) ? 'binary' : false;
  }

  #isNull(one: TypeCase, id: number): Promise<boolean> {
    return this.#holds(one, id, 'v IS NOT DISTINCT FROM NULL');
  }

  /** A text that the type doesn't accept is not equal. */
  async #holds(one: TypeCase, id: number, sql: string): Promise<boolean> {
    try {
      const { rows } = await this.#client.query(`SELECT ${sql} AS holds FROM case_${one.name} WHERE id = ${id}`);
      return rows[0]?.holds === true;
    } catch {
      return false;
    }
  }

  async #binaryForm({ sql }: TypeCase): Promise<string> {
    let send = this.#binaryForms.get(sql);
    if (send === undefined) {
      const { rows } = await this.#client.query(
        `SELECT typsend::text AS send FROM pg_type WHERE oid = ${quoteLiteral(sql)}::regtype`,
      );
      send = String(rows[0]?.send);
      this.#binaryForms.set(sql, send);
    }
    return send;
  }
}

function condition(one: TypeCase, text: string): string {
  // The server takes -1 for the largest oid.
  if (one.sql === 'oid') return `v::text = ${quoteLiteral(text)}`;
  const equal = `NOT (${differs(one.sql, 'v', literal(one.sql, text))})`;
  // Documents that say the same are equal, however they are written.
  return /^jsonb?$/.test(one.sql) ? `(${equal} OR v::jsonb = ${literal('jsonb', text)})` : equal;
}
