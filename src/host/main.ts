import { fileURLToPath } from 'node:url';
import type { Scene } from './dispatch.ts';
import { classify } from './failure/classify.ts';
import { reportFailure } from './failure/report.ts';
import { hasFlag, hoistCommand } from './global-flags.ts';
import { ClosedPipe, isPipeClosed, watchPipes } from './signals.ts';

const OWN_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs the CLI and ends the process: the only place that does, beside a second Ctrl-C. */
export async function main(typed: readonly string[], root = OWN_ROOT): Promise<never> {
  watchPipes();
  const argv = hoistCommand(typed);
  let scene: Scene = { command: '', flags: [], managesPlugins: false };
  let exitCode: number;
  try {
    const { dispatch } = await import('./dispatch.ts');
    await dispatch(root, argv, (known) => {
      scene = known;
    });
    exitCode = Number(process.exitCode ?? 0);
  } catch (error) {
    exitCode = explain(error, scene, argv);
  }
  await flush(process.stdout);
  await flush(process.stderr);
  process.exit(isPipeClosed() ? 141 : exitCode);
}

/** Shows the error and gives its exit code. */
function explain(error: unknown, scene: Scene, argv: readonly string[]): number {
  // oclif's `this.exit(n)`: an end, not an error.
  if (error instanceof Error && 'code' in error && error.code === 'EEXIT') return exitOf(error);
  const failure = classify(error, scene);
  if (failure instanceof ClosedPipe) return failure.exitCode;
  reportFailure(failure, { command: scene.command, json: hasFlag(argv, '--json'), debug: hasFlag(argv, '--debug') });
  return failure.exitCode;
}

function exitOf(error: Error): number {
  const { exit } = ('oclif' in error ? error.oclif : {}) as { exit?: number };
  return exit ?? 0;
}

/** Waits until everything that was written is out; a reader that has gone counts as taken. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
