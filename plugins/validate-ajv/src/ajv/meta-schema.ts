import { createRequire } from 'node:module';
import type { JsonSchema } from '@snapkeep/sdk';
import type { ValidateFunction } from 'ajv';
import { schemaError } from '../schema/schema-error.ts';

/**
 * The meta-schema as `npm run build` compiled it, which takes longer than all that is done with a schema; the same relative path from
 * src/ and from dist/.
 */
const COMPILED = '../../dist/compiled/schema-check.cjs';

let compiled: ValidateFunction | undefined;

/**
 * Holds a schema against draft 2020-12's own, whatever draft it names.
 * @throws SNAPKEEP_SCHEMA_INVALID
 */
export function checkAgainstMetaSchema({ $schema: _otherDraft, ...schema }: JsonSchema): void {
  compiled ??= createRequire(import.meta.url)(COMPILED) as ValidateFunction;
  if (compiled(schema)) return;
  const [deepest] = [...(compiled.errors ?? [])].sort((a, b) => segments(b.instancePath) - segments(a.instancePath));
  const allowed = deepest?.params.allowedValues;
  const values = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
  throw schemaError(deepest?.instancePath ?? '', `${deepest?.message ?? 'is not a schema'}${values}`);
}

function segments(pointer: string): number {
  return pointer.split('/').length;
}
