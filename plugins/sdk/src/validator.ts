import type { Column } from './columns.ts';
import type { PluginContext } from './context.ts';
import type { JsonRow, JsonValue } from './json-form.ts';
import type { SchemaKeyword } from './keyword.ts';
import type { Instant } from './source.ts';

/** A JSON Schema whose instance is one row in JSON form. */
export type JsonSchema = { readonly [keyword: string]: JsonValue };

/** One reason why a row breaks its schema. */
export interface Violation {
  /** The column; empty where the row as a whole is meant. */
  readonly column: string;
  /** JSON pointer from the row, e.g. `/eventData/tags/0` (RFC 6901). */
  readonly pointer: string;
  /** The keyword that failed, e.g. `pattern`. */
  readonly keyword: string;
  /** Where the keyword stands, e.g. `#/properties/id/pattern`. */
  readonly schemaPath: string;
  /** What must hold, without the value, e.g. `must match pattern "^c[a-z0-9]{24}$"`. */
  readonly message: string;
}

/** A condition on one row that a SQL engine can run. */
export interface SqlPredicate {
  readonly dialect: 'duckdb';
  /**
   * A boolean expression. TRUE: the row is valid, `check` would say the same.
   * FALSE or NULL: not decided here, ask `check`.
   */
  readonly sql: string;
}

/**
 * How the engine's SQL names each column: column name → expression, of the type that the column's `fileType` in the plan
 * names, where that holds the value as the source gave it. A column that is missing here can't be decided.
 */
export type SqlColumns = ReadonlyMap<string, string>;

/** What of a schema can't be said in SQL: the JSON pointer of the place in the schema, and the reason, for people. */
export interface Undecidable {
  readonly place: string;
  readonly reason: string;
}

export interface CompiledValidator {
  /**
   * Asked for and awaited before the first `check`; an export of which SQL decides every row never asks. Absent: `check` needs nothing more.
   * @throws SNAPKEEP_SCHEMA_INVALID for what `checkSchema` would not have taken
   */
  prepare?(): Promise<void>;
  /** Empty where the row is valid. Must not keep or change the row. At most 100 violations. */
  check(row: JsonRow): readonly Violation[];
  /** Absent: this validator says nothing in SQL. */
  predicate?(columns: SqlColumns): SqlPredicate | Undecidable;
}

export interface Validator {
  /**
   * Compiles a schema for rows with these columns: one that `checkSchema` has taken, or that snapkeep has made itself.
   * @throws SNAPKEEP_SCHEMA_INVALID with the place in the schema
   */
  compile(
    request: {
      readonly schema: JsonSchema;
      readonly columns: readonly Column[];
      readonly instant: Instant;
      /** Of plugins, those that stand in the schema; absent: none. A validator of another language has no use for them. */
      readonly keywords?: readonly SchemaKeyword[];
    },
    context: PluginContext,
  ): Promise<CompiledValidator>;
  /** Checks a schema before any connection is opened. @throws SNAPKEEP_SCHEMA_INVALID */
  checkSchema(schema: JsonSchema, context: PluginContext, keywords?: readonly SchemaKeyword[]): Promise<void>;
}
