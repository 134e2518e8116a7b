import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type JsonSchema, messageOf, SnapkeepError } from '@snapkeep/sdk';
import type { Runtime } from '../runtime.ts';
import { placeOfSyntaxError } from '../schema/place.ts';

/** Reads the dataset's schema, a path relative to the project. @throws SNAPKEEP_SCHEMA_INVALID */
export async function readSchemaFile(runtime: Runtime, path: string): Promise<JsonSchema> {
  return parseSchema(await readSchemaText(runtime, path), path);
}

const BYTE_ORDER_MARK = /^\ufeff/;
/** They say nothing about the file. */
const PASSING: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'EIO']);

/** Without the mark that editors on Windows put before a text (RFC 8259, section 8.1). @throws SNAPKEEP_SCHEMA_INVALID */
export async function readSchemaText(runtime: Runtime, path: string): Promise<string> {
  try {
    return (await readFile(resolve(runtime.root, path), 'utf8')).replace(BYTE_ORDER_MARK, '');
  } catch (cause) {
    if (PASSING.has((cause as NodeJS.ErrnoException).code)) throw cause;
    throw new SnapkeepError('SNAPKEEP_SCHEMA_INVALID', `the schema ${path} can't be read: ${messageOf(cause)}`, {
      hint: `Write it with: snapkeep schema infer NAME --output ${path}`,
      cause,
    });
  }
}

/** @param path - as messages name it @throws SNAPKEEP_SCHEMA_INVALID */
export function parseSchema(text: string, path: string): JsonSchema {
  try {
    const schema: unknown = JSON.parse(text);
    if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema as JsonSchema;
  } catch (cause) {
    const { line, column } = placeOfSyntaxError(text, messageOf(cause));
    throw new SnapkeepError('SNAPKEEP_SCHEMA_INVALID', `${path}:${line}:${column}: not JSON: ${messageOf(cause)}`, {
      details: { file: path, line, column },
      cause,
    });
  }
  throw new SnapkeepError('SNAPKEEP_SCHEMA_INVALID', `the schema ${path} is not a JSON object`);
}
