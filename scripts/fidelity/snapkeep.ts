import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Opened, Place } from './exporter.ts';
import { Worker } from './worker.ts';

/** The built CLI with one of its writers, in a folder with nothing but a configuration. */
export function bySnapkeep(writer: 'parquet' | 'parquetjs'): (place: Place) => Promise<Opened> {
  return async ({ url, folder }) => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as {
      version: string;
    };
    const cwd = join(folder, `project-${writer}`);
    await mkdir(cwd);
    await writeFile(join(cwd, 'snapkeep.config.yaml'), `capabilities:\n  writer: ${writer}\n`);
    const args = [join(import.meta.dirname, 'snapkeep-worker.ts')];
    return {
      exporter: new Worker({ program: process.execPath, args, cwd, env: { DATABASE_URL: url } }),
      versions: { snapkeep: version },
    };
  };
}
