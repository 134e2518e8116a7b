import { nearest, SnapkeepError } from '@snapkeep/sdk';
import type { ChosenProfile } from './connection.ts';
import type { Environment } from './environment.ts';

/** `--profile`, then SNAPKEEP_PROFILE, then `profile:` of the files. @throws SNAPKEEP_CONFIG_INVALID */
export function chooseProfile(
  flag: string | undefined,
  environment: Environment,
  files: Readonly<Record<string, unknown>>,
): ChosenProfile | undefined {
  const variable = environment.find('SNAPKEEP_PROFILE');
  const chosen =
    fromFlag(flag) ?? (variable && { name: variable.value, by: variable.layer }) ?? fromFile(files.profile);
  if (!chosen) return undefined;
  const known = Object.keys((files.profiles as object | undefined) ?? {});
  if (known.includes(chosen.name)) return chosen;
  const near = nearest(chosen.name, known);
  const there = known.length === 0 ? 'the configuration has no profiles' : `there is ${known.join(', ')}`;
  throw new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `there is no profile "${chosen.name}"; ${there}`, {
    hint: near === undefined ? 'Name one under profiles: in the configuration.' : `Did you mean ${near}?`,
    details: { profile: chosen.name, available: known, suggestion: near ?? null },
  });
}

function fromFlag(name: string | undefined): ChosenProfile | undefined {
  return name === undefined ? undefined : { name, by: '--profile' };
}

function fromFile(name: unknown): ChosenProfile | undefined {
  return typeof name === 'string' ? { name, by: 'file' } : undefined;
}
