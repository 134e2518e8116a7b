import { SnapkeepError } from '@snapkeep/sdk';
import { parse } from 'pg-connection-string';
import { isIgnoredKeyword, isKeyword, type Keyword, type Keywords } from './keywords.ts';

/**
 * The parameters that a `postgres://` address carries. pg-connection-string splits the address;
 * the query part is read here, because its ideas of `sslmode` are not libpq's.
 * The address may hold a password, so no message quotes it.
 */
export function keywordsOfUrl(url: string): Keywords {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new SnapkeepError(
      'SNAPKEEP_USAGE',
      'The connection is neither a postgres:// address nor pglite: and a folder',
      { hint: 'Write it as postgres://user@host:5432/database or pglite:./folder.' },
    );
  }
  const [base = '', query = ''] = splitOnce(url, '?');
  const found: { [K in Keyword]?: string } = {};
  for (const [name, value] of addressParts(base)) if (value) found[name] = value;
  for (const [name, value] of new URLSearchParams(query)) {
    if (isKeyword(name)) found[name] = value;
    else if (name === 'ssl') found.sslmode ??= /^(true|1)$/.test(value) ? 'require' : 'disable';
    else if (name === 'sslaccept') found.sslmode ??= value === 'strict' ? 'verify-full' : 'require';
    else if (!isIgnoredKeyword(name)) {
      throw new SnapkeepError('SNAPKEEP_USAGE', `The connection has a parameter that is not known here: ${name}`, {
        hint: 'Check its spelling; parameters are named as in libpq.',
      });
    }
  }
  if (found.host?.includes(',')) {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'The connection names several hosts; name the one to read from');
  }
  return found;
}

function addressParts(base: string): [Keyword, string | null | undefined][] {
  try {
    const { host, port, user, password, database } = parse(base);
    return [
      ['host', host],
      ['port', port],
      ['user', user],
      ['password', password],
      ['dbname', database],
    ];
  } catch {
    // The error quotes the address, and with it the password: it must not travel as a cause.
    throw new SnapkeepError('SNAPKEEP_USAGE', 'The connection address is not well formed', {
      hint: 'Special characters in user or password must be percent-encoded, e.g. %40 for @.',
    });
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
