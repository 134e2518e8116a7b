import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { pythonWith } from '../../support/python.ts';
import type { ReadColumn } from '../read-value.ts';

const FOLDER = fileURLToPath(new URL('../../support/python', import.meta.url));

export interface ReadByPyarrow {
  readonly columns: readonly (ReadColumn | { readonly name: string; readonly error: string })[];
  /** The Parquet schema as pyarrow prints it, with physical and logical types. */
  readonly schema: string;
  /** Where the file as a whole can't be read. */
  readonly error?: string;
}

/** What pyarrow reads from Parquet files, in one process. */
export async function readByPyarrow(files: readonly string[]): Promise<ReadByPyarrow[]> {
  const python = await pythonWith(join(FOLDER, 'pyarrow.txt'));
  const { stdout } = await execa(python, [join(FOLDER, 'read_parquet.py')], {
    input: files.map((file) => `${file}\n`).join(''),
    maxBuffer: 512 * 1024 * 1024,
  });
  return stdout === '' ? [] : stdout.split('\n').map((line) => JSON.parse(line) as ReadByPyarrow);
}
