/**
 * Compiles schemas/config.schema.json, and JSON Schema's own schema, to plain code in dist/: ajv and its compilation would be half of what
 * the start of every command in a project costs. Part of `npm run build`, so that it is never older than the schema; never committed.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param schema - or the name of one that ajv knows */
function build(dist: string, name: string, schema: object | string, options: Options): void {
  const ajv = new Ajv2020({ ...options, code: { source: true, lines: true } });
  const validate = typeof schema === 'string' ? ajv.getSchema(schema) : ajv.compile(schema);
  if (!validate) throw new Error(`ajv does not know ${String(schema)}`);
  mkdirSync(`${root}${dist}/compiled`, { recursive: true });
  writeFileSync(`${root}${dist}/compiled/${name}.cjs`, `${standalone.default(ajv, validate)}\n`);
}

const config: object = JSON.parse(readFileSync(`${root}schemas/config.schema.json`, 'utf8'));
// `verbose`: an error says what was expected, for the message. The schema itself is held against its meta-schema by the tests.
build('dist', 'config-check', config, { allErrors: true, allowUnionTypes: true, verbose: true, validateSchema: false });
build('plugins/validate-ajv/dist', 'schema-check', 'https://json-schema.org/draft/2020-12/schema', {
  strict: false,
  validateFormats: false,
});
