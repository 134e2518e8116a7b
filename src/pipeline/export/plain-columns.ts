import type { ColumnPlan } from '@snapkeep/sdk';
import type { ColumnExpressions } from '../../engine/column-plan.ts';
import { type Given, lost } from '../../engine/value-plan.ts';

/**
 * A column whose texts have the one form that `ByteFormat` of the SDK promises, so that less must be done with them: to make a text
 * of a number first, to cast that and to hold it against the value takes twice as long as to read numbers; to see whether a decimal is one
 * by a pattern, five times as long as to look at its end.
 */
export interface PlainColumn {
  /** What the reader of the CSV makes of it, a DuckDB type. */
  readonly type: string;
  /** SQL: what was read → the text as the source wrote it. */
  readonly text: (read: string) => string;
  /** What the staging statement says of it. */
  readonly expressions: (names: Given) => ColumnExpressions;
}

/** What is read is the value. */
function read(type: string, text: PlainColumn['text']): PlainColumn {
  return {
    type,
    text,
    expressions: ({ text: value, value: staged }) => ({
      source: undefined,
      value,
      staged,
      refused: undefined,
      substituted: undefined,
    }),
  };
}

const NUMERIC: PlainColumn = {
  type: 'VARCHAR',
  text: (text) => text,
  expressions: ({ text, value }) => ({
    source: undefined,
    // Neither NaN nor one of the infinities.
    value: `CASE WHEN suffix(${text}, 'N') OR suffix(${text}, 'y') THEN NULL ELSE ${text} END`,
    staged: value,
    refused: lost(text, value),
    substituted: undefined,
  }),
};

function plainColumn({ type, onInexact, fileType }: ColumnPlan): PlainColumn | undefined {
  if (onInexact !== 'refuse') return undefined;
  switch (type.kind) {
    case 'integer':
      return read(fileType, (value) => `${value}::VARCHAR`);
    case 'boolean':
      return read(fileType, (value) => `CASE WHEN ${value} THEN 't' WHEN NOT ${value} THEN 'f' END`);
    case 'numeric':
      return NUMERIC;
    default:
      return undefined;
  }
}

/** By index. */
export function plainColumns(columns: readonly ColumnPlan[]): ReadonlyMap<number, PlainColumn> {
  return new Map(
    columns.flatMap((column, index) => {
      const plain = plainColumn(column);
      return plain ? [[index, plain] as const] : [];
    }),
  );
}
