import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteIdentifier, SnapkeepError, type SnapshotFile, type WrittenFile } from '@snapkeep/sdk';
import { fsyncPath, settleFile } from '../../../store/durable.ts';
import type { Transaction } from '../../../store/transaction.ts';
import type { Runtime } from '../../runtime.ts';
import { checkWritten, type Written, writeRequest } from '../publish.ts';
import type { Staging } from '../staging.ts';
import type { CutRows } from './cut.ts';
import type { Cuts } from './cuts.ts';
import { reuseFile } from './reuse.ts';
import { type Part, partView } from './view.ts';

/** From the rows as they lie each part needs a look at all of them: for more parts than these it is quicker to sort first. */
const PARTS_WITHOUT_SORT = 8;

/** `orders-00000`: names sort in the order of the key. */
function partName(baseName: string, part: number): string {
  return `${baseName}-${String(part).padStart(5, '0')}`;
}

/**
 * Each part becomes a file in the transaction's folder: one of the newest version that holds its rows, else a new one, which is
 * read back, hashed and put on disk.
 */
export async function writeParts(
  runtime: Runtime,
  staging: Staging,
  transaction: Transaction,
  { cuts, parts, older, sortsAtOnce }: CutRows,
): Promise<Written> {
  const directory = join(transaction.directory, 'snapshot');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o755 });
  const files = new Map<number, SnapshotFile>();
  for (const part of parts) {
    runtime.signal.throwIfAborted();
    const name = partName(staging.plan.output.baseName, part.number);
    const file = await reuseFile(older, part, directory, name, runtime.signal);
    if (file) files.set(part.number, file);
  }
  runtime.log.verbose(`${files.size} of ${parts.length} parts are files of the newest version`);
  const others = parts.filter(({ number }) => !files.has(number));
  const from = sortsAtOnce ? await orderedRows(staging, cuts, others) : 'content';
  for (const part of others) {
    runtime.signal.throwIfAborted();
    files.set(part.number, await writePart(runtime, staging, part, directory, from));
  }
  if (from !== 'content') await staging.engine.run(`DROP TABLE ${from}`);
  await fsyncPath(directory);
  return { directory, files: parts.flatMap(({ number }) => files.get(number) ?? []) };
}

/** What parts are taken from. */
async function orderedRows({ engine, plan, inOrder }: Staging, cuts: Cuts, parts: readonly Part[]): Promise<string> {
  if (inOrder || parts.length <= PARTS_WITHOUT_SORT) return 'content';
  const chosen = parts.length === cuts.count ? '' : `WHERE ${cuts.partOf} IN (${parts.map(({ number }) => number)})`;
  const order = plan.key.map(quoteIdentifier).join(', ');
  await engine.run(`CREATE OR REPLACE TABLE ordered AS SELECT * FROM content ${chosen} ORDER BY ${order}`);
  return 'ordered';
}

async function writePart(
  runtime: Runtime,
  staging: Staging,
  part: Part,
  directory: string,
  from: string,
): Promise<SnapshotFile> {
  const { plan, engine } = staging;
  const writer = await runtime.capability('writer', plan.capabilities.writer);
  const request = writeRequest(
    plan,
    await partView(staging, part, from),
    directory,
    partName(plan.output.baseName, part.number),
  );
  const written = await writer.write(request, runtime.context(plan.capabilities.writer));
  const { name } = onlyFile(written, plan.capabilities.writer);
  const path = join(directory, name);
  await checkWritten(engine, plan, path, part.rows);
  return {
    path: name,
    rows: part.rows,
    ...(await settleFile(path, runtime.signal)),
    contentHash: part.contentHash,
  };
}

function onlyFile(written: readonly WrittenFile[], writer: string): WrittenFile {
  const [first, second] = written;
  if (first !== undefined && second === undefined) return first;
  throw new SnapkeepError('SNAPKEEP_INTERNAL', `the writer ${writer} wrote ${written.length} files for one part`);
}
