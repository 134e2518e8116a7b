import type { RowSink } from './message-stream.ts';

/** DataRow, `D`. */
const DATA_ROW = 0x44;
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
/** Of a value that is NULL. */
const NULL_LENGTH = -1;
/**
 * Up to so many ASCII characters a value is a part of the row's string, which V8 copies; a longer one would only refer to that. Of others, and of
 * long rows, node makes each string of its own, in four times the time.
 */
const SHORT_BYTES = 12;
const SHORT_ROW_BYTES = 16 * 1024;
/** For rows that come in pieces. */
const HELD_BYTES = 64 * 1024;

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  let all = 0;
  for (let at = start; at < end; at += 1) all |= bytes[at] ?? 0;
  return all < 0x80;
}

/**
 * The values of a DataRow message, as the texts that they are.
 * @throws Error where the message isn't one
 */
function textsOf(message: Buffer, start: number, end: number): (string | null)[] {
  const columns = message.readUInt16BE(start);
  const texts = new Array<string | null>(columns);
  let whole: string | undefined;
  let at = start + COUNT_BYTES;
  for (let column = 0; column < columns; column += 1) {
    const length = message.readInt32BE(at);
    at += LENGTH_BYTES;
    if (length === NULL_LENGTH) {
      texts[column] = null;
      continue;
    }
    const next = at + length;
    if (next < at || next > end) throw new Error('a value has no end');
    if (length <= SHORT_BYTES && end - start <= SHORT_ROW_BYTES && isAscii(message, at, next)) {
      whole ??= message.toString('latin1', start, end);
      texts[column] = whole.substring(at - start, next - start);
    } else {
      texts[column] = message.toString('utf8', at, next);
    }
    at = next;
  }
  if (at !== end) throw new Error('a row does not end with its last value');
  return texts;
}

/**
 * The rows of a cursor: pg would make each value a string of its own, and three objects of each row.
 * Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class RowTexts implements RowSink {
  readonly code = DATA_ROW;
  readonly #onMalformed: (cause: unknown) => void;
  #rows: (string | null)[][] = [];
  #bytes = 0;
  /** Of a row that comes in pieces. */
  #held = Buffer.allocUnsafeSlow(HELD_BYTES);
  #length = 0;

  /** @param onMalformed - called for a message that is no row, which is left out */
  constructor(onMalformed: (cause: unknown) => void) {
    this.#onMalformed = onMalformed;
  }

  /** Those that came since they were taken last. */
  take(): (string | null)[][] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  begin(bytes: number): void {
    this.#bytes = bytes;
    this.#length = 0;
  }

  piece(chunk: Buffer, start: number, end: number): void {
    try {
      if (end - start === this.#bytes) this.#rows.push(textsOf(chunk, start, end));
      else this.#hold(chunk, start, end);
    } catch (cause) {
      this.#onMalformed(cause);
    }
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    if (this.#held.length < this.#bytes) this.#held = Buffer.allocUnsafeSlow(this.#bytes);
    this.#length += chunk.copy(this.#held, this.#length, start, end);
    if (this.#length < this.#bytes) return;
    const whole = this.#held;
    if (whole.length > HELD_BYTES) this.#held = Buffer.allocUnsafeSlow(HELD_BYTES);
    this.#rows.push(textsOf(whole, 0, this.#bytes));
  }
}
