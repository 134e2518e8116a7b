import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ExportPlan,
  MANIFEST_FORMAT_VERSION,
  type Manifest,
  quoteIdentifier,
  SnapkeepError,
  type SnapshotFile,
  type StagedRelation,
  snapshotFiles,
  type WriteRequest,
  type WrittenFile,
} from '@snapkeep/sdk';
import { type Engine, readParquet } from '../../engine/engine.ts';
import { fsyncPath, publishDirectory, settleFile, sha256Of } from '../../store/durable.ts';
import { snapshotId } from '../../store/layout.ts';
import { manifestText } from '../../store/manifest-file.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { Runtime } from '../runtime.ts';
import type { Staging } from './staging.ts';

/** Reads back what was written: names, types and rows must be those of the plan. */
export async function checkWritten(engine: Engine, plan: ExportPlan, path: string, rows: number): Promise<void> {
  const source = readParquet([path]);
  const described = await engine.rows(`DESCRIBE SELECT * FROM ${source}`);
  const found = described.map(
    (column) => `${quoteIdentifier(String(column.column_name))} ${String(column.column_type)}`,
  );
  const expected = plan.columns.map(({ name, fileType }) => `${quoteIdentifier(name)} ${fileType}`);
  const counted = Number((await engine.row(`SELECT count(*) AS n FROM ${source}`)).n);
  if (counted === rows && found.join() === expected.join()) return;
  throw new SnapkeepError(
    'SNAPKEEP_INTEGRITY',
    counted === rows
      ? `${path} does not hold the planned columns: ${found.join(', ')}`
      : `${path} holds ${counted} rows where ${rows} were written`,
  );
}

/** What only follows from data and plan: the same data stay the same bytes. */
export function footerOf(plan: ExportPlan): Record<string, string> {
  const { kind, schema, name } = plan.relation;
  return {
    'snapkeep.format': '1',
    'snapkeep.dataset': plan.dataset,
    'snapkeep.relation': JSON.stringify(schema === undefined ? { kind, name } : { kind, schema, name }),
    'snapkeep.key': JSON.stringify(plan.key),
    'snapkeep.columns': JSON.stringify(
      plan.columns.map(({ name: column, sourceType, sourceName }) =>
        sourceName === undefined ? [column, sourceType] : [column, sourceType, sourceName],
      ),
    ),
    ...(plan.validation === null ? {} : { 'snapkeep.schema.sha256': plan.validation.sha256 }),
  };
}

/** What is asked of the writer for these rows. @param directory - absolute, empty */
export function writeRequest(
  plan: ExportPlan,
  staged: StagedRelation,
  directory: string,
  baseName: string = plan.output.baseName,
): WriteRequest {
  const { compression, rowGroupRows } = plan.output;
  return { staged, directory, baseName, compression, rowGroupRows, footer: footerOf(plan) };
}

/** Whether the rows came in another order than that of the file. */
export function needsSort({ plan, inOrder }: Staging): boolean {
  return plan.sort.length > 0 && !inOrder;
}

/** Files that nobody sees yet. */
export interface Written {
  /** Absolute; private to the transaction. */
  readonly directory: string;
  readonly files: SnapshotFile[];
}

/** Files of which nothing is known but what the writer says. */
export interface Unsettled {
  /** Absolute; private to the transaction. */
  readonly directory: string;
  readonly files: readonly WrittenFile[];
}

/** Writes the staged rows into the transaction's folder. */
export async function writeFiles(
  runtime: Runtime,
  { plan }: Staging,
  transaction: Transaction,
  relation: StagedRelation,
): Promise<Unsettled> {
  const directory = join(transaction.directory, 'snapshot');
  const writer = await runtime.capability('writer', plan.capabilities.writer);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o755 });
  const request = writeRequest(plan, relation, directory);
  const files = await writer.write(request, runtime.context(plan.capabilities.writer));
  return { directory, files };
}

/**
 * Reads back what was written, hashes it and puts it on disk.
 * @param rows - those that were staged
 */
export async function settleFiles(
  { signal }: Runtime,
  { plan, engine }: Staging,
  { directory, files: written }: Unsettled,
  rows: number,
): Promise<Written> {
  const files: SnapshotFile[] = [];
  for (const { name, rows: fileRows } of written) {
    const path = join(directory, name);
    await checkWritten(engine, plan, path, fileRows);
    files.push({ path: name, rows: fileRows, ...(await settleFile(path, signal)) });
  }
  const total = files.reduce((sum, file) => sum + file.rows, 0);
  if (total !== rows) {
    throw new SnapkeepError('SNAPKEEP_INTEGRITY', `the files hold ${total} rows where ${rows} were staged`);
  }
  await fsyncPath(directory);
  return { directory, files };
}

export type ManifestFacts = Omit<
  Manifest,
  'formatVersion' | 'dataset' | 'snapshot' | 'createdAt' | 'bytes' | 'versions'
>;

export function manifestOf(runtime: Runtime, engine: Engine, facts: ManifestFacts): Manifest {
  const createdAt = new Date();
  return {
    formatVersion: MANIFEST_FORMAT_VERSION,
    dataset: facts.plan.dataset,
    snapshot: snapshotId(createdAt, facts.contentHash),
    createdAt: createdAt.toISOString(),
    ...(facts.run ? { run: facts.run } : {}),
    contentHash: facts.contentHash,
    rows: facts.rows,
    bytes: facts.files.reduce((sum, file) => sum + file.bytes, 0),
    files: facts.files,
    quarantine: facts.quarantine,
    counts: facts.counts,
    validation: facts.validation,
    substitutions: facts.substitutions,
    quality: facts.quality,
    plan: facts.plan,
    phases: facts.phases,
    versions: {
      snapkeep: runtime.versions.snapkeep,
      duckdb: engine.version,
      node: process.versions.node,
      plugins: runtime.versions.plugins,
    },
  };
}

/** The folder gets its final name, the manifest follows: steps 5 and 6 of the commit protocol. */
export async function publishSnapshot(transaction: Transaction, staged: string, manifest: Manifest): Promise<void> {
  const { layout } = transaction;
  const final = layout.snapshot(manifest.snapshot);
  const described = layout.manifest(manifest.snapshot);
  const text = manifestText(manifest);
  const hashes = snapshotFiles(manifest).map(({ path, sha256 }) => [join(final, path), sha256]);
  const written = { ...Object.fromEntries(hashes), [described]: sha256Of(text) };
  await transaction.plan([final, described], [], written);
  await publishDirectory(staged, layout.absolute(final));
  await transaction.write(described, text);
}
