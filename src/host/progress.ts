import type { HostProgress } from './terminal/host-progress.ts';
import { barProgress } from './terminal/progress-bar.ts';
import { lineProgress } from './terminal/progress-lines.ts';

const SILENT: HostProgress = { start: () => ({ update() {}, end() {} }), close() {} };

/** A bar at a terminal, a line every ten seconds elsewhere, nothing with `-q` and `--json`. */
export function createProgress(options: { readonly quiet: boolean; readonly json: boolean }): HostProgress {
  if (options.quiet || options.json) return SILENT;
  return process.stderr.isTTY === true && process.env.TERM !== 'dumb' ? barProgress() : lineProgress();
}
