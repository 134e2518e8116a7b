/** Where something stands in a text, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** JSON of more levels would end the parser's stack; its errors are told without a place. */
const LONGEST_TEXT = 4 * 1024 * 1024;

/**
 * Where a JSON pointer (RFC 6901) leads in a JSON text: the key that it names, or the item of a list.
 * JSON is YAML, and the parser of YAML keeps positions.
 */
export async function placeOf(text: string, pointer: string): Promise<Place | undefined> {
  if (text.length > LONGEST_TEXT) return undefined;
  const { isMap, isScalar, isSeq, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  try {
    let node: unknown = parseDocument(text, { lineCounter: lines, prettyErrors: false }).contents;
    let offset = 0;
    for (const part of pointer.split('/').slice(1)) {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === name);
        if (!pair || !isScalar(pair.key)) break;
        offset = pair.key.range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(name)];
        if (!hasRange(node)) break;
        offset = node.range?.[0] ?? offset;
      } else break;
    }
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Where a name stands for the second time in one object; JSON.parse takes the last without a word. */
export async function duplicateKeys(text: string): Promise<Place[]> {
  if (text.length > LONGEST_TEXT) return [];
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  try {
    const { errors } = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    return errors
      .filter(({ code }) => code === 'DUPLICATE_KEY')
      .map(({ pos: [offset] }) => {
        const { line, col } = lines.linePos(offset);
        return { line, column: col };
      });
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

export interface RoundedNumber extends Place {
  readonly written: string;
  /** What readers that hold numbers as doubles take it for. */
  readonly read: string;
}

/** Whole numbers that JSON.parse takes for others, in order. */
export function roundedNumbers(text: string): RoundedNumber[] {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g)].flatMap(({ 0: written, index }) => {
    if (written.startsWith('"')) return [];
    const read = Number(written);
    if (!Number.isFinite(read)) return [{ ...placeAt(text, index), written, read: String(read) }];
    return BigInt(written) === BigInt(read) ? [] : [{ ...placeAt(text, index), written, read: String(BigInt(read)) }];
  });
}

/** Where JSON.parse stopped, by its own message; the end of the text where that names no place. */
export function placeOfSyntaxError(text: string, message: string): Place {
  const offset = Math.min(text.length, Number(/position (\d+)/.exec(message)?.[1] ?? text.length));
  return placeAt(text, offset);
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function hasRange(node: unknown): node is { range?: readonly [number, number, number] | null } {
  return typeof node === 'object' && node !== null && 'range' in node;
}
