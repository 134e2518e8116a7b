const URL_IN_TEXT = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>]+/gi;
const SECRET_PARAMETER = /^(?:ssl)?pass(?:word|phrase)?$|secret|token|key$/i;
/** Not `keyword`, which names a rule of JSON Schema. */
const SECRET_KEY = /pass(?:word|phrase)?|secret|token|key(?!word)|credential/i;

/** A password with `/` in it makes the rest look like a path; so everything up to the last `@` goes. */
function maskGreedily(url: string): string {
  return url.replace(/(:\/\/[^\s:/@]*):\S*@/, '$1:***@');
}

/** One URL without its password. */
export function maskUrl(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return maskGreedily(url).replace(/(pass(?:word|phrase)?=)[^\s&]+/gi, '$1***');
  }
  const doubtful = parsed.password === '' && parsed.pathname.includes('@');
  let masked = doubtful ? maskGreedily(url) : url.replace(/^([^:]+:\/\/[^:/?#]*):[^/?#]*@/, '$1:***@');
  for (const name of parsed.searchParams.keys()) {
    if (!SECRET_PARAMETER.test(name)) continue;
    masked = masked.replace(new RegExp(`([?&]${escapeRegExp(name)}=)[^&#]*`, 'g'), '$1***');
  }
  return masked;
}

/** Any text with the passwords of all URLs in it masked; also libpq's `password=…`. */
export function maskText(text: string): string {
  return text.replace(URL_IN_TEXT, maskUrl).replace(/\b(password=)(?!\*\*\*)[^\s&]+/gi, '$1***');
}

/** A copy of plain data with every URL masked, and every value whose key looks like a secret. */
export function maskData(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return SECRET_KEY.test(key) ? '***' : maskText(value);
  if (Array.isArray(value)) return value.map((item) => maskData(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, maskData(item, name)]));
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
