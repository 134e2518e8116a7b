import { messageOf, SnapkeepError } from '@snapkeep/sdk';
import { openEngine } from '../../engine/engine.ts';
import type { Runtime } from '../runtime.ts';
import { attempt, type Finding, good } from './finding.ts';

/** The machine: Node, DuckDB. An older Node never comes as far as here (bin/run.js). */
export async function checkSystem(runtime: Runtime): Promise<Finding[]> {
  return [
    good('system', 'Node.js', `${process.versions.node} on ${process.platform} ${process.arch}`),
    await attempt(runtime, 'system', 'DuckDB', checkEngine),
  ];
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
