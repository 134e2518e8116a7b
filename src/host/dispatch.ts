import type { Command } from '@oclif/core';
// Only for what it does to stdout when it is loaded: `watchOutput` must come after it.
import '@oclif/core/command';
import { Config } from '@oclif/core/config';
import { loadHelpClass, normalizeArgv } from '@oclif/core/help';
import { helpAddition } from '@oclif/core/run';
import { settings } from '@oclif/core/settings';
import { escapeControls, SnapkeepError } from '@snapkeep/sdk';
import { BASE_FLAGS } from './base-flags.ts';
import { okEnvelope, serialize } from './envelope.ts';
import type { FailureScene } from './failure/scene.ts';
import { unknownCommand } from './failure/unknown-command.ts';
import { foreignData, teachJson } from './foreign-command.ts';
import { hasFlag } from './global-flags.ts';
import { refuseStarved } from './handles.ts';
import { writeStderr } from './terminal/stderr.ts';

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
  const [id = '', ...rest] = resolve(config, argv);
  const command = config.findCommand(id);
  onScene({
    command: id.startsWith('-') ? '' : id.replaceAll(':', ' '),
    flags: Object.keys(command?.flags ?? BASE_FLAGS),
    managesPlugins: isPluginManager(id),
  });
  await refuseStarved();
  await config.runHook('init', { argv: rest, id });
  let failure: unknown;
  try {
    if (helpAddition([...argv], config)) await showHelp(config, argv);
    else if (command) await runCommand(config, command, rest, hasFlag(argv, '--json'));
    else await answerTopic(config, id, rest, argv);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    const error = failure instanceof Error ? failure : undefined;
    await config.runHook('finally', { argv: rest, Command: command, error, id });
  }
}

/** oclif takes every word before the first flag for a part of the command; what is left over is an argument. */
function resolve(config: Config, argv: readonly string[]): string[] {
  const [id = '', ...rest] = normalizeArgv(config, [...argv]);
  if (config.findCommand(id)) return [id, ...rest];
  const words = id.split(':');
  for (let length = words.length - 1; length > 0; length -= 1) {
    const shorter = words.slice(0, length).join(':');
    const hasCommands = config.commandIDs.some((known) => known.startsWith(`${shorter}:`));
    if (config.findCommand(shorter) && !hasCommands) return [shorter, ...words.slice(length), ...rest];
  }
  return [id, ...rest];
}

async function runCommand(config: Config, command: Command.Loadable, argv: string[], json: boolean): Promise<void> {
  if (command.id === 'help') refuseUnknown(config, argv);
  if (/^plugins:(?:install|add|link)$/.test(command.id)) tellOfRights(argv);
  const teach = json && isPluginManager(command.id);
  if (teach) teachJson(await command.load());
  const result: unknown = await config.runCommand(command.id, argv, command);
  if (teach) process.stdout.write(serialize(okEnvelope(command.id.replaceAll(':', ' '), foreignData(result))));
}

/** Said before npm begins: its scripts already run as the user. */
function tellOfRights(argv: readonly string[]): void {
  if (argv.some((word) => word === '--help' || word === '-h')) return;
  writeStderr(
    '⚠ A plugin is a program: it runs with your rights, reads what you read, your passwords too. Install what you trust.',
  );
  const open = argv.filter(
    (word) => /^(?:@[^/@]+\/)?[^-/@:][^/@:]*(?:@|$)/.test(word) && !/@\d+\.\d+\.\d+\S*$/.test(word),
  );
  for (const name of open.filter((word) => !word.includes('/') || word.startsWith('@'))) {
    writeStderr(`⚠ ${escapeControls(name)} names no exact version: what it is may change. Pin it: NAME@1.2.3.`);
  }
}

function isPluginManager(id: string): boolean {
  return id === 'plugins' || id.startsWith('plugins:');
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
  refuseUnknown(config, argv);
  const Help = await loadHelpClass(config);
  await new Help(config, config.pjson.oclif.helpOptions).showHelp([...argv]);
}

/** Help about something that isn't there is an unknown command, whichever way it was asked for. */
function refuseUnknown(config: Config, argv: readonly string[]): void {
  const words = argv.filter((word) => !word.startsWith('-'));
  const [subject = ''] = words.length === 0 ? [] : normalizeArgv(config, words);
  if (subject === '' || config.findCommand(subject) || config.findTopic(subject)) return;
  throw unknownCommand(subject, config.commandIDs);
}
