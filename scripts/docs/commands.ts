import { stripVTControlCharacters } from 'node:util';
import type { Command, Config } from '@oclif/core';
import { code, pageHead, table } from './markdown.ts';

/** Every command: what it takes and how it is used. Ours in full, those of oclif's plugins by name. */
export function commandsPage(config: Config): string {
  const all = config.commands.filter(({ hidden }) => !hidden).sort((a, b) => (a.id < b.id ? -1 : 1));
  const own = all.filter(({ pluginName }) => pluginName === config.name);
  const [first] = own;
  const others = all.filter((command) => !own.includes(command));
  return [
    pageHead('Commands', 'the commands in src/commands'),
    own.map(({ id }) => `- [${typed(id, config)}](#${`${config.bin}-${id}`.replaceAll(':', '-')})`).join('\n'),
    `\n## Flags of every command\n\n${first ? flagTable(first, true) : ''}\n`,
    ...own.map((command) => section(command, config)),
    '## From oclif’s plugins\n',
    table(
      ['command', 'what it does'],
      others.map((command) => [code(typed(command.id, config)), summaryOf(command, config)]),
    ),
    '',
  ].join('\n');
}

function typed(id: string, config: Config): string {
  return `${config.bin} ${id.replaceAll(':', ' ')}`;
}

function section(command: Command.Loadable, config: Config): string {
  const args = Object.values(command.args);
  const usage = [typed(command.id, config), ...args.map(({ name, required }) => argument(name, required === true))];
  const parts = [
    `## ${typed(command.id, config)}\n`,
    `${summaryOf(command, config)}\n`,
    `\`\`\`\n${usage.join(' ')} [flags]\n\`\`\`\n`,
  ];
  if (command.summary && command.description) parts.push(`${fill(command.description, command, config)}\n`);
  if (args.length > 0) {
    const rows = args.map(({ name, description }) => [code(name.toUpperCase()), description ?? '']);
    parts.push(`${table(['argument', 'meaning'], rows)}\n`);
  }
  const flags = flagTable(command, false);
  if (flags !== '') parts.push(`${flags}\n`);
  const examples = (command.examples ?? []).map((example) => exampleOf(example, command, config));
  if (examples.length > 0) parts.push(`\`\`\`sh\n${examples.join('\n')}\n\`\`\`\n`);
  return parts.join('\n');
}

function argument(name: string, required: boolean): string {
  return required ? name.toUpperCase() : `[${name.toUpperCase()}]`;
}

function flagTable(command: Command.Loadable, global: boolean): string {
  const flags = Object.values(command.flags)
    .filter((flag) => !flag.hidden && (flag.helpGroup === 'GLOBAL') === global)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (flags.length === 0) return '';
  const rows = flags.map((flag) => {
    const short = flag.char ? `-${flag.char}, ` : '';
    const name = flag.type === 'boolean' && flag.allowNo ? `--[no-]${flag.name}` : `--${flag.name}`;
    const value = flag.type === 'option' ? `=${flag.options?.join('|') ?? flag.helpValue ?? 'VALUE'}` : '';
    const preset = flag.type === 'option' && flag.default !== undefined ? ` Default: ${flag.default}.` : '';
    return [code(short + name + value), `${flag.summary ?? flag.description ?? ''}${preset}`];
  });
  return table(['flag', 'meaning'], rows);
}

function summaryOf(command: Command.Loadable, config: Config): string {
  const [first = ''] = (command.summary ?? command.description ?? '').split('\n', 1);
  return fill(first, command, config);
}

function exampleOf(example: Command.Example, command: Command.Loadable, config: Config): string {
  if (typeof example === 'string') return fill(example, command, config);
  return `# ${fill(example.description, command, config)}\n${fill(example.command, command, config)}`;
}

/** The two placeholders that oclif's own help fills. */
function fill(text: string, command: Command.Loadable, config: Config): string {
  const filled = text
    .replaceAll('<%= config.bin %>', config.bin)
    .replaceAll('<%= command.id %>', command.id.replaceAll(':', ' '));
  return stripVTControlCharacters(filled);
}
