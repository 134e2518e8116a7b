import { type FuncKeywordDefinition, str } from 'ajv';

/** A decimal number as `digits · 10^-scale`. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/**
 * `multipleOf` over decimal numbers as they are written. ajv divides binary fractions, so that 1.13 is no multiple of
 * 0.01; its `multipleOfPrecision` accepts what is only nearly one.
 */
export const multipleOf: FuncKeywordDefinition = {
  keyword: 'multipleOf',
  type: 'number',
  schemaType: 'number',
  errors: false,
  error: { message: ({ schemaCode }) => str`must be multiple of ${schemaCode}` },
  compile(divisor: number) {
    const decimal = toDecimal(divisor);
    const whole = Number.isSafeInteger(divisor);
    return (value: number) =>
      whole && Number.isSafeInteger(value) ? value % divisor === 0 : divides(decimal, toDecimal(value));
  },
};

function divides(divisor: Decimal, value: Decimal): boolean {
  const scale = Math.max(divisor.scale, value.scale);
  return (
    (value.digits * 10n ** BigInt(scale - value.scale)) % (divisor.digits * 10n ** BigInt(scale - divisor.scale)) === 0n
  );
}

/** The shortest decimal that reads back as the same number, which is how it was written. */
function toDecimal(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}
