/** The shortest decimal that reads back as this float of 32 or 64 bits. */
export function floatText(value: number, bits: 32 | 64): string {
  if (Object.is(value, -0)) return '-0';
  if (bits === 64 || !Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 9; digits += 1) {
    const shorter = value.toPrecision(digits);
    if (Math.fround(Number(shorter)) === value) return shorter;
  }
  return value.toPrecision(9);
}
