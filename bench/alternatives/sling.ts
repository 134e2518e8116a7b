import { chmod, copyFile, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { quoteIdentifier } from '@snapkeep/sdk';
import { execa } from 'execa';
import { benchCache } from '../support/cache.ts';
import { runMeasured } from '../support/processes.ts';
import type { Alternative, OpenedAlternative, Place } from './alternative.ts';
import { benchPython } from './python.ts';

const FIND = 'import sling_linux_amd64 as s; print(s.SLING_VERSION); print(s.SLING_BIN)';

/** The wheel's program is installed without leave to be run. */
async function program(): Promise<{ readonly version: string; readonly file: string }> {
  const { stdout } = await execa(await benchPython(), ['-c', FIND]);
  const [version = '', wheel = ''] = stdout.trim().split('\n');
  const file = path.join(benchCache('sling'), `sling-${version}`);
  const size = async (name: string) => (await stat(name).catch(() => undefined))?.size;
  if ((await size(file)) !== (await size(wheel))) {
    await mkdir(path.dirname(file), { recursive: true });
    await copyFile(wheel, file);
    await chmod(file, 0o755);
  }
  return { version, file };
}

async function open({ url, folder }: Place): Promise<OpenedAlternative> {
  const { version, file } = await program();
  const address = new URL(url);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(address.hostname);
  // It asks for TLS unless told otherwise, and knows no "prefer".
  if (isLocal && !address.searchParams.has('sslmode')) address.searchParams.set('sslmode', 'disable');
  const env = {
    SOURCE: address.href,
    SLING_DISABLE_TELEMETRY: 'TRUE',
    SLING_HOME_DIR: path.join(folder, 'sling-home'),
    SLING_DUCKDB_COMPUTE: 'FALSE',
  };
  return {
    versions: { sling: version },
    export: async ({ schema, table, id, out }) => {
      const relation = `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
      const stream = id === undefined ? relation : `SELECT * FROM ${relation} WHERE id = ${id}`;
      const args = ['run', '--src-conn', 'SOURCE', '--src-stream', stream, '--tgt-object', `file://${out}`];
      return { ...(await runMeasured(file, args, { env })), files: [out] };
    },
  };
}

export const SLING: Alternative = {
  id: 'sling',
  name: 'sling',
  how: "SLING_DUCKDB_COMPUTE=FALSE sling run --src-conn URL --src-stream TABLE --tgt-object 'file://FILE'",
  docs: 'https://docs.slingdata.io/sling-cli/run',
  note: 'By its own writer of Parquet: by default it fetches a DuckDB when it first runs, which a registry of packages has not.',
  open,
};
