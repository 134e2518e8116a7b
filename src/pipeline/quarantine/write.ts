import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Quarantine, quoteLiteral, SnapkeepError } from '@snapkeep/sdk';
import { contentHash } from '../../engine/content-hash.ts';
import { type Engine, readParquet } from '../../engine/engine.ts';
import { fsyncPath, settleFile } from '../../store/durable.ts';
import { withOneThreadAtLast } from '../export/memory.ts';
import type { Staging } from '../export/staging.ts';
import type { QuarantineSpill } from '../invalid/spill.ts';
import type { Runtime } from '../runtime.ts';
import { quarantineSelect } from './relation.ts';

/** In the snapshot's folder. A folder of its own: who reads `latest/*.parquet` must not get these rows. */
const QUARANTINE_FOLDER = 'quarantine';

/** A quarantine's file, waiting in the transaction's folder for the snapshot's. */
export interface WrittenQuarantine {
  readonly quarantine: Quarantine;
  /** Absolute. */
  readonly directory: string;
}

/** Names and types as the file has them. */
async function columnsOf(engine: Engine, relation: string): Promise<{ name: string; fileType: string }[]> {
  const described = await engine.rows(`DESCRIBE SELECT * FROM ${relation}`);
  return described.map(({ column_name, column_type }) => ({
    name: String(column_name),
    fileType: String(column_type),
  }));
}

/**
 * Writes the rows that wait in a spill, whatever writer the project has chosen: reads them back, hashes them and puts
 * them on disk.
 * @param directory - absolute: the transaction's
 */
export async function writeQuarantine(
  runtime: Runtime,
  { engine, plan }: Staging,
  spill: QuarantineSpill,
  directory: string,
): Promise<WrittenQuarantine> {
  const folder = join(directory, QUARANTINE_FOLDER);
  const name = `${plan.output.baseName}.parquet`;
  const path = join(folder, name);
  const footer = { 'snapkeep.format': '1', 'snapkeep.quarantine': plan.dataset };
  const metadata = Object.entries(footer).map(([key, value]) => `${quoteLiteral(key)}: ${quoteLiteral(value)}`);
  await withOneThreadAtLast(engine, async () => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o755 });
    await engine.run(
      `COPY (${quarantineSelect(plan, spill)}) TO ${quoteLiteral(path)} (FORMAT parquet, COMPRESSION zstd,
        ROW_GROUP_SIZE ${plan.output.rowGroupRows}, KV_METADATA {${metadata.join(', ')}})`,
    );
  });
  const relation = readParquet([path]);
  const counted = Number((await engine.row(`SELECT count(*) AS n FROM ${relation}`)).n);
  if (counted !== spill.rows) {
    throw new SnapkeepError('SNAPKEEP_INTEGRITY', `${path} holds ${counted} rows where ${spill.rows} were written`);
  }
  const hash = await contentHash(engine, [relation], await columnsOf(engine, relation));
  const file = { path: `${QUARANTINE_FOLDER}/${name}`, rows: counted, ...(await settleFile(path, runtime.signal)) };
  await fsyncPath(folder);
  return { quarantine: { rows: counted, bytes: file.bytes, files: [file], contentHash: hash }, directory: folder };
}

/** Into the folder that will be published, whose other files are there. */
export async function joinQuarantine({ directory }: WrittenQuarantine, snapshot: string): Promise<void> {
  await rename(directory, join(snapshot, QUARANTINE_FOLDER));
  await fsyncPath(snapshot);
}
