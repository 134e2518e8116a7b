import { formatPattern } from './format-pattern.ts';

/** https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2, Quoted-string. */
const QUOTED_NAME = /^"(?:[ !#-[\]-~]|\\[ -~])*"$/;
const IPV6_PREFIX = /^IPv6:/i;

function has(format: 'email' | 'ipv4' | 'ipv6', text: string): boolean {
  return formatPattern(format)?.test(text) === true;
}

/** `[127.0.0.1]`, `[IPv6:::1]`: RFC 5321, section 4.1.3. */
function isAddressLiteral(text: string): boolean {
  if (!text.startsWith('[') || !text.endsWith(']')) return false;
  const address = text.slice(1, -1);
  return IPV6_PREFIX.test(address) ? has('ipv6', address.replace(IPV6_PREFIX, '')) : has('ipv4', address);
}

/**
 * A mailbox of RFC 5321, which is what JSON Schema calls `email`. ajv-formats knows names without quotes at domains with a
 * dot, which nearly all are; here come quoted names and addresses of the network.
 */
export function isEmail(text: string): boolean {
  if (has('email', text)) return true;
  const at = text.lastIndexOf('@');
  const [name, host] = [text.slice(0, at), text.slice(at + 1)];
  const isQuoted = QUOTED_NAME.test(name);
  const isLiteral = isAddressLiteral(host);
  return (
    (isQuoted || isLiteral) &&
    (isQuoted || has('email', `${name}@example.org`)) &&
    (isLiteral || has('email', `name@${host}`))
  );
}
