import {
  type Column,
  type ColumnPlan,
  type Fidelity,
  heldType,
  type InexactPolicy,
  inexactPolicyText,
  type LogicalType,
  parseInexactPolicy,
  SnapkeepError,
} from '@snapkeep/sdk';
import { sizedDecimal, sizedDecimalText } from './decimal.ts';
import { fileTypeOf, layoutTypeOf, parquetTypeOf } from './held-type.ts';
import { computedOnce } from './lambda.ts';
import { hasOtherDimensions, heldValue } from './layout.ts';
import { refuseSameFields } from './names.ts';
import { type NullText, nullTextOf } from './null-texts.ts';
import { textOf } from './text-form.ts';
import { leavesOf, type TypePath } from './type-paths.ts';
import { typePlan } from './type-plan.ts';
import { type Given, leafValuePlan, type ValuePlan } from './value-plan.ts';

const REFUSE: InexactPolicy = { kind: 'refuse' };

/** The fields of a column's plan that follow from what the file holds. */
function inFile({ type }: Column, held: LogicalType): Pick<ColumnPlan, 'fileType' | 'parquetType' | 'held'> {
  return {
    fileType: fileTypeOf(held),
    parquetType: parquetTypeOf(held),
    ...(JSON.stringify(held) === JSON.stringify(type) ? {} : { held }),
  };
}

/** Fixes what becomes of one column under a policy that its type takes. @throws SNAPKEEP_COLUMN_REFUSED */
export function planColumn(
  column: Column & Pick<ColumnPlan, 'sourceName'>,
  policy: InexactPolicy = REFUSE,
): ColumnPlan {
  const { fidelity, held } = typePlan(column.type, policy);
  refuseSameFields(held, column.name);
  return { ...column, ...inFile(column, held), fidelity, onInexact: inexactPolicyText(policy) };
}

/** The same column once the rows have shown what the file holds. */
export function settleColumn(column: ColumnPlan, held: LogicalType, fidelity = column.fidelity): ColumnPlan {
  const { held: _held, ...rest } = column;
  return { ...rest, ...inFile(column, held), fidelity };
}

function policyOf({ onInexact }: ColumnPlan): InexactPolicy {
  const policy = parseInexactPolicy(onInexact);
  if (!policy) throw new SnapkeepError('SNAPKEEP_INTERNAL', `${onInexact} is no policy`);
  return policy;
}

function planOf(column: ColumnPlan): ValuePlan {
  return typePlan(column.type, policyOf(column));
}

/**
 * Whether every value is held in its own form.
 * @param isExact - whether the numerics of no declared size at a path are
 */
export function fidelityOf(column: ColumnPlan, isExact: (path: TypePath) => boolean): Fidelity {
  const policy = policyOf(column);
  const exact = [...leavesOf(column.type)].every(([path, leaf]) => {
    const { held, fidelity } = leafValuePlan(leaf, policy);
    return held.kind === 'numeric' ? isExact(path) : fidelity === 'exact';
  });
  return exact ? 'exact' : 'annotated';
}

/** How a column's NULLs wait, where they can be hidden (null-texts.ts); `none`: all are refused. */
export type StagedNulls = 'none' | 'kept' | 'hidden';

/** A numeric's text is read several times for each value (decimal.ts); few labels are kept once. */
function nullText(column: ColumnPlan, nulls: StagedNulls): NullText | undefined {
  const { held } = planOf(column);
  const isOther = held.kind === 'numeric' || held.kind === 'enum';
  return nulls !== 'hidden' || !column.nullable || isOther ? undefined : nullTextOf(fileTypeOf(held));
}

/** Whether a column waits as texts, or as bytes, of which none is NULL. */
export function isStagedWithoutNulls(column: ColumnPlan, nulls: StagedNulls): boolean {
  const isText = ['VARCHAR', 'JSON', 'BLOB'].includes(fileTypeOf(planOf(column).held));
  return isText && (!column.nullable || nulls === 'none' || nullText(column, nulls) !== undefined);
}

/** What the staging statement says of one column, in SQL. */
export interface ColumnExpressions {
  /** Of the staged text, where the rest doesn't read that itself. */
  readonly source: string | undefined;
  /** Of the source. */
  readonly value: string;
  /** Of the value: what is staged. */
  readonly staged: string;
  /** True where nothing may be published; absent: never. */
  readonly refused: string | undefined;
  /** True where a policy put something else in the place of the text; absent: never. */
  readonly substituted: string | undefined;
}

