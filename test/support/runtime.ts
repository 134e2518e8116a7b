import { type CapabilityKind, type CapabilityKinds, type Connection, SnapkeepError } from '@snapkeep/sdk';
import { createTestContext } from '@snapkeep/sdk/conformance';
import { openSource } from '@snapkeep/source-postgres';
import { ajvValidator } from '@snapkeep/validate-ajv';
import { parquetWriter } from '@snapkeep/write-parquet';
import type { DatasetConfig } from '../../src/pipeline/config.ts';
import type { Runtime } from '../../src/pipeline/runtime.ts';

/** The pipeline without a process of its own and without version stores: real source, validator and writer. */
export function testRuntime(
  root: string,
  connection: Connection,
  datasets: Readonly<Record<string, DatasetConfig>> = {},
): Runtime {
  const context = createTestContext({ root });
  const provided: { [K in CapabilityKind]?: CapabilityKinds[K] } = {
    source: openSource(),
    validator: ajvValidator,
    writer: parquetWriter,
  };
  return {
    root,
    config: {
      file: null,
      connection,
      dataDirectory: 'data',
      datasets,
      capabilities: { source: 'postgres', validator: 'ajv', writer: 'parquet', versionStore: [] },
      plugins: {},
    },
    log: context.log,
    progress: context.progress,
    signal: context.signal,
    command: 'test',
    waitMs: 0,
    versions: { snapkeep: '0.0.0', plugins: {} },
    capabilities: async () => [],
    async capability(kind, name) {
      const found = provided[kind];
      if (!found) throw new SnapkeepError('SNAPKEEP_CAPABILITY_UNKNOWN', `${kind} ${name}`);
      return found;
    },
    context: () => createTestContext({ root }),
    emit: async () => [],
  };
}
