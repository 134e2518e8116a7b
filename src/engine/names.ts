import { isNested, type LogicalType, SnapkeepError, shapeOf } from '@snapkeep/sdk';
import { partsOf } from './held-type.ts';

/** What DuckDB takes for one name has one such key: it folds the letters A to Z and no others. */
export function nameKey(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Fields of a struct whose names DuckDB can't tell apart. @throws SNAPKEEP_COLUMN_REFUSED */
export function refuseSameFields(type: LogicalType, column: string): void {
  if (!isNested(type)) return;
  const shape = shapeOf(type);
  const seen = new Map<string, string>();
  for (const { name } of shape.kind === 'struct' ? shape.fields : []) {
    const other = seen.get(nameKey(name));
    if (other !== undefined) {
      throw new SnapkeepError(
        'SNAPKEEP_COLUMN_REFUSED',
        `the fields of ${JSON.stringify(column)}, ${JSON.stringify(other)} and ${JSON.stringify(name)}, differ in case only, which DuckDB can't tell apart`,
        {
          hint: 'Keep the column as text with the policy string (--on-inexact COLUMN=string), or select the fields as columns with a query in the configuration.',
          details: { column, fields: [other, name] },
        },
      );
    }
    seen.set(nameKey(name), name);
  }
  for (const part of partsOf(shape)) refuseSameFields(part, column);
}
