import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PluginContext } from '@snapkeep/sdk';
import { homeOf } from './home.ts';

/** Whose password is looked for. */
export interface PasswordOwner {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * The password that `.pgpass` holds for a connection, `undefined` where it holds none.
 * pg's own reader looks at `process.env`, hence this one.
 * https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export function passwordOfFile(
  owner: PasswordOwner,
  passfile: string | undefined,
  context: PluginContext,
): string | undefined {
  const file = passfile ?? defaultFile(context.env);
  let text: string;
  try {
    const status = statSync(file);
    if (!status.isFile()) return warned(context, `The password file ${file} is not a plain file; it is ignored`);
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      return warned(context, `The password file ${file} can be read by others; it is ignored (chmod 600 ${file})`);
    }
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  // libpq writes the host of a local socket as `localhost`.
  const wanted = [
    owner.host.startsWith('/') ? 'localhost' : owner.host,
    String(owner.port),
    owner.database,
    owner.user,
  ];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = fieldsOf(line);
    const password = fields[4];
    if (password !== undefined && wanted.every((value, i) => fields[i] === '*' || fields[i] === value)) return password;
  }
  return undefined;
}

function defaultFile(env: PluginContext['env']): string {
  return process.platform === 'win32'
    ? join(env.APPDATA ?? '', 'postgresql', 'pgpass.conf')
    : join(homeOf(env), '.pgpass');
}

/** Five fields parted by colons; a backslash takes the next character as it is. */
function fieldsOf(line: string): string[] {
  const fields = [''];
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i);
    if (character === ':' && fields.length < 5) fields.push('');
    else fields[fields.length - 1] += character === '\\' && i + 1 < line.length ? line.charAt(++i) : character;
  }
  return fields;
}

function warned(context: PluginContext, message: string): undefined {
  context.log.warn(message);
  return undefined;
}
