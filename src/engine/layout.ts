import { elementOf, isNested, type LogicalType, quoteIdentifier, shapeOf } from '@snapkeep/sdk';
import { computedOnce, parameter, transformed } from './lambda.ts';
import { BOUNDS, ELEMENTS, fieldPath, listsOf, type TypePath } from './type-paths.ts';
import { part } from './type-plan.ts';
import { anyOf } from './value-plan.ts';

/*
 * A staged list is STRUCT(x, i): its elements in a row and, where it has more than one dimension, their extents. So it is
 * cast once, before anybody knows how many dimensions the lists of a column have. What is in the file is made of it here.
 */

/** More dimensions than PostgreSQL's arrays can have (MAXDIM in src/include/utils/array.h) no list gets. */
export const MAX_DIMENSIONS = 6;

/** SQL: how many dimensions a staged list has; NULL where it has no element, and so none. */
export function dimensionsOf(list: string): string {
  return `CASE WHEN len(${part(list, 'i')}) > 0 THEN coalesce(len(${part(list, 'x')}), 1) END`;
}

function hasList(type: LogicalType): boolean {
  return listsOf(type).size > 0;
}

/**
 * SQL: elements in a row → lists in lists. One by one: a slice of a list takes as long as the whole.
 * @param before - how many lists of the dimension before this one come first
 */
function grouped(items: string, extents: string, dimension: number, dimensions: number, before: string): string {
  const index = parameter();
  const at = `${before} * ${extents}[${dimension}] + ${index}`;
  const inner =
    dimension === dimensions ? `${items}[${at} + 1]` : grouped(items, extents, dimension + 1, dimensions, `(${at})`);
  return `list_transform(range(${extents}[${dimension}]), lambda ${index}: ${inner})`;
}

function heldList(type: LogicalType, list: string): string {
  const { element, dimensions } = elementOf(type);
  const items = transformed(part(list, 'i'), (one) => heldValue(element, one));
  const fits = `coalesce(${dimensionsOf(list)}, ${dimensions}) = ${dimensions}`;
  if (dimensions === 1) return `CASE WHEN ${fits} THEN ${items} END`;
  const nested = computedOnce(items, (all) => grouped(all, part(list, 'x'), 1, dimensions, '0'));
  return `CASE WHEN len(${part(list, 'i')}) = 0 THEN [] WHEN ${fits} THEN ${nested} END`;
}

/**
 * SQL: a staged value → the file's. A list of other dimensions than the type has becomes NULL.
 * @param type - what the file holds
 */
export function heldValue(type: LogicalType, staged: string): string {
  if (!isNested(type) || !hasList(type)) return staged;
  if (type.kind === 'list') return heldList(type, staged);
  const shape = shapeOf(type);
  if (shape.kind === 'list') {
    return transformed(staged, (one) => heldValue(shape.of, one));
  }
  const fields = shape.fields.map(
    ({ name, type: of }) => `${quoteIdentifier(name)} := ${heldValue(of, part(staged, name))}`,
  );
  return `CASE WHEN ${staged} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
}

/** SQL: true where a list has other dimensions than the type; `undefined` where there is no list. */
export function hasOtherDimensions(type: LogicalType, staged: string): string | undefined {
  if (!isNested(type) || !hasList(type)) return undefined;
  const within = (element: LogicalType, items: string) => {
    const one = parameter();
    const other = hasOtherDimensions(element, one);
    return other && `coalesce(list_bool_or(list_transform(${items}, lambda ${one}: ${other})), false)`;
  };
  if (type.kind === 'list') {
    const { element, dimensions } = elementOf(type);
    const own = `coalesce(${dimensionsOf(staged)} <> ${dimensions}, false)`;
    return anyOf(own, within(element, part(staged, 'i')));
  }
  const shape = shapeOf(type);
  if (shape.kind === 'list') return within(shape.of, staged);
  return anyOf(...shape.fields.map(({ name, type: of }) => hasOtherDimensions(of, part(staged, name))));
}

/** SQL for what stands at one path of a staged value. */
export interface Parts {
  readonly sql: string;
  /** Whether that is a list of all of them, and not the only one. */
  readonly many: boolean;
}

function partsWithin(element: LogicalType, items: string, rest: TypePath): Parts | undefined {
  if (rest === '') return { sql: items, many: true };
  const one = parameter();
  const inner = partsAt(element, one, rest);
  if (!inner) return undefined;
  const lists = `list_transform(${items}, lambda ${one}: ${inner.sql})`;
  return { sql: inner.many ? `flatten(${lists})` : lists, many: true };
}

/** SQL: what stands at a path of a staged value: leaves, or lists as they are staged. */
export function partsAt(type: LogicalType, staged: string, path: TypePath): Parts | undefined {
  if (path === '') return { sql: staged, many: false };
  switch (type.kind) {
    case 'list':
      return partsWithin(elementOf(type).element, part(staged, 'i'), path.slice(ELEMENTS.length));
    case 'range': {
      if (type.multi) return partsWithin({ ...type, multi: false }, staged, path);
      const bounds = ['lower', 'upper'].map((name) => partsAt(type.of, part(staged, name), path.slice(BOUNDS.length)));
      const [lower, upper] = bounds;
      if (!lower || !upper) return undefined;
      return {
        sql: lower.many ? `list_concat(${lower.sql}, ${upper.sql})` : `[${lower.sql}, ${upper.sql}]`,
        many: true,
      };
    }
    case 'struct': {
      const field = type.fields.find(({ name }) => path.startsWith(fieldPath(name)));
      return field && partsAt(field.type, part(staged, field.name), path.slice(fieldPath(field.name).length));
    }
    default:
      return undefined;
  }
}
