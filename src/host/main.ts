import { fileURLToPath } from 'node:url';
import type { Scene } from './dispatch.ts';
import { classify } from './failure/classify.ts';
import { reportFailure } from './failure/report.ts';
import { hasFlag, hoistCommand, wantsJson } from './global-flags.ts';
import { watchHandles } from './handles.ts';
import { lendSdk } from './plugin-sdk.ts';
import { ClosedPipe, lostOutput, watchOutput } from './signals.ts';

/** So long may what a plugin left open keep the process. */
const LINGER_MS = 200;

const OWN_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs the CLI and lets the process end. */
export async function main(typed: readonly string[], root = OWN_ROOT): Promise<void> {
  const argv = hoistCommand(typed);
  const json = wantsJson(argv);
  let scene: Scene = { command: '', flags: [], managesPlugins: false };
  let told: number | undefined;
  // One document, and one reason: what fails in the wake of a failure has nothing new to say.
  const explained = (error: unknown, asJson: boolean) => explain(error, scene, asJson, hasFlag(argv, '--debug'));
  const fail = (error: unknown) => {
    told ??= explained(error, json);
    return told;
  };
  // An error that nobody awaits, e.g. an event of a socket: a bug, told in the same form.
  process.on('uncaughtException', (error) => process.exit(fail(error)));
  const { dispatch } = await import('./dispatch.ts');
  lendSdk();
  watchOutput();
  watchHandles();
  let exitCode = 0;
  try {
    await dispatch(root, argv, (known) => {
      scene = known;
    });
    exitCode = Number(process.exitCode ?? 0);
  } catch (error) {
    // What stdout can't take any more is told below, once and on stderr.
    if (!lostOutput()) exitCode = fail(error);
  }
  await flush(process.stdout);
  const lost = lostOutput();
  // Whatever was told before went there.
  if (lost) exitCode = explained(lost, false);
  await flush(process.stderr);
  end(exitCode);
}

/**
 * Lets the process end, and ends it where something was left open. `process.exit` alone hangs, one time in some hundred on a busy machine:
 * it waits for threads of V8 that compile, and these for a collection of garbage that only this thread could make.
 * @see https://github.com/nodejs/node/issues/54918
 */
function end(exitCode: number): void {
  process.exitCode = exitCode;
  // All is told: what fails from here on is of what was left open.
  process.removeAllListeners('uncaughtException').on('uncaughtException', () => process.exit());
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** Shows the error and gives its exit code. */
function explain(error: unknown, scene: Scene, json: boolean, debug: boolean): number {
  // oclif's `this.exit(n)`: an end, not an error.
  if (error instanceof Error && 'code' in error && error.code === 'EEXIT') return exitOf(error);
  const failure = classify(error, scene);
  if (failure instanceof ClosedPipe) return failure.exitCode;
  reportFailure(failure, { command: scene.command, json, debug });
  return failure.exitCode;
}

function exitOf(error: Error): number {
  const { exit } = ('oclif' in error ? error.oclif : {}) as { exit?: number };
  return exit ?? 0;
}

/** Waits until everything that was written is out; a reader that has gone counts as taken. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // A stream tells of its error one turn after it has broken.
    if (stream.destroyed || !stream.writable) setImmediate(resolve);
    else stream.write('', () => setImmediate(resolve));
  });
}
