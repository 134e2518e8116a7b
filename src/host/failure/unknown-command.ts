import { nearest, SnapkeepError } from '@snapkeep/sdk';

/**
 * @param typed - the words before the first flag; oclif joins them all with `:`, arguments too
 * @param ids - the ids of all commands, e.g. `version:list`
 */
export function unknownCommand(typed: string, ids: readonly string[]): SnapkeepError {
  const words = typed.split(':');
  const suggestion = suggest(words, ids);
  const shown = suggestion ? words.slice(0, suggestion.split(' ').length) : words.slice(0, isTopic(words, ids) ? 2 : 1);
  return new SnapkeepError('SNAPKEEP_UNKNOWN_COMMAND', `there is no command "${shown.join(' ')}"`, {
    hint: suggestion === undefined ? undefined : `Did you mean snapkeep ${suggestion}?`,
    details: { typed: words.join(' '), suggestion: suggestion ?? null },
  });
}

/** Compares with each command as many words as that command has: `version lst orders` is near `version list`. */
function suggest(words: readonly string[], ids: readonly string[]): string | undefined {
  for (const length of [3, 2, 1]) {
    if (words.length < length) continue;
    const candidates = ids.filter((id) => id.split(':').length === length).map((id) => id.replaceAll(':', ' '));
    const found = nearest(words.slice(0, length).join(' '), candidates);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isTopic([first]: readonly string[], ids: readonly string[]): boolean {
  return ids.some((id) => id.startsWith(`${first}:`));
}
