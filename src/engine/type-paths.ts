import { elementOf, type LeafType, type LogicalType } from '@snapkeep/sdk';

/**
 * Where a part stands in a nested type, however many dimensions its lists have: `[]` the elements of a list,
 * `."name"` a field, `..` the bounds of a range. The type itself stands at the empty path.
 */
export type TypePath = string;

export const ELEMENTS = '[]';
export const BOUNDS = '..';
export const fieldPath = (name: string): TypePath => `.${JSON.stringify(name)}`;

interface Changes {
  readonly leaf?: (leaf: LeafType, path: TypePath) => LogicalType;
  /** How many dimensions the list at this path gets. */
  readonly dimensions?: (now: number, path: TypePath) => number;
}

function listOf(element: LogicalType, dimensions: number): LogicalType {
  return dimensions === 0 ? element : { kind: 'list', of: listOf(element, dimensions - 1) };
}

/** The same type with other leaves, or lists of other dimensions. */
export function changeType(type: LogicalType, changes: Changes, path: TypePath = ''): LogicalType {
  switch (type.kind) {
    case 'list': {
      const { element, dimensions } = elementOf(type);
      return listOf(
        changeType(element, changes, `${path}${ELEMENTS}`),
        changes.dimensions?.(dimensions, path) ?? dimensions,
      );
    }
    case 'struct': {
      const fields = type.fields.map(({ name, type: of }) => ({
        name,
        type: changeType(of, changes, `${path}${fieldPath(name)}`),
      }));
      return { kind: 'struct', fields };
    }
    case 'range':
      return { ...type, of: changeType(type.of, changes, `${path}${BOUNDS}`) };
    default:
      return changes.leaf?.(type, path) ?? type;
  }
}

/** Every list of a type by its path, with the number of its dimensions. */
export function listsOf(type: LogicalType): Map<TypePath, number> {
  const found = new Map<TypePath, number>();
  changeType(type, {
    dimensions: (now, path) => {
      found.set(path, now);
      return now;
    },
  });
  return found;
}

/** All that a type is made of down to what has no parts, by path; the type itself where it has none. */
export function leavesOf(type: LogicalType): Map<TypePath, LeafType> {
  const found = new Map<TypePath, LeafType>();
  changeType(type, {
    leaf: (leaf, path) => {
      found.set(path, leaf);
      return leaf;
    },
  });
  return found;
}
