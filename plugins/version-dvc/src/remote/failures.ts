import { SnapkeepError, shorten } from '@snapkeep/sdk';

/** A failure as python/remote.py tells it. */
export interface WorkerFailure {
  readonly kind: 'packages' | 'config' | 'refused' | 'unreachable' | 'full' | 'failed';
  readonly message: string;
}

const HINTS: Readonly<Record<WorkerFailure['kind'], string>> = {
  packages: 'snapkeep doctor --fix installs what DVC needs for this kind of remote.',
  config: 'dvc remote list shows what is set up; dvc remote modify corrects it.',
  refused: 'Check the credentials (environment, .env, .dvc/config.local) and what they allow.',
  unreachable: 'Check the address (dvc remote list) and the network, then run the command again.',
  full: 'Make room there, then run the command again.',
  failed: 'Check the remote (dvc remote list) and its credentials, then run the command again.',
};

const WHAT: Readonly<Record<WorkerFailure['kind'], string>> = {
  packages: 'needs a package that is not installed',
  config: 'can’t be used',
  refused: 'refuses',
  unreachable: 'can’t be reached',
  full: 'is full',
  failed: 'failed',
};

/** @param remote - its name */
export function remoteFailure(remote: string, { kind, message }: WorkerFailure): SnapkeepError {
  const said = shorten(withoutSecrets(message), 300);
  return new SnapkeepError('SNAPKEEP_REMOTE_FAILED', `The remote ${remote} ${WHAT[kind]}: ${said}`, {
    hint: HINTS[kind],
    details: { remote, kind },
  });
}

/** `ssh://ada:secret@host` → `ssh://ada:***@host`; signed queries go too. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*):[^\s@"']*@/gi, '$1:***@')
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s?"']*)\?[^\s"']*/gi, '$1');
}
