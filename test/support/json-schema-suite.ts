import { readdirSync, readFileSync } from 'node:fs';
import type { JsonSchema, JsonValue } from '@snapkeep/sdk';

const FOLDER = new URL('../fixtures/json-schema-test-suite/draft2020-12/', import.meta.url);

/** One schema of the official test suite with its instances. */
export interface SuiteCase {
  /** Below the draft's folder, without `.json`. */
  readonly file: string;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly tests: readonly { readonly description: string; readonly data: JsonValue; readonly valid: boolean }[];
}

/** The official JSON Schema test suite, draft 2020-12, with its optional parts. `true` and `false` as schemas are written as objects. */
export function suiteCases(): readonly SuiteCase[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  return files.sort().flatMap((name) => {
    const cases: (Omit<SuiteCase, 'schema'> & { schema: JsonSchema | boolean })[] = JSON.parse(
      readFileSync(new URL(name, FOLDER), 'utf8'),
    );
    return cases.map(({ schema, ...others }) => ({
      ...others,
      file: name.replace(/\.json$/, ''),
      schema: typeof schema === 'boolean' ? (schema ? {} : { not: {} }) : schema,
    }));
  });
}
