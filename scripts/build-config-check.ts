/**
 * Compiles schemas/config.schema.json to plain code in dist/: ajv and its compilation would be half of what the start of
 * every command in a project costs. Part of `npm run build`, so that it is never older than the schema; never committed.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const schema: object = JSON.parse(readFileSync(`${root}schemas/config.schema.json`, 'utf8'));
// `verbose`: an error says what was expected, for the message. The schema itself is held against its meta-schema by the tests.
const ajv = new Ajv2020({
  allErrors: true,
  allowUnionTypes: true,
  verbose: true,
  validateSchema: false,
  code: { source: true, lines: true },
});
mkdirSync(`${root}dist/compiled`, { recursive: true });
writeFileSync(`${root}dist/compiled/config-check.cjs`, `${standalone.default(ajv, ajv.compile(schema))}\n`);
