import { messageOf } from '@snapkeep/sdk';
import type { Engine } from './engine.ts';

/** What `JSON.parse` tells a reviver of a scalar: its own text (https://github.com/tc39/proposal-json-parse-with-source). */
interface ReviverContext {
  readonly source?: string;
}
type Reviver = (key: string, value: unknown, context: ReviverContext) => unknown;

/**
 * One text for all JSON documents that differ in white space, in the order of keys and in the escapes of their
 * strings; of a key that stands twice the last value counts. Numbers stay as they are written: 1.0 isn't 1.
 * What can't be parsed, or is nested deeper than the parser goes, is its own text.
 */
export function canonicalJson(text: string): string {
  const revive: Reviver = (_key, value, { source }) => {
    // A string's value need not be the one that its source spells: escapes differ.
    if (source !== undefined) return typeof value === 'string' ? JSON.stringify(value) : source;
    if (Array.isArray(value)) return `[${value.join(',')}]`;
    const members = Object.entries(value as Record<string, string>).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${member}`).join(',')}}`;
  };
  try {
    return JSON.parse(text, revive as (key: string, value: unknown) => unknown) as string;
  } catch {
    return text;
  }
}

const NAME = 'snapkeep_canonical_json';

/** Gives the engine {@link canonicalJson} as a function of SQL. @returns how to call it, NULL for NULL */
export async function registerCanonicalJson({ connection }: Engine): Promise<(value: string) => string> {
  const { DuckDBScalarFunction, VARCHAR } = await import('@duckdb/node-api');
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: NAME,
      returnType: VARCHAR,
      parameterTypes: [VARCHAR],
      mainFunction: (info, input, output) => {
        try {
          const texts = input.getColumnVector(0);
          for (let row = 0; row < input.rowCount; row += 1) {
            const text = texts.getItem(row);
            output.setItem(row, typeof text === 'string' ? canonicalJson(text) : null);
          }
          output.flush();
        } catch (error) {
          info.setError(messageOf(error));
        }
      },
    }),
  );
  return (value) => `${NAME}(${value}::VARCHAR)`;
}
