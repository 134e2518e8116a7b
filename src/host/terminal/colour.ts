import { createRequire } from 'node:module';
import type { Ansis } from 'ansis';

const require = createRequire(import.meta.url);
const byStream = new Map<NodeJS.WriteStream, Ansis>();

/** Whether colours may go to this stream. @see https://no-color.org https://force-color.org */
function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** The colours of one stream; none where it isn't a terminal. Loaded when the first line is coloured. */
export function colourOf(stream: NodeJS.WriteStream): Ansis {
  let colour = byStream.get(stream);
  if (!colour) {
    const ansis: typeof import('ansis') = require('ansis');
    colour = new ansis.Ansis(wantsColour(stream) ? 1 : 0);
    byStream.set(stream, colour);
  }
  return colour;
}
