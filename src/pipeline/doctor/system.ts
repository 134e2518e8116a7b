import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, SnapkeepError } from '@snapkeep/sdk';
import { openEngine } from '../../engine/engine.ts';
import { makeFifo } from '../export/csv-pipe.ts';
import type { Runtime } from '../runtime.ts';
import { attempt, type Finding, good } from './finding.ts';

/** The machine: Node, named pipes, DuckDB. An older Node never comes as far as here (bin/run.js). */
export async function checkSystem(runtime: Runtime): Promise<Finding[]> {
  return [
    good('system', 'Node.js', `${process.versions.node} on ${process.platform} ${process.arch}`),
    await attempt(runtime, 'system', 'mkfifo', checkPipes),
    await attempt(runtime, 'system', 'DuckDB', checkEngine),
  ];
}

/** Rows reach DuckDB through a named pipe. */
async function checkPipes(): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'snapkeep-doctor-'));
  try {
    await makeFifo(join(folder, 'pipe'));
    return good('system', 'mkfifo', 'named pipes can be made');
  } catch (cause) {
    throw new SnapkeepError('SNAPKEEP_STORAGE_FAILED', `no named pipe can be made: ${messageOf(cause)}`, {
      hint: 'snapkeep runs on Linux and macOS; on Windows use WSL 2. mkfifo is part of coreutils.',
      cause,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function checkEngine(): Promise<Finding> {
  try {
    const engine = await openEngine();
    engine.close();
    return good('system', 'DuckDB', engine.version);
  } catch (cause) {
    throw new SnapkeepError('SNAPKEEP_INTERNAL', `DuckDB can't be loaded: ${messageOf(cause)}`, {
      hint: 'Install again with npm ci, optional packages included: the engine is one of them.',
      cause,
    });
  }
}
