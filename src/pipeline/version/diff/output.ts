import { realpath, rename, rm } from 'node:fs/promises';
import { dirname, extname, join, relative } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { fsyncPath } from '../../../store/durable.ts';
import type { Runtime } from '../../runtime.ts';
import { refuseOverwrite } from '../../schema/output-file.ts';

export const DIFF_FORMAT = '1';

const FORMAT_OF = {
  '': 'parquet',
  '.parquet': 'parquet',
  '.pq': 'parquet',
  '.csv': 'csv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
} as const;

export type OutputFormat = (typeof FORMAT_OF)[keyof typeof FORMAT_OF];

/** What a file's name says of its format; a name without an ending says Parquet. @throws SNAPKEEP_USAGE */
function formatOf(file: string): OutputFormat {
  const ending = extname(file).toLowerCase();
  if (isKnown(ending)) return FORMAT_OF[ending];
  const markdown = ending === '.md' ? ' Markdown for a pull request: --format markdown > FILE.md.' : '';
  throw new SnapkeepError('SNAPKEEP_USAGE', `differences are not written as ${ending}`, {
    hint: `Name a file that ends in .parquet, .csv, .json (an array) or .ndjson (a line for each row).${markdown}`,
    details: { file },
  });
}

function isKnown(ending: string): ending is keyof typeof FORMAT_OF {
  return Object.hasOwn(FORMAT_OF, ending);
}

/**
 * Whether the differences may be written there.
 * @param file - absolute
 * @returns the format that its name says
 * @throws SNAPKEEP_PATH_UNSAFE, SNAPKEEP_USAGE
 */
export async function checkOutput(runtime: Runtime, file: string, force: boolean): Promise<OutputFormat> {
  const format = formatOf(file);
  await checkPlace(runtime, file, force);
  return format;
}

/**
 * Whether a file may be written: not where snapshots lie, nor over another file unless that is wanted.
 * @param file - absolute
 * @throws SNAPKEEP_PATH_UNSAFE, SNAPKEEP_USAGE
 */
export async function checkPlace(runtime: Runtime, file: string, force: boolean): Promise<void> {
  const folder = await realpath(dirname(file)).catch(() => {
    throw new SnapkeepError('SNAPKEEP_USAGE', `the folder ${dirname(file)} is not there`);
  });
  const inside = relative(join(runtime.root, runtime.config.dataDirectory), folder);
  if (!inside.startsWith('..') && inside !== folder) {
    throw new SnapkeepError('SNAPKEEP_PATH_UNSAFE', `${file} lies where the snapshots are`, {
      hint: 'Snapshots are never changed; write the file elsewhere.',
    });
  }
  if (!force) await refuseOverwrite(file);
}

/** The whole file or none: written beside it, then renamed. */
export async function writeWhole(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await write(temporary);
    await fsyncPath(temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await fsyncPath(dirname(file));
}
