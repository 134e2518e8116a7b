import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EngineValue } from '../../../engine/engine.ts';
import { csvText } from '../../csv.ts';

const ROWS_AT_ONCE = 1_000;

/** A table as CSV, some lines at a time. NULL is empty, an empty text `""`. */
export async function* csvLines(
  columns: readonly string[],
  rows: AsyncIterable<readonly (string | null)[]>,
): AsyncGenerator<string> {
  let lines: (readonly (string | null)[])[] = [columns];
  for await (const row of rows) {
    lines.push(row);
    if (lines.length < ROWS_AT_ONCE) continue;
    yield csvText(lines);
    lines = [];
  }
  if (lines.length > 0) yield csvText(lines);
}

type Row = ReadonlyMap<string, EngineValue>;

/** One JSON object a line. */
export async function* jsonLines(rows: AsyncIterable<Row>): AsyncGenerator<string> {
  for await (const row of rows) yield `${jsonOf(row)}\n`;
}

/** One JSON array of objects, one a line. */
export async function* jsonArray(rows: AsyncIterable<Row>): AsyncGenerator<string> {
  let gap = '[\n';
  for await (const row of rows) {
    yield `${gap}${jsonOf(row)}`;
    gap = ',\n';
  }
  yield gap === ',\n' ? '\n]\n' : '[]\n';
}

/** Not by Object.fromEntries: a column may be called `__proto__`. */
function jsonOf(row: Row): string {
  return `{${[...row].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}

/** Writes texts as they are made, one in memory at a time. */
export async function writeTexts(file: string, texts: AsyncIterable<string>): Promise<void> {
  await pipeline(Readable.from(texts), createWriteStream(file, { flags: 'wx' }));
}
