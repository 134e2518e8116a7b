import { type JsonRow, type Manifest, partAt, quoteLiteral, type Violation } from '@snapkeep/sdk';
import { type Engine, readParquet } from '../../engine/engine.ts';
import { rowBuilder } from '../export/row-lane.ts';
import { MASKED, maskedPointer, valueAt } from '../invalid/shown.ts';
import type { OpenQuarantine } from './open.ts';

/** One row of a quarantine, as it is kept. */
export interface KeptRow {
  readonly violations: readonly Violation[];
  /** The source's text of each column of the plan. */
  readonly texts: readonly (string | null)[];
}

/** One reason, for people. */
export interface ShownViolation extends Violation {
  /** What stands at the pointer: shortened, escaped, `***` where the column is sensitive; `null` is NULL, or nothing. */
  readonly value: string | null;
  /** What the schema says at `schemaPath`, any JSON; only where a row is shown whole, and then the value isn't shortened. */
  readonly rule?: unknown;
}

/** One row, for people; values of sensitive columns are `***`. */
export interface ShownRow {
  /** Empty where the dataset has no key. */
  readonly key: Readonly<Record<string, string | null>>;
  readonly violations: readonly ShownViolation[];
  /** The source's text of each column. */
  readonly source: Readonly<Record<string, string | null>>;
}

interface Reason extends Omit<Violation, 'schemaPath'> {
  readonly schema_path: string;
}

/** SQL: a column of the kept rows, as text. */
export function keptText(name: string): string {
  return `struct_extract(source, ${quoteLiteral(name)})`;
}

/**
 * Rows in the order of the file.
 * @param where - SQL over `violations` and {@link keptText}
 */
export async function* keptRows(
  engine: Engine,
  { files, manifest }: Pick<OpenQuarantine, 'files' | 'manifest'>,
  { where = 'true', limit }: { readonly where?: string; readonly limit?: number } = {},
): AsyncGenerator<KeptRow> {
  if (files.length === 0) return;
  const texts = manifest.plan.columns.map(({ name }) => keptText(name));
  const sql = `SELECT to_json(violations)::VARCHAR, ${texts.join(', ')} FROM ${readParquet(files)} WHERE ${where}
    ${limit === undefined ? '' : `LIMIT ${limit}`}`;
  for await (const rows of engine.streamRows(sql)) {
    for (const [reasons, ...values] of rows) {
      const violations = (JSON.parse(String(reasons)) as Reason[]).map(({ schema_path, ...reason }) => ({
        ...reason,
        schemaPath: schema_path,
      }));
      yield { violations, texts: values as (string | null)[] };
    }
  }
}

/**
 * How the rows of one version are shown.
 * @param whole - with all of each rule and of each value
 */
export function rowViewer(manifest: Manifest, sensitive: ReadonlySet<string>, whole = false) {
  const { columns, key, validation } = manifest.plan;
  const schema = validation?.schema;
  const indexes = new Map(columns.map(({ name }, index) => [name, index]));
  const toRow = rowBuilder(manifest.plan);
  const shownText = ({ texts }: KeptRow, name: string): string | null => {
    const text = texts[indexes.get(name) ?? -1] ?? null;
    return text !== null && sensitive.has(name) ? MASKED : text;
  };
  const shownViolation = (kept: KeptRow, json: JsonRow, violation: Violation): ShownViolation => {
    const { column: name, pointer } = violation;
    const text = shownText(kept, name);
    const column = columns[indexes.get(name) ?? -1];
    const rule = whole && schema !== undefined ? partAt(schema, violation.schemaPath) : undefined;
    const told = rule === undefined ? violation : { ...violation, rule };
    if (sensitive.has(name)) return { ...told, pointer: maskedPointer(pointer), value: text };
    const limit = whole ? Number.POSITIVE_INFINITY : undefined;
    return { ...told, value: column ? valueAt(pointer, text, column.type, json, limit) : text };
  };
  const named = (kept: KeptRow, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, shownText(kept, name)]));
  return {
    keyOf: (kept: KeptRow) => named(kept, key),
    /** @param violations - others than those with which the row was kept */
    show: (kept: KeptRow, violations: readonly Violation[] = kept.violations): ShownRow => {
      const json = toRow(kept.texts);
      return {
        key: named(kept, key),
        violations: violations.map((violation) => shownViolation(kept, json, violation)),
        source: named(
          kept,
          columns.map(({ name }) => name),
        ),
      };
    },
  };
}
