import type { PluginContext } from '@snapkeep/sdk';

export interface DvcAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

interface Ended {
  readonly failed: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly shortMessage?: string;
}

/** What a process of DVC's said. @throws the signal's reason where the run was interrupted */
export function answerOf({ failed, stdout, stderr, shortMessage }: Ended, { signal }: PluginContext): DvcAnswer {
  signal.throwIfAborted();
  return { ok: !failed, stdout, stderr: stderr || shortMessage || '' };
}
