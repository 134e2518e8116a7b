import { stripVTControlCharacters } from 'node:util';
import { type ErrorCode, nearest, SnapkeepError } from '@snapkeep/sdk';
import type { FailureScene } from './scene.ts';

/** oclif's errors by shape: a plugin may bring its own copy of oclif, so `instanceof` says nothing. */
interface OclifError extends Error {
  readonly oclif: { readonly exit?: number };
  readonly flags?: readonly string[];
  readonly args?: readonly unknown[];
}

function isOclifError(error: unknown): error is OclifError {
  return error instanceof Error && 'oclif' in error && typeof error.oclif === 'object' && error.oclif !== null;
}

/** An error of oclif's parser, or of a command that isn't ours. */
export function usageFailure(error: unknown, scene: FailureScene): SnapkeepError | undefined {
  if (!isOclifError(error)) return undefined;
  const name = error.constructor.name;
  if (name === 'NonExistentFlagsError' && error.flags) return unknownFlags(error, error.flags, scene);
  if (name === 'RequiredArgsError' && error.args) return missingArguments(error, error.args);
  const code: ErrorCode = scene.managesPlugins ? 'SNAPKEEP_PLUGIN_INVALID' : 'SNAPKEEP_USAGE';
  return new SnapkeepError(code, plain(error.message), { cause: error });
}

function unknownFlags(error: OclifError, flags: readonly string[], scene: FailureScene): SnapkeepError {
  const [first = ''] = flags;
  const near = nearest(first.replace(/^-+/, '').replace(/=.*$/s, ''), scene.flags);
  const hint = near === undefined ? undefined : `Did you mean --${near}?`;
  const message = `unknown flag${flags.length === 1 ? '' : 's'} ${flags.join(', ')}`;
  return new SnapkeepError('SNAPKEEP_USAGE', message, {
    hint,
    cause: error,
    details: { flags, suggestion: near ?? null },
  });
}

function missingArguments(error: OclifError, args: readonly unknown[]): SnapkeepError {
  const names = args.flatMap((arg) =>
    typeof arg === 'object' && arg !== null && 'name' in arg ? [String(arg.name).toUpperCase()] : [],
  );
  const message = `missing argument${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
  return new SnapkeepError('SNAPKEEP_USAGE', message, { cause: error, details: { arguments: names } });
}

/** oclif's two lines on a flag's value, as one. */
const UNPARSED = /^Parsing (--\S+) Expected (an? .+) but received: (.*)$/s;

/** oclif's message in one line, without colours and without its closing remark. */
function plain(message: string): string {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => line !== '' && line !== 'See more help with --help' && !/^The following errors? occurred:$/.test(line),
    );
  const text = lines
    .join(' ')
    .replace(/^Unexpected argument/, 'unexpected argument')
    .replace(UNPARSED, '$1 takes $2, not $3');
  return text === '' ? 'the command was refused' : text;
}
