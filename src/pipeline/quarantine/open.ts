import type { Manifest, Quarantine } from '@snapkeep/sdk';
import { confineEngine, type Engine, openEngine } from '../../engine/engine.ts';
import { type DatasetLayout, privateDirectory } from '../../store/layout.ts';
import { verifyFiles } from '../../store/verify.ts';
import type { Runtime } from '../runtime.ts';
import { sensitiveNow } from '../schema/present.ts';
import { manifestOf } from '../version/manifests.ts';
import { ensureBytes } from '../version/restore.ts';
import { openVersions, selectVersion } from '../version/select.ts';

/** One version's quarantine, its bytes verified. */
export interface OpenQuarantine {
  readonly layout: DatasetLayout;
  readonly version: number;
  readonly manifest: Manifest;
  /** `null` where the version keeps no rows. */
  readonly quarantine: Quarantine | null;
  /** Absolute. */
  readonly files: readonly string[];
  /** Columns whose values nobody may see, by the schema of then or by the present one. */
  readonly sensitive: ReadonlySet<string>;
}

/** @param selector - absent: the newest version @throws SNAPKEEP_VERSION_UNKNOWN, SNAPKEEP_INTEGRITY */
export async function openQuarantine(runtime: Runtime, name: string, selector = 'latest'): Promise<OpenQuarantine> {
  const dataset = await openVersions(runtime, name);
  const { layout } = dataset;
  const line = await selectVersion(runtime, dataset, selector);
  const manifest = await manifestOf(runtime, layout, line);
  const { quarantine, plan } = manifest;
  const then = plan.sensitive ?? [];
  const names = plan.columns.map((column) => column.name);
  const sensitive = new Set([...then, ...(await sensitiveNow(runtime, layout.dataset, names))]);
  const directory = layout.absolute(layout.snapshot(manifest.snapshot));
  const own = quarantine?.files ?? [];
  // Reading all of a large snapshot to look at some rows beside it would be a long wait.
  const problems = await verifyFiles(directory, own, runtime.signal);
  if (problems.length > 0) await ensureBytes(runtime, layout, manifest);
  const files = own.map(({ path }) => `${directory}/${path}`);
  return { layout, version: line.version, manifest, quarantine, files, sensitive };
}

/** A DuckDB that reads the project's snapshots and nothing else. */
export async function quarantineEngine(runtime: Runtime): Promise<Engine> {
  const spill = `${privateDirectory(runtime.root)}/spill`;
  const engine = await openEngine({ spillDirectory: spill });
  await confineEngine(engine, [`${runtime.root}/${runtime.config.dataDirectory}`, spill]);
  return engine;
}
