import { type Column, type JsonSchema, type Log, SnapkeepError } from '@snapkeep/sdk';
import { didYouMean } from './nearest.ts';
import { isObject } from './walk.ts';

/**
 * Holds a schema against the relation: a required column that isn't there would reject every row.
 * @throws SNAPKEEP_COLUMN_UNKNOWN
 */
export function checkColumns(schema: JsonSchema, columns: readonly Column[], log: Log): void {
  const names = new Set(columns.map(({ name }) => name));
  const required = Array.isArray(schema.required) ? schema.required : [];
  for (const name of required) {
    if (typeof name !== 'string' || names.has(name)) continue;
    throw new SnapkeepError(
      'SNAPKEEP_COLUMN_UNKNOWN',
      `The schema requires the column ${JSON.stringify(name)}, which the relation lacks${didYouMean(name, names)}`,
      { details: { column: name, columns: [...names] } },
    );
  }
  if (!isObject(schema.properties)) return;
  for (const name of Object.keys(schema.properties)) {
    if (!names.has(name)) log.debug(`schema: optional column ${JSON.stringify(name)} is not in the relation`);
  }
}
