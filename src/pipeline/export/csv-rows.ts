import { QUOTE } from './csv-field.ts';

/** Taken about then. */
const CHUNK_BYTES = 64 * 1024;
/** Of most rows, so that the last of a chunk fits too. */
const ROW_BYTES = 16 * 1024;
/** Of one UTF-16 code unit as UTF-8. */
const MOST_BYTES = 3;
/** Up to so many characters it takes longer to call node than to write them here. */
const SHORT_LENGTH = 12;
const FIRST_BEYOND_ASCII = 0x80;

const [COMMA, NEWLINE, ENCLOSE] = [',', '\n', QUOTE].map((character) => character.charCodeAt(0)) as [
  number,
  number,
  number,
];

/**
 * Rows of server text as CSV, one behind the other in a buffer: strings would be put together of
 * many small ones, only to be taken apart again when they are written.
 */
export class CsvRows {
  #buffer = Buffer.allocUnsafe(CHUNK_BYTES + ROW_BYTES);
  #length = 0;

  /** Bytes that were not taken. */
  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length >= CHUNK_BYTES;
  }

  /** @returns the length of the row, bytes */
  add(texts: readonly (string | null)[]): number {
    const start = this.#length;
    for (let index = 0; index < texts.length; index += 1) {
      if (index > 0) this.#byte(COMMA);
      const text = texts[index];
      if (text === null || text === undefined) continue;
      this.#field(text);
    }
    // A second column: a lone NULL would be an empty line.
    if (texts.length === 1) this.#byte(COMMA);
    this.#byte(NEWLINE);
    return this.#length - start;
  }

  /** All rows, until the next comes. */
  take(): Uint8Array {
    return this.takeLast(this.#length);
  }

  /** The last bytes of them, until the next row comes. */
  takeLast(bytes: number): Uint8Array {
    const end = this.#length;
    this.#length -= bytes;
    return this.#buffer.subarray(this.#length, end);
  }

  #byte(code: number): void {
    this.#reserve(1);
    this.#buffer[this.#length] = code;
    this.#length += 1;
  }

  #field(text: string): void {
    if (text.length <= SHORT_LENGTH && this.#shortField(text)) return;
    const value = text.includes(QUOTE) ? text.replaceAll(QUOTE, QUOTE + QUOTE) : text;
    this.#reserve(value.length * MOST_BYTES + 2);
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at] = ENCLOSE;
    at += 1;
    at += buffer.write(value, at);
    buffer[at] = ENCLOSE;
    this.#length = at + 1;
  }

  /** @returns false, with nothing written, where it isn't plain ASCII */
  #shortField(text: string): boolean {
    this.#reserve(text.length + 2);
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at] = ENCLOSE;
    at += 1;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code >= FIRST_BEYOND_ASCII || code === ENCLOSE) return false;
      buffer[at] = code;
      at += 1;
    }
    buffer[at] = ENCLOSE;
    this.#length = at + 1;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#buffer.length - this.#length >= bytes) return;
    const larger = Buffer.allocUnsafe(2 * this.#length + bytes);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
