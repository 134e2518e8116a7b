import { constants } from 'node:os';
import { SnapkeepError } from '@snapkeep/sdk';
import { MORE_HANDLES } from '../handles.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

const FAILED: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reports an error',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this machine',
  EXDEV: 'it lies on another file system than the project',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
};

/** Not files: sockets and child processes give the same codes. */
const OTHER_CALLS = /^(?:connect|listen|bind|getaddrinfo|accept|kill|spawn)/;

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}

/** libuv has no name for a quota that is used up: "Unknown system error -122". */
function codeOf({ code = '', errno }: NodeJS.ErrnoException): string {
  return errno === -constants.errno.EDQUOT ? 'EDQUOT' : code;
}

/** A failed call of the file system as an error that names the path; anything else gives nothing. */
export function fileSystemFailure(error: unknown): SnapkeepError | undefined {
  if (!isErrno(error)) return undefined;
  const code = codeOf(error);
  const lacksHandles = code === 'EMFILE' || code === 'ENFILE';
  if (OTHER_CALLS.test(error.syscall ?? '') && !lacksHandles) return undefined;
  const path = error.path ?? '(unnamed file)';
  const details = { path: error.path ?? null, syscall: error.syscall ?? null, errno: code };
  if (FULL.has(code)) {
    const what = code === 'EDQUOT' ? 'the quota is used up' : 'no space left on the disk';
    return new SnapkeepError('SNAPKEEP_STORAGE_FULL', `${what}: ${path}`, { cause: error, details });
  }
  const what = FAILED[code];
  if (what === undefined) return undefined;
  return new SnapkeepError('SNAPKEEP_STORAGE_FAILED', `${what}: ${path} (${code}, ${error.syscall})`, {
    ...(lacksHandles ? { hint: MORE_HANDLES } : {}),
    cause: error,
    details,
  });
}
