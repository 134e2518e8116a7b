import { fullFormats } from 'ajv-formats/dist/formats.js';

/** An expression for texts that a format takes, where there is one; on texts of at most 4,096 characters. */
export function formatPattern(name: string): RegExp | undefined {
  const format = Object.hasOwn(fullFormats, name) ? fullFormats[name as keyof typeof fullFormats] : undefined;
  return format instanceof RegExp ? format : undefined;
}
