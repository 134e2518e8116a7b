import { access, constants, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** An interpreter's line is short; where its path is long, pip and uv write two lines of shell. */
const HEAD_BYTES = 1024;

/**
 * Interpreters that may be able to import the DVC which this command starts, the likeliest first: that of its
 * first line, that which its shell wrapper starts, those that lie beside it. None where DVC is one binary.
 */
export async function pythonsOf(command: string): Promise<readonly string[]> {
  const head = await headOf(command);
  const named = [
    /^#!\s*(\S*python[\d.]*)\s*$/m.exec(head)?.[1],
    /^'''exec' (?:"([^"]+)"|'([^']+)'|(\S+))/m.exec(head)?.slice(1).find(Boolean),
  ];
  const beside = ['python', 'python3'].map((name) => join(dirname(command), name));
  const all = new Set([...named, ...beside].filter((path): path is string => path?.startsWith('/') === true));
  const runnable = await Promise.all([...all].map(canRun));
  return [...all].filter((_, index) => runnable[index]);
}

async function headOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.toString('utf8', 0, bytesRead);
    return head.startsWith('#!') ? head : '';
  } finally {
    await file.close();
  }
}

async function canRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
