const BITS = 2 ** 26;

/** FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(texts: readonly (string | null)[], seed: number): number {
  let value = seed;
  for (const text of texts) {
    for (let index = 0; index < (text?.length ?? 0); index += 1) {
      value = Math.imul(value ^ (text?.charCodeAt(index) ?? 0), 0x01000193);
    }
    value = Math.imul(value ^ (text === null ? 0x10001 : 0x10000), 0x01000193);
  }
  return value >>> 0;
}

/**
 * Keys of which it is known that they are not among those added, or that they may be: a Bloom filter of 8 MB, which half
 * a million keys leave nearly empty. Who has to be sure compares what is left.
 */
export class KeySet {
  readonly #bits = new Uint32Array(BITS / 32);

  add(key: readonly (string | null)[]): void {
    for (const bit of bitsOf(key)) this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }

  mayHave(key: readonly (string | null)[]): boolean {
    return bitsOf(key).every((bit) => ((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0);
  }
}

function bitsOf(key: readonly (string | null)[]): number[] {
  return [hash(key, 0x811c9dc5) % BITS, hash(key, 0x1b873593) % BITS];
}
