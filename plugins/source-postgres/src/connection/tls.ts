import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { messageOf, SnapkeepError } from '@snapkeep/sdk';
import { homeOf } from './home.ts';
import type { Keywords } from './keywords.ts';

/** One way to try: TLS with these options, or `false` for a plain connection. */
export type TlsAttempt = ConnectionOptions | false;

/**
 * The ways to connect, in libpq's order for each `sslmode`.
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
export function tlsAttempts(
  keywords: Keywords,
  host: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly TlsAttempt[] {
  // TLS is not spoken over a local socket.
  if (host.startsWith('/')) return [false];
  const mode = keywords.sslmode ?? 'prefer';
  switch (mode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, unverified(keywords, host, env)];
    case 'prefer':
      return [unverified(keywords, host, env), false];
    case 'require':
      // With a root certificate at hand libpq verifies the chain here too.
      return rootCertificate(keywords, env) === undefined
        ? [unverified(keywords, host, env)]
        : [verified(keywords, host, env, false)];
    case 'verify-ca':
      return [verified(keywords, host, env, false)];
    case 'verify-full':
      return [verified(keywords, host, env, true)];
    default:
      throw new SnapkeepError('SNAPKEEP_USAGE', `sslmode must not be ${mode}`, {
        hint: 'It is one of disable, allow, prefer, require, verify-ca, verify-full.',
      });
  }
}

function unverified(keywords: Keywords, host: string, env: Readonly<Record<string, string | undefined>>) {
  return { ...base(keywords, host, env), rejectUnauthorized: false };
}

function verified(
  keywords: Keywords,
  host: string,
  env: Readonly<Record<string, string | undefined>>,
  checkHost: boolean,
): ConnectionOptions {
  const ca = rootCertificate(keywords, env);
  if (ca === undefined && !checkHost) {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'sslmode=verify-ca needs sslrootcert', {
      hint: 'Any certificate of any public authority would pass otherwise; name the file, or use verify-full.',
    });
  }
  return {
    ...base(keywords, host, env),
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(checkHost ? {} : { checkServerIdentity: () => undefined }),
  };
}

function base(keywords: Keywords, host: string, env: Readonly<Record<string, string | undefined>>): ConnectionOptions {
  const folder = join(homeOf(env), '.postgresql');
  const certificate = keywords.sslcert ?? existing(join(folder, 'postgresql.crt'));
  const key = keywords.sslkey ?? existing(join(folder, 'postgresql.key'));
  return {
    // Where `hostaddr` says whom to call, `host` is still the name that the certificate must bear.
    ...(keywords.hostaddr === undefined ? {} : { servername: host }),
    ...(certificate === undefined || key === undefined ? {} : { cert: read(certificate), key: read(key) }),
  };
}

/** `undefined`: the authorities that Node.js trusts. */
function rootCertificate(keywords: Keywords, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (keywords.sslrootcert === 'system') return undefined;
  const file = keywords.sslrootcert ?? existing(join(homeOf(env), '.postgresql', 'root.crt'));
  return file === undefined ? undefined : read(file);
}

function existing(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SnapkeepError('SNAPKEEP_SOURCE_AUTH', `A certificate or key can’t be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
