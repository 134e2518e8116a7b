import { join } from 'node:path';
import { execa } from 'execa';
import { pythonWith } from '../../test/support/python.ts';
import type { Opened, Place } from './exporter.ts';
import { Worker } from './worker.ts';

const FOLDER = join(import.meta.dirname, 'python');

/** A tool of python/export_table.py, from the packages of python/alternatives.txt. */
export function byPython(id: string): (place: Place) => Promise<Opened> {
  return async ({ url }) => {
    const python = await pythonWith(join(FOLDER, 'alternatives.txt'));
    const script = join(FOLDER, 'export_table.py');
    const { stdout } = await execa(python, [script, '--versions']);
    const versions = JSON.parse(stdout) as Record<string, Record<string, string>>;
    return {
      exporter: new Worker({ program: python, args: [script, id, url], env: {} }),
      versions: versions[id] ?? {},
    };
  };
}
