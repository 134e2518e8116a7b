import { escapeControls, type Log } from '@snapkeep/sdk';
import { maskText } from './mask.ts';
import { colourOf } from './terminal/colour.ts';
import { writeStderr } from './terminal/stderr.ts';

const LOG_LEVELS = ['warn', 'info', 'verbose', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function levelOf(flags: { quiet?: boolean; verbose?: boolean; debug?: boolean }): LogLevel {
  if (flags.debug) return 'debug';
  if (flags.verbose) return 'verbose';
  return flags.quiet ? 'warn' : 'info';
}

/** Passwords are masked and control characters escaped line by line, whatever a plugin hands over. */
function clean(message: string): string {
  return maskText(message).split(/\r?\n/).map(escapeControls).join('\n');
}

/** The SDK's log on stderr. */
export function createLog(level: LogLevel, write: (line: string) => void = writeStderr): Log {
  const most = LOG_LEVELS.indexOf(level);
  const at = (own: LogLevel, decorate: (text: string) => string) => (message: string) => {
    if (LOG_LEVELS.indexOf(own) <= most) write(decorate(clean(message)));
  };
  const colour = () => colourOf(process.stderr);
  return {
    warn: at('warn', (text) => `${colour().yellow('⚠')} ${text}`),
    info: at('info', (text) => text),
    verbose: at('verbose', (text) => colour().dim(text)),
    debug: at('debug', (text) => colour().dim(`debug: ${text}`)),
  };
}
