import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';

export interface FileHashes {
  readonly bytes: number;
  readonly sha256: string;
  readonly md5: string;
}

const CHUNK_BYTES = 1 << 20;

/** Both hashes in one reading: DVC names objects by MD5, manifests by SHA-256. `null` where no file is there. */
export async function hashFile(path: string, signal: AbortSignal): Promise<FileHashes | null> {
  if ((await sizeOf(path)) === null) return null;
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES, signal })) {
    const part = chunk as Buffer;
    sha256.update(part);
    md5.update(part);
    bytes += part.length;
  }
  return { bytes, sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}

/** Bytes of a regular file; `null` where none is there: a link is none. */
export async function sizeOf(path: string): Promise<number | null> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  return stats?.isFile() ? stats.size : null;
}

/** MD5 of a text, in hex. */
export function md5Of(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
