import {
  escapePointer,
  isSnapkeepError,
  type JsonSchema,
  type KeywordCheck,
  type SchemaKeyword,
  SnapkeepError,
} from '@snapkeep/sdk';
import type { FuncKeywordDefinition, SchemaValidateFunction } from 'ajv';
import { KEYWORDS } from '../schema/keywords.ts';
import { schemaError } from '../schema/schema-error.ts';
import { isObject, walk } from '../schema/walk.ts';

/** Keywords that plugins add, with what each means wherever it stands in one schema. */
export type OwnKeywords = readonly {
  readonly keyword: SchemaKeyword;
  /** By what stands behind the keyword, as JSON. */
  readonly checks: ReadonlyMap<string, KeywordCheck>;
}[];

const NAME = /^[a-zA-Z][a-zA-Z0-9]*$/;

/** @throws SNAPKEEP_PLUGIN_INVALID where a keyword would change what JSON Schema says */
function requireName({ name }: SchemaKeyword): void {
  if (NAME.test(name) && !KEYWORDS.has(name) && !(name in Object.prototype)) return;
  const why = KEYWORDS.has(name) ? 'is a keyword of this validator’s own' : 'is no name for one';
  throw new SnapkeepError('SNAPKEEP_PLUGIN_INVALID', `a plugin adds the keyword ${JSON.stringify(name)}, which ${why}`);
}

/** Lets each keyword load what it needs, once for each different value. @throws what the keyword throws, with its place */
export async function prepareKeywords(schema: JsonSchema, keywords: readonly SchemaKeyword[]): Promise<OwnKeywords> {
  for (const keyword of keywords) requireName(keyword);
  if (keywords.length === 0) return [];
  const prepared = keywords.map((keyword) => ({ keyword, checks: new Map<string, KeywordCheck>() }));
  for (const { value, pointer, role } of [...walk(schema)]) {
    if (role !== 'schema' || !isObject(value)) continue;
    for (const { keyword, checks } of prepared) {
      const behind = Object.hasOwn(value, keyword.name) ? value[keyword.name] : undefined;
      const id = JSON.stringify(behind);
      if (behind === undefined || checks.has(id)) continue;
      try {
        checks.set(id, await keyword.prepare(behind));
      } catch (error) {
        const place = `${pointer}/${escapePointer(keyword.name)}`;
        if (!isSnapkeepError(error) || error.code !== 'SNAPKEEP_SCHEMA_INVALID') throw error;
        throw schemaError(place, error.message, { keyword: keyword.name, hint: error.hint, cause: error });
      }
    }
  }
  return prepared;
}

/** As ajv takes them. */
export function definitionsOf(keywords: OwnKeywords): FuncKeywordDefinition[] {
  return keywords.map(({ keyword: { name, types }, checks }) => ({
    keyword: name,
    ...(types === undefined ? {} : { type: [...types] }),
    errors: true,
    compile(behind: unknown) {
      const check = checks.get(JSON.stringify(behind));
      if (!check) throw new Error(`the keyword ${name} was not prepared`);
      const validate: SchemaValidateFunction = (value) => {
        if (check.holds(value)) return true;
        validate.errors = [{ keyword: name, message: check.message, params: {} }];
        return false;
      };
      return validate;
    },
  }));
}
