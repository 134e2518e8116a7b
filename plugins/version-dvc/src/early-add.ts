import { fileURLToPath } from 'node:url';
import { messageOf, type PluginContext } from '@snapkeep/sdk';
import { answerOf, type DvcAnswer } from './dvc-answer.ts';
import { dvcCall } from './dvc-call.ts';
import { findDvc } from './find-dvc.ts';
import { pythonsOf } from './remote/python.ts';
import { writerOf } from './settings.ts';

const SCRIPT = fileURLToPath(new URL('../python/add.py', import.meta.url));
/** With it the script says that this Python has no DVC. */
const NO_DVC = 69;

/** A DVC that has been started and waits for the arguments of its `add`. */
export interface WaitingDvc {
  /** @returns nothing where it could not do anything: then DVC is to be started as ever */
  run(args: readonly string[]): Promise<DvcAnswer | undefined>;
}

/** By the project's folder. */
const waiting = new Map<string, WaitingDvc>();

/**
 * Starts a DVC that imports what its first `add` needs and waits. Four fifths of a `dvc add` are that, so that the version
 * of a small table takes half the time. Where it can't be done, nothing happens.
 * @returns what ends it, whether it was used or not
 */
export async function startEarly(context: PluginContext): Promise<AsyncDisposable> {
  if (writerOf(context) === 'native') return NOTHING;
  try {
    const { command } = await findDvc(context);
    const [python] = await pythonsOf(command);
    return python === undefined ? NOTHING : await start(python, context);
  } catch (error) {
    context.signal.throwIfAborted();
    context.log.debug(`DVC could not be started early: ${messageOf(error)}`);
    return NOTHING;
  }
}

/** The one that waits in this project, once. */
export function takeWaiting({ root }: PluginContext): WaitingDvc | undefined {
  const found = waiting.get(root);
  waiting.delete(root);
  return found;
}

const NOTHING: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined };

async function start(python: string, context: PluginContext): Promise<AsyncDisposable> {
  const { program, args, options } = await dvcCall([python, SCRIPT], context);
  const { execa } = await import('execa');
  const child = execa(program, args, { ...options, stdin: 'pipe' });
  let ended = false;
  const result = child.then((answer) => {
    ended = true;
    return answer;
  });
  child.stdin.on('error', () => undefined);
  waiting.set(context.root, {
    async run(args) {
      if (ended) return undefined;
      context.log.debug(`dvc ${args.join(' ')}, started early`);
      child.stdin.end(`${JSON.stringify(args)}\n`);
      const answer = await result;
      return answer.exitCode === NO_DVC ? undefined : answerOf(answer, context);
    },
  });
  return {
    async [Symbol.asyncDispose]() {
      takeWaiting(context);
      if (!ended) child.kill('SIGTERM');
      await result;
    },
  };
}
