/** A JSON pointer (RFC 6901) from its parts. */
export function pointerOf(parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function partsOf(pointer: string): string[] {
  return pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** As people write it: `datasets.orders.sync[0].mode`. */
export function dotted(parts: readonly (string | number)[]): string {
  return parts.reduce<string>((text, part) => {
    if (/^\d+$/.test(String(part))) return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${part}`;
  }, '');
}
