import { userInfo } from 'node:os';

/** The user's folder, as libpq finds it: HOME, else what the system knows. */
export function homeOf(env: Readonly<Record<string, string | undefined>>): string {
  return env.HOME || userInfo().homedir;
}

/** The name of the system's user, libpq's default for `user`. */
export function systemUser(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no user has.
    return env.USER ?? 'postgres';
  }
}
