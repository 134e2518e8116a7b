import type { JsonSchema } from '@snapkeep/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { schemaError } from '../schema/schema-error.ts';

let metaAjv: Ajv2020 | undefined;

/**
 * Holds a schema against draft 2020-12's own, whatever draft it names.
 * @throws SNAPKEEP_SCHEMA_INVALID
 */
export function checkAgainstMetaSchema({ $schema: _otherDraft, ...schema }: JsonSchema): void {
  // Compiling the meta-schema takes longer than all the rest, so that it is done once.
  metaAjv ??= new Ajv2020({ strict: false, validateFormats: false, logger: false });
  if (metaAjv.validateSchema(schema) === true) return;
  const [deepest] = [...(metaAjv.errors ?? [])].sort((a, b) => segments(b.instancePath) - segments(a.instancePath));
  const allowed = deepest?.params.allowedValues;
  const values = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
  throw schemaError(deepest?.instancePath ?? '', `${deepest?.message ?? 'is not a schema'}${values}`);
}

function segments(pointer: string): number {
  return pointer.split('/').length;
}
