import { maskUrl } from '../mask.ts';
import type { Environment, EnvironmentLayer } from './environment.ts';
import type { Origin } from './types.ts';

/** The profile in force and what chose it. */
export interface ChosenProfile {
  readonly name: string;
  readonly by: '--profile' | EnvironmentLayer | 'file';
}

export interface ConnectionChoice {
  readonly url: string;
  readonly origin: Origin;
}

/**
 * `--url`, then the environment, then `.env`, then the files. A profile that was chosen by flag or
 * environment speaks with that weight: `--profile prod` must not read the DATABASE_URL that the shell
 * happens to hold. PGSERVICE and PG* are the source's business; they count where no URL is named.
 */
export function chooseConnection(options: {
  readonly flag: string | undefined;
  readonly environment: Environment;
  readonly profile: ChosenProfile | undefined;
  /** connection.url of the profile. */
  readonly profileUrl: ConnectionChoice | undefined;
  /** connection.url of the files, the profile's laid over it. */
  readonly fileUrl: ConnectionChoice | undefined;
}): ConnectionChoice | undefined {
  const { flag, environment, profile, profileUrl, fileUrl } = options;
  if (flag !== undefined) return { url: flag, origin: '--url' };
  if (profile?.by === '--profile' && profileUrl) return profileUrl;
  const variable = environment.find('DATABASE_URL');
  for (const layer of ['environment', '.env'] as const) {
    if (profile?.by === layer && profileUrl) return profileUrl;
    if (variable?.layer === layer) return { url: variable.value, origin: variable.origin };
  }
  return fileUrl;
}

/** A flag stands in the list of processes, where every user of the machine can read it. */
export function passwordWarning(flag: string | undefined): string | undefined {
  if (flag === undefined || maskUrl(flag) === flag) return undefined;
  return 'the password in --url can be seen in the list of processes; DATABASE_URL, PGPASSWORD or ~/.pgpass keep it out';
}
