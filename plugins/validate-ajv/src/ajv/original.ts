import type { Ajv } from 'ajv';

/** A keyword as ajv defines it: its code, and the rest of the definition. */
export function originalOf(ajv: Ajv, keyword: string) {
  const definition = ajv.getKeyword(keyword);
  if (typeof definition !== 'object' || !('code' in definition)) throw new Error(`ajv has no code for ${keyword}`);
  const { keyword: name, type, schemaType, error, trackErrors } = definition;
  return { definition: { keyword: name, type, schemaType, error, trackErrors }, code: definition.code };
}
