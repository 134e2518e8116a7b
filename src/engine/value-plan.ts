import type { Fidelity, InexactPolicy, LeafType, LogicalType } from '@snapkeep/sdk';
import { ANNOTATED_TEXT, beyondMicros, decimal, float, isInfinity, type LeafPlan, leafPlan } from './leaf-plan.ts';

/** What stands in the staging statement for one value, by SQL names. */
export interface Given {
  /** The staged text. */
  readonly text: string;
  /** What the value is made of: the plan's `source` of the text. */
  readonly source: string;
  readonly value: string;
}

/** How values of a type become those of the file under a policy. Of a text that is there, exactly one holds: kept, refused, substituted. */
export interface ValuePlan {
  /** Of the values that are not substituted. */
  readonly fidelity: Fidelity;
  /** What the file holds. */
  readonly held: LogicalType;
  /** SQL: staged text → what all the rest reads, so that it is made once. Absent: the text itself. */
  readonly source?: (text: string) => string;
  /** SQL: source → value. */
  readonly value: (source: string) => string;
  /** SQL: true where nothing may be published. Absent: never. */
  readonly refused?: (given: Given) => string;
  /** SQL: true where the policy put something else in the text's place. Absent: never. */
  readonly substituted?: (given: Given) => string;
}

/** SQL: true where the text is there and the value is not. */
export const lost = (text: string, value: string) => `(${text} IS NOT NULL AND ${value} IS NULL)`;

const asIs = (text: string) => text;

/** Either of the conditions that are there; `undefined` where none is. */
export function anyOf(...conditions: readonly (string | undefined)[]): string | undefined {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 0 ? undefined : `(${given.join(' OR ')})`;
}

function planned({ fidelity, cast = asIs }: Pick<LeafPlan, 'fidelity' | 'cast'>, held: LogicalType): ValuePlan {
  return { fidelity, held, value: cast };
}

function refusing(type: LeafType): ValuePlan {
  const leaf = leafPlan(type);
  if (!leaf.cast) return planned(leaf, type);
  return {
    ...planned(leaf, type),
    refused: ({ text, value }) => anyOf(lost(text, value), leaf.changed?.(text, value)) ?? 'false',
  };
}

function nulling(type: LeafType): ValuePlan {
  const leaf = leafPlan(type);
  const { cast, changed } = leaf;
  if (!cast) return planned(leaf, type);
  return {
    ...planned(leaf, type),
    value: (text) => {
      const value = cast(text);
      return changed ? `CASE WHEN ${changed(text, value)} THEN NULL ELSE ${value} END` : value;
    },
    substituted: ({ text, value }) => lost(text, value),
  };
}

/**
 * SQL: the digits that matter. A double is the one next to the number, so where the shortest decimal that reads back
 * as that double has the digits of the number, it is the number.
 */
const significant = (text: string) => `trim(replace(regexp_replace(${text}, '^-|e.*$', '', 'g'), '.', ''), '0')`;

const DOUBLE: ValuePlan = {
  ...planned({ ...float('DOUBLE'), fidelity: 'annotated' }, { kind: 'float', bits: 64 }),
  refused: ({ text, value }) => `(${lost(text, value)} OR ${float('DOUBLE').changed?.(text, value)})`,
  substituted: ({ text, value }) =>
    `(isfinite(${value}) AND ${significant(text)} <> ${significant(`${value}::VARCHAR`)})`,
};

function rounding(precision: number, scale: number, source: LogicalType): ValuePlan {
  const leaf = decimal(precision, scale);
  const sameScale = source.kind === 'decimal' && source.scale === scale;
  return {
    ...planned({ ...leaf, fidelity: sameScale ? 'exact' : 'annotated' }, { kind: 'decimal', precision, scale }),
    refused: ({ text, value }) => lost(text, value),
    substituted: ({ text, value }) => `(${value} IS NOT NULL AND ${leaf.changed?.(text, value)})`,
  };
}

function keepingInfinity(type: LeafType): ValuePlan {
  return {
    ...planned(leafPlan(type), type),
    refused: ({ text, value }) => `(${lost(text, value)} OR ${beyondMicros(text)})`,
    substituted: ({ text }) => isInfinity(text),
  };
}

/** Whether a value without parts can be treated so. */
export function leafTakes({ kind }: LeafType, policy: InexactPolicy): boolean {
  switch (policy.kind) {
    case 'refuse':
    case 'null':
    case 'string':
      return true;
    case 'double':
    case 'decimal':
      return kind === 'decimal' || kind === 'numeric';
    case 'infinity':
      return kind === 'date' || kind === 'timestamp';
  }
}

/** The server's text, whatever the type. */
export function textPlan(type: LogicalType): ValuePlan {
  const isText = type.kind === 'string' || type.kind === 'enum' || type.kind === 'opaque';
  return isText ? planned(leafPlan(type), type) : planned(ANNOTATED_TEXT, { kind: 'string' });
}

/** How a value without parts is held under a policy that its type takes; under another one it is refused where it must. */
export function leafValuePlan(type: LeafType, policy: InexactPolicy): ValuePlan {
  if (!leafTakes(type, policy)) return refusing(type);
  switch (policy.kind) {
    case 'refuse':
      return refusing(type);
    case 'null':
      return nulling(type);
    case 'string':
      return textPlan(type);
    case 'double':
      return DOUBLE;
    case 'decimal':
      return rounding(policy.precision, policy.scale, type);
    case 'infinity':
      return keepingInfinity(type);
  }
}
