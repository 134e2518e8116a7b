import { type JsonSchema, partAt, type SchemaNames, type SchemaReference } from '@snapkeep/sdk';
import { schemaError } from './schema-error.ts';

/**
 * Nothing is ever loaded: every reference leads to a place in the same document.
 * @throws SNAPKEEP_SCHEMA_INVALID
 */
export function checkReference(schema: JsonSchema, reference: SchemaReference, names: SchemaNames): void {
  const { pointer, target } = reference;
  const document = target.split('#', 1)[0] ?? '';
  if (names.resolve({ pointer, target: document }) === undefined) {
    throw schemaError(pointer, `refers to ${JSON.stringify(target)}, which is outside of the document`, {
      keyword: '$ref',
      hint: 'Copy that schema under $defs and refer to it with #/$defs/NAME; nothing is ever loaded.',
    });
  }
  const place = names.resolve(reference);
  if (place === undefined || partAt(schema, place) === undefined) {
    throw schemaError(pointer, `refers to ${JSON.stringify(target)}, which is not there`, { keyword: '$ref' });
  }
}
