import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../support/cli.ts';

export type JsonObject = { readonly [name: string]: JsonValue };
type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** The demo's schema with the words that all tools have: without `notInFuture`, which is ours. */
export async function sharedSchema(): Promise<{ readonly schema: JsonObject; readonly eventTypes: readonly string[] }> {
  const schema = JSON.parse(await readFile(path.join(ROOT, 'schemas/behavioral-event.schema.json'), 'utf8'));
  delete schema.properties.timestamp.notInFuture;
  return { schema, eventTypes: schema.properties.eventType.enum };
}
