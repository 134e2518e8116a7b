import { elementOf, isNested, type LogicalType, quoteIdentifier, type Shape, shapeOf } from '@snapkeep/sdk';
import { leafPlan } from './leaf-plan.ts';

/** The types of the parts. */
export function partsOf(shape: Shape): readonly LogicalType[] {
  return shape.kind === 'list' ? [shape.of] : shape.fields.map((field) => field.type);
}

function structOf(shape: Shape, typeOf: (part: LogicalType) => string): string {
  if (shape.kind === 'list') return `${typeOf(shape.of)}[]`;
  return `STRUCT(${shape.fields.map(({ name, type }) => `${quoteIdentifier(name)} ${typeOf(type)}`).join(', ')})`;
}

/** DuckDB's type of what the file holds. */
export function fileTypeOf(held: LogicalType): string {
  return isNested(held) ? structOf(shapeOf(held), fileTypeOf) : leafPlan(held).fileType;
}

/** The Parquet type of what the file holds, for people. */
export function parquetTypeOf(held: LogicalType): string {
  if (!isNested(held)) return leafPlan(held).parquetType;
  const shape = shapeOf(held);
  if (shape.kind === 'list') return `LIST<${parquetTypeOf(shape.of)}>`;
  return `STRUCT<${shape.fields.map(({ name, type }) => `${name}: ${parquetTypeOf(type)}`).join(', ')}>`;
}

/**
 * DuckDB's type of a staged value: a list's elements stand in a row, `i`, beside the extents of its dimensions, `x`,
 * where it has more than one (layout.ts).
 */
export function layoutTypeOf(held: LogicalType): string {
  if (held.kind === 'list') return `STRUCT(x INTEGER[], i ${layoutTypeOf(elementOf(held).element)}[])`;
  return isNested(held) ? structOf(shapeOf(held), layoutTypeOf) : leafPlan(held).fileType;
}
