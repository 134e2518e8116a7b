import type { PluginContext } from './context.ts';
import type { JsonValue } from './json-form.ts';

export const JSON_TYPES = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'] as const;
export type JsonType = (typeof JSON_TYPES)[number];

/** What a keyword means in one place of a schema. */
export interface KeywordCheck {
  /** Whether a value keeps it. Quick, without a promise: it is asked for every row. Must not change the value. */
  holds(value: JsonValue): boolean;
  /** What must hold, without the value, e.g. `must be a known customer`. */
  readonly message: string;
}

/** A keyword of JSON Schema that a plugin adds; the capability is registered under the keyword itself. */
export interface Keyword {
  /** Of which values it speaks; all others keep it. Absent: of all. */
  readonly types?: readonly JsonType[];
  /**
   * Called for each place of a schema in which the keyword stands, before the first row: now whatever `holds` needs can
   * be loaded, e.g. the keys to which a column must refer.
   * @param value - what stands behind the keyword in the schema
   * @throws SNAPKEEP_SCHEMA_INVALID where that makes no sense
   */
  prepare(value: JsonValue, context: PluginContext): Promise<KeywordCheck>;
}

/** A keyword as a validator gets it: with its name and its own context. */
export interface SchemaKeyword {
  readonly name: string;
  readonly types?: readonly JsonType[];
  prepare(value: JsonValue): Promise<KeywordCheck>;
}
