import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { homeOf } from './home.ts';
import { isKeyword, type Keyword, type Keywords } from './keywords.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a service file says about a service: first the user's file, then the system's.
 * https://www.postgresql.org/docs/current/libpq-pgservice.html
 * @throws SNAPKEEP_NO_CONNECTION where neither defines it
 */
export function keywordsOfService(service: string, env: Environment): Keywords {
  const files = [
    env.PGSERVICEFILE ?? join(homeOf(env), '.pg_service.conf'),
    join(env.PGSYSCONFDIR ?? '/etc/postgresql-common', 'pg_service.conf'),
  ];
  for (const file of files) {
    const found = sectionOf(file, service);
    if (found !== undefined) return found;
  }
  throw new SnapkeepError('SNAPKEEP_NO_CONNECTION', `No service file defines the service ${service}`, {
    hint: `Looked for [${service}] in ${files.join(' and ')}.`,
  });
}

function sectionOf(file: string, service: string): Keywords | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new SnapkeepError('SNAPKEEP_NO_CONNECTION', `The service file ${file} can’t be read`, { cause: error });
  }
  let found: { [K in Keyword]?: string } | undefined;
  let inside = false;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (inside) return found;
      inside = line === `[${service}]`;
      if (inside) found = {};
    } else if (inside && found !== undefined) {
      const at = line.indexOf('=');
      const name = line.slice(0, at).trim();
      if (at < 0 || name === 'service') throw malformed(file, index + 1);
      // Parameters of libpq that mean nothing here are left out, as the file serves other programs too.
      if (isKeyword(name)) found[name] = line.slice(at + 1).trim();
    }
  }
  return found;
}

function malformed(file: string, line: number): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `${file}:${line} is not a line that a service file may have`, {
    hint: 'Each line is keyword=value, a [service] or a # comment.',
  });
}
