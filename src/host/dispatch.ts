import { Config } from '@oclif/core/config';
import { loadHelpClass, normalizeArgv } from '@oclif/core/help';
import { helpAddition } from '@oclif/core/run';
import { settings } from '@oclif/core/settings';
import { SnapkeepError } from '@snapkeep/sdk';
import type { FailureScene } from './failure/classify.ts';
import { unknownCommand } from './failure/unknown-command.ts';
import { BASE_FLAG_NAMES, hasFlag } from './global-flags.ts';

/** What is known of the run so far, for whoever has to report that it failed. */
export interface Scene extends FailureScene {
  /** As it is typed, e.g. `version list`; empty before it is known. */
  readonly command: string;
}

/**
 * oclif's own `run`, with three differences: a help page is never an answer to `--json`, errors are
 * left to the caller, and sources are never loaded in the place of dist/ (oclif does so where
 * NODE_ENV is `test` or `development`).
 */
export async function dispatch(root: string, argv: readonly string[], onScene: (scene: Scene) => void): Promise<void> {
  settings.enableAutoTranspile = false;
  const config = await Config.load({ root });
  const [id = '', ...rest] = normalizeArgv(config, [...argv]);
  const command = config.findCommand(id);
  onScene({
    command: id.startsWith('-') ? '' : id.replaceAll(':', ' '),
    flags: [...BASE_FLAG_NAMES, ...Object.keys(command?.flags ?? {})],
    managesPlugins: id === 'plugins' || id.startsWith('plugins:'),
  });
  await config.runHook('init', { argv: rest, id });
  let failure: unknown;
  try {
    if (helpAddition([...argv], config)) await showHelp(config, argv);
    else if (command) await config.runCommand(id, rest, command);
    else await answerTopic(config, id, rest, argv);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    const error = failure instanceof Error ? failure : undefined;
    await config.runHook('finally', { argv: rest, Command: command, error, id });
  }
}

/** A bare topic shows its help; anything else is unknown. */
async function answerTopic(config: Config, id: string, rest: string[], argv: readonly string[]): Promise<void> {
  const isTopic = config.findTopic(id) !== undefined;
  if (hasFlag(argv, '--json') && (isTopic || id.startsWith('-'))) {
    const what = isTopic ? `${id.replaceAll(':', ' ')} needs a command` : 'a command is missing';
    throw new SnapkeepError('SNAPKEEP_USAGE', what, { hint: `snapkeep ${isTopic ? `${id} ` : ''}--help lists them.` });
  }
  if (isTopic) return showHelp(config, [id]);
  if (id.startsWith('-')) throw new SnapkeepError('SNAPKEEP_USAGE', `unknown flag ${id}`, { details: { flags: [id] } });
  // The hook command_not_found answers, ours or that of a plugin.
  await config.runCommand(id, rest);
}

async function showHelp(config: Config, argv: readonly string[]): Promise<void> {
  const words = argv.filter((word) => !word.startsWith('-'));
  const [subject = ''] = words.length === 0 ? [] : normalizeArgv(config, words);
  if (subject !== '' && !config.findCommand(subject) && !config.findTopic(subject)) {
    throw unknownCommand(subject, config.commandIDs);
  }
  const Help = await loadHelpClass(config);
  await new Help(config, config.pjson.oclif.helpOptions).showHelp([...argv]);
}
