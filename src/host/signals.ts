import { SnapkeepError } from '@snapkeep/sdk';

/**
 * Whoever read our stdout has gone. No error: `snapkeep query … | head` ends quietly, with 128 + SIGPIPE.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/functions/write.html
 */
export class ClosedPipe extends Error {
  readonly exitCode = 141;
}

let controller: AbortController | undefined;
let lost: NodeJS.ErrnoException | undefined;

function abortOrLeave(exitCode: number, reason: Error): void {
  if (!controller || controller.signal.aborted) process.exit(exitCode);
  controller.abort(reason);
}

/**
 * The signal of this run: aborted by Ctrl-C, by SIGTERM and where stdout's reader has gone. The
 * command then unwinds; a second Ctrl-C leaves at once. Before the first call the signals have
 * Node's own meaning, so that commands of other plugins (npm install) end as ever.
 */
export function runSignal(): AbortSignal {
  if (controller) return controller.signal;
  controller = new AbortController();
  process.on('SIGINT', () => abortOrLeave(130, new SnapkeepError('SNAPKEEP_INTERRUPTED', 'interrupted by Ctrl-C')));
  process.on('SIGTERM', () => abortOrLeave(143, new SnapkeepError('SNAPKEEP_TERMINATED', 'terminated by SIGTERM')));
  return controller.signal;
}

/**
 * Watches stdout. A reader that has gone (EPIPE) and a full disk behind `> file` both abort the run;
 * what is lost on stderr can't be told to anybody. Replaces oclif's own listener, which throws.
 */
export function watchOutput(): void {
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (lost) return;
    lost = error;
    if (controller && !controller.signal.aborted) controller.abort(lostOutput());
  });
  process.stderr.on('error', () => {});
}

/** Why stdout could not take what was written, if so. */
export function lostOutput(): Error | undefined {
  return lost?.code === 'EPIPE' ? new ClosedPipe('stdout was closed') : lost && Object.assign(lost, { path: 'stdout' });
}
