/**
 * Runs `snapkeep export TABLE --no-version --json` for table after table in this folder: the built CLI's own command, whose
 * start alone would be most of the time. Jobs on stdin and answers on stdout as in python/export_table.py.
 */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';
import { messageOf } from '@snapkeep/sdk';
import type { Answer, Job } from './exporter.ts';

settings.enableAutoTranspile = false;
const config = await Config.load({ root: fileURLToPath(new URL('../..', import.meta.url)) });
const write = process.stdout.write.bind(process.stdout);
let printed = '';
process.stdout.write = (chunk: string | Uint8Array) => {
  printed += String(chunk);
  return true;
};

interface Exported {
  readonly data: { readonly path: string; readonly files: readonly { readonly path: string }[] };
}

async function run({ table, id, out }: Job): Promise<Answer> {
  printed = '';
  const narrowed = id === null ? [] : ['--where', `id=${id}`];
  try {
    await config.runCommand('export', [table, '--no-version', '--json', ...narrowed]);
    const { data } = JSON.parse(printed) as Exported;
    await copyFile(join(data.path, data.files[0]?.path ?? ''), out);
    return {};
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'Error';
    const answer = { error: `${code}: ${messageOf(error)}` };
    return code === 'SNAPKEEP_COLUMN_REFUSED' ? { ...answer, beforeReading: true } : answer;
  }
}

write('{}\n');
for await (const line of createInterface({ input: process.stdin })) {
  write(`${JSON.stringify(await run(JSON.parse(line) as Job))}\n`);
}
process.exit(0);
