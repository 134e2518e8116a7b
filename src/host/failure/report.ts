import { escapeControls, type SnapkeepError } from '@snapkeep/sdk';
import { failedEnvelope, serialize } from '../envelope.ts';
import { maskText } from '../mask.ts';
import { colourOf } from '../terminal/colour.ts';

export interface ReportOptions {
  readonly command: string;
  readonly json: boolean;
  readonly debug: boolean;
}

/** Tells a person on stderr, or a program on stdout. */
export function reportFailure(error: SnapkeepError, options: ReportOptions): void {
  const stack = options.debug ? maskText(stackOf(error)) : undefined;
  if (options.json) {
    process.stdout.write(serialize(failedEnvelope(options.command, error, stack)));
    return;
  }
  const colour = colourOf(process.stderr);
  const lines = [
    `${colour.red('✗')} ${line(error.message)}`,
    // A plugin may bring an SDK that knows no notes yet.
    ...(error.notes ?? []).map((note) => `  · ${line(note)}`),
    `  → ${line(error.hint)}`,
    colour.dim(`  ${error.code} · exit ${error.exitCode}`),
  ];
  if (stack !== undefined) lines.push(colour.dim(stack));
  process.stderr.write(`${lines.join('\n')}\n`);
}

function line(text: string): string {
  return escapeControls(maskText(text.replace(/\s*[\r\n]+\s*/g, ' · ')));
}

/** The stack with all its causes. */
function stackOf(error: unknown): string {
  const parts: string[] = [];
  for (let at = error, depth = 0; at !== undefined && depth < 8; depth += 1) {
    parts.push(at instanceof Error ? (at.stack ?? at.message) : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return parts.join('\ncaused by ');
}