/** @param names - how the statement calls the staged text, the source and the value */
export function columnExpressions(column: ColumnPlan, names: Given, nulls: StagedNulls): ColumnExpressions {
  const { source, value, refused, substituted } = planOf(column);
  const given = { ...names, source: source ? names.source : names.text };
  return {
    source: source?.(names.text),
    value: value(given.source),
    staged: nullText(column, nulls)?.hide(names.value) ?? names.value,
    refused: refused?.(given),
    substituted: substituted?.(given),
  };
}

/** A column as a validator's predicate sees it. */
export interface PredicateValue {
  /** SQL: the value in the file's form, where that isn't the one of the staged value. */
  readonly value: string | undefined;
  /** SQL: true where that is not all that came. Absent: never. */
  readonly unseen: string | undefined;
}

/**
 * @param value - how the statement calls what {@link ColumnExpressions} has
 * @returns nothing where the file's type is another than the column's own, so that its value doesn't say all that came
 */
export function predicateValue({ type, held }: ColumnPlan, value: string): PredicateValue | undefined {
  if (held !== undefined) return undefined;
  const inFile = heldValue(type, value);
  return { value: inFile === value ? undefined : inFile, unseen: hasOtherDimensions(type, value) };
}

/** SQL over the staged rows: true where this column's text is refused; `undefined` where none can be. */
export function refusedValue(column: ColumnPlan, index: number, nulls: StagedNulls): string | undefined {
  const { source, refused } = planOf(column);
  if (!refused) return undefined;
  const text = keptText(index);
  const value = unsettledValue(column, index, nulls);
  const condition = source
    ? computedOnce(source(text), (tree) => refused({ text, source: tree, value }))
    : refused({ text, source: text, value });
  return `(refused IS NOT NULL AND ${condition})`;
}

/** SQL over the staged rows: the text of a column as it came, where some column of the row is refused, or the validator must see it. */
export function keptText(index: number): string {
  return `texts[${index + 1}]`;
}

/** Whether the staged rows say in `s0 … sN` which values of this column a policy replaced. */
export function isMarked(column: ColumnPlan): boolean {
  return planOf(column).substituted !== undefined;
}

/** SQL over the staged rows: the value of a column as it was staged, lists in the form of layout.ts and numerics of no declared size as text. */
function unsettledValue(column: ColumnPlan, index: number, nulls: StagedNulls): string {
  return nullText(column, nulls)?.show(`v${index}`) ?? `v${index}`;
}

/** The DECIMAL that a column's file holds, where its values wait as texts until all rows have shown how large that must be. */
function sizedLater(column: ColumnPlan): Extract<LogicalType, { readonly kind: 'decimal' }> | undefined {
  const held = heldType(column);
  return held.kind === 'decimal' && planOf(column).held.kind === 'numeric' ? held : undefined;
}

/** SQL over the staged rows: the file's value of a column. */
export function stagedValue(column: ColumnPlan, index: number, nulls: StagedNulls): string {
  const held = heldType(column);
  const staged = unsettledValue(column, index, nulls);
  const decimal = sizedLater(column);
  if (decimal) return sizedDecimal(staged, decimal.precision, decimal.scale);
  const isSized = [...leavesOf(planOf(column).held).values()].every(({ kind }) => kind !== 'numeric');
  return heldValue(held, isSized ? staged : `CAST(${staged} AS ${layoutTypeOf(held)})`);
}

/** SQL over the staged rows: the text of the file's DECIMAL, of a column whose values wait as texts; `undefined` for all others. */
export function stagedDecimalText(column: ColumnPlan, index: number, nulls: StagedNulls): string | undefined {
  const decimal = sizedLater(column);
  return decimal && sizedDecimalText(unsettledValue(column, index, nulls), decimal.precision, decimal.scale);
}

/** SQL over the staged rows: true where a list has other dimensions than the file's; `undefined` where there is none. */
export function otherDimensions(column: ColumnPlan, index: number): string | undefined {
  return hasOtherDimensions(heldType(column), `v${index}`);
}

/** SQL: a value of the file → its text in the form of what the file holds, for writers that take text. */
export function textExpression(column: Pick<ColumnPlan, 'type' | 'held'>, value: string): string {
  return textOf(heldType(column), value);
}
