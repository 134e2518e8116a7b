import { SnapkeepError } from '@snapkeep/sdk';

/** Whoever read our stdout has gone. No error: `snapkeep query … | head` ends quietly. */
export class ClosedPipe extends Error {
  readonly exitCode = 141;
}

let controller: AbortController | undefined;
let pipeClosed = false;

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

/** @see https://pubs.opengroup.org/onlinepubs/9799919799/functions/write.html - 141 is 128 + SIGPIPE */
export function watchPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
      if (stream === process.stderr || pipeClosed) return;
      pipeClosed = true;
      if (!controller?.signal.aborted) abortOrLeave(141, new ClosedPipe('stdout was closed'));
    });
  }
}

export function isPipeClosed(): boolean {
  return pipeClosed;
}
