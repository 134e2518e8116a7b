import type { Instant, Log } from '@snapkeep/sdk';
import type { FuncKeywordDefinition } from 'ajv';
import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import type { RegExpEngine } from 'ajv/dist/types/index.js';
import { BoundedPattern } from '../pattern/bounded-pattern.ts';
import { safeEquality } from './equality.ts';
import { FORMATS } from './formats.ts';
import { multipleOf } from './multiple-of.ts';
import { notInFuture } from './not-in-future.ts';
import { wideProperties } from './properties.ts';
import { conditionalIf, countedUnevaluatedItems } from './unevaluated.ts';
import { uniqueItems } from './unique-items.ts';

const regExp: RegExpEngine = Object.assign((pattern: string) => new BoundedPattern(pattern), { code: 'new RegExp' });

export interface AjvRequest {
  readonly instant: Instant;
  readonly allErrors: boolean;
  readonly ownProperties: boolean;
  /** Keywords of other plugins. */
  readonly own: readonly FuncKeywordDefinition[];
  readonly log: Log;
}

/** An ajv that knows our keywords and formats. It never loads anything and never looks into `$data`. */
export function createAjv({ instant, allErrors, ownProperties, own, log }: AjvRequest): Ajv2020 {
  const tell = (message: string) => log.debug(`ajv: ${message}`);
  const options: Options = {
    strict: true,
    // A keyword beside a type that it doesn't speak of is allowed by the standard: told, not refused.
    strictTypes: 'log',
    strictTuples: 'log',
    strictRequired: false,
    allowUnionTypes: true,
    allowMatchingProperties: true,
    allErrors,
    // Messages say what stands behind a keyword.
    verbose: allErrors,
    ownProperties,
    $data: false,
    // The schema was held against the meta-schema before; see meta-schema.ts.
    meta: false,
    validateSchema: false,
    logger: { log: tell, warn: tell, error: tell },
    code: { regExp },
  };
  const ajv = new Ajv2020(options);
  for (const better of [
    multipleOf,
    uniqueItems,
    wideProperties(ajv),
    safeEquality(ajv, 'enum'),
    safeEquality(ajv, 'const'),
    conditionalIf(ajv),
    countedUnevaluatedItems(ajv),
  ]) {
    ajv.removeKeyword(String(better.keyword));
    ajv.addKeyword(better);
  }
  // ajv follows it, yet calls it unknown.
  ajv.addVocabulary(['$anchor']);
  for (const keyword of [notInFuture(instant), ...own]) ajv.addKeyword(keyword);
  for (const [name, format] of FORMATS) ajv.addFormat(name, format);
  return ajv;
}
