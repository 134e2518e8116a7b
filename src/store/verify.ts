import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotFile } from '@snapkeep/sdk';
import { hashFile } from './durable.ts';

export const FILE_FAULTS = ['missing', 'a link', 'not a file', 'wrong size', 'wrong bytes'] as const;
export type FileFault = (typeof FILE_FAULTS)[number];

/** What is wrong with one file of a snapshot. */
export interface FileProblem {
  readonly path: string;
  readonly problem: FileFault;
  readonly expected: string;
  readonly found: string | null;
}

async function checkFile(directory: string, file: SnapshotFile, signal: AbortSignal): Promise<FileProblem | undefined> {
  const path = join(directory, file.path);
  let stats: Awaited<ReturnType<typeof lstat>>;
  try {
    stats = await lstat(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    return { path: file.path, problem: 'missing', expected: file.sha256, found: null };
  }
  if (stats.isSymbolicLink()) return { path: file.path, problem: 'a link', expected: file.sha256, found: null };
  if (!stats.isFile()) return { path: file.path, problem: 'not a file', expected: file.sha256, found: null };
  if (stats.size !== file.bytes) {
    return { path: file.path, problem: 'wrong size', expected: `${file.bytes}`, found: `${stats.size}` };
  }
  const { sha256 } = await hashFile(path, signal);
  return sha256 === file.sha256
    ? undefined
    : { path: file.path, problem: 'wrong bytes', expected: file.sha256, found: sha256 };
}

/** Reads every byte of a snapshot; empty where all are those of the manifest. */
export async function verifyFiles(
  directory: string,
  files: readonly SnapshotFile[],
  signal: AbortSignal,
): Promise<FileProblem[]> {
  const problems: FileProblem[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    const problem = await checkFile(directory, file, signal);
    if (problem) problems.push(problem);
  }
  return problems;
}
