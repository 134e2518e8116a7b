import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

interface Entry {
  readonly name: string;
  readonly summary: string;
}

/** What the page tells, before it is laid out. */
export interface RootHelp {
  readonly description: string;
  readonly topics: readonly Entry[];
  readonly commands: readonly Entry[];
}

/** As oclif takes it where stdout is no terminal. */
const WIDTH = 80;
const NARROWEST = 40;
const INDENT = 2;
/** A list with a longer text is laid out in another way. */
const MOST_LINES = 5;

/** What `npm run build` found out; the same relative path from src/ and from dist/. */
const COMPILED = new URL('../../dist/compiled/root-help.json', import.meta.url);

/**
 * The page of `snapkeep --help`, without oclif, which takes three times as long to load as node to start: to the letter
 * what oclif shows (a test compares them). `undefined` where only oclif knows what it would show: with plugins of the
 * user's, a theme, or settings of its own.
 */
export function quickHelp(version: string, env: NodeJS.ProcessEnv): string | undefined {
  if (process.platform === 'win32') return undefined;
  const own = /^(?:OCLIF|SNAPKEEP_(?:DATA_DIR|CONFIG_DIR)$|FORCE_COLOR$)/;
  if (Object.keys(env).some((name) => own.test(name))) return undefined;
  const data = join(env.XDG_DATA_HOME || join(homedir(), '.local/share'), 'snapkeep', 'package.json');
  const theme = join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'snapkeep', 'theme.json');
  if (existsSync(data) || existsSync(theme)) return undefined;
  const help = JSON.parse(readFileSync(COMPILED, 'utf8')) as RootHelp;
  const bold = Boolean(process.stdout.isTTY && process.stderr.isTTY && !env.NO_COLOR && env.TERM !== 'dumb');
  return layOut(help, version, { width: widthOf(process.stdout), bold });
}

function widthOf({ isTTY, columns }: NodeJS.WriteStream): number {
  return isTTY && columns > 0 ? Math.max(columns, NARROWEST) : WIDTH;
}

/** @returns `undefined` where the lists would not fit */
export function layOut(
  { description, topics, commands }: RootHelp,
  version: string,
  { width, bold }: { readonly width: number; readonly bold: boolean },
): string | undefined {
  const lists = [list(topics, width), list(commands, width)];
  if (lists.includes(undefined)) return undefined;
  const section = (name: string, lines: readonly string[] = []) =>
    [bold ? `\u001B[1m${name}\u001B[22m` : name, ...lines.map((line) => ' '.repeat(INDENT) + line), ''].join('\n');
  return [
    description,
    '',
    section('VERSION', wrap(version, width - INDENT)),
    section('USAGE', ['$ snapkeep [COMMAND]']),
    section('TOPICS', lists[0]),
    section('COMMANDS', lists[1]),
    '',
  ].join('\n');
}

function list(entries: readonly Entry[], width: number): readonly string[] | undefined {
  const left = Math.max(...entries.map(({ name }) => name.length)) + 2;
  const lines: string[] = [];
  for (const { name, summary } of entries) {
    const [first = '', ...rest] = wrap(summary, width - INDENT - left);
    if (rest.length >= MOST_LINES) return undefined;
    lines.push(name.padEnd(left) + first, ...rest.map((line) => ' '.repeat(left) + line));
  }
  return lines;
}

/** The words of a text in lines; a word that is longer than a line has one for itself. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
