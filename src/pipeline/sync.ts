import { isAbsolute, resolve } from 'node:path';
import { type Manifest, SnapkeepError, type SyncMode, type SyncRequest, type SyncResult } from '@snapkeep/sdk';
import { requireLatest } from '../store/latest.ts';
import { type DatasetLayout, SNAPSHOT_ID } from '../store/layout.ts';
import { readManifest } from '../store/manifest-file.ts';
import { readVersions } from '../store/versions-file.ts';
import { emitAfter } from './after.ts';
import type { SyncConfig } from './config.ts';
import { layoutOf } from './dataset.ts';
import type { Runtime } from './runtime.ts';
import { manifestOf } from './version/manifests.ts';
import { ensureBytes } from './version/restore.ts';
import { openVersions, selectVersion } from './version/select.ts';

export interface SyncInput {
  readonly name: string;
  /** A selector; absent: the newest version, which a view then follows. */
  readonly at?: string | undefined;
  readonly to?: string | undefined;
  readonly mode?: SyncMode | undefined;
  readonly schema?: string | undefined;
}

export interface SyncOutcome {
  readonly dataset: string;
  readonly version: number | null;
  readonly snapshot: string;
  readonly rows: number;
  readonly targets: readonly (SyncResult & { readonly target: string })[];
}

export const DEFAULT_SYNC = { target: 'duckdb', to: 'analytics.duckdb' } as const satisfies SyncConfig;
/** `analytics` would clash with the name of the database file's own catalog. */
const DEFAULT_SCHEMA = 'research';

function entriesOf(runtime: Runtime, input: SyncInput): readonly SyncConfig[] {
  const configured = runtime.config.datasets[input.name]?.sync ?? [DEFAULT_SYNC];
  const flags = {
    ...(input.to === undefined ? {} : { to: input.to }),
    ...(input.mode === undefined ? {} : { mode: input.mode }),
    ...(input.schema === undefined ? {} : { schema: input.schema }),
  };
  if (input.to !== undefined && configured.length > 1) {
    throw new SnapkeepError(
      'SNAPKEEP_USAGE',
      `${input.name} has ${configured.length} sync targets: --to can't mean all of them`,
    );
  }
  return configured.map((entry) => ({ ...entry, ...flags }));
}

interface Chosen {
  readonly layout: DatasetLayout;
  readonly dataset: string;
  readonly version: number | null;
  readonly manifest: Manifest;
  readonly directory: string;
  readonly followLatest: boolean;
}

async function choose(runtime: Runtime, { name, at }: SyncInput): Promise<Chosen> {
  if (at !== undefined && SNAPSHOT_ID.test(at)) {
    // A snapshot may be no version at all (--no-version).
    const layout = layoutOf(runtime, name);
    const line = (await readVersions(layout)).findLast(({ snapshot }) => snapshot === at);
    const manifest = line ? await manifestOf(runtime, layout, line) : await readManifest(layout, at);
    const directory = layout.absolute(layout.snapshot(at));
    return { layout, dataset: layout.dataset, version: null, manifest, directory, followLatest: false };
  }
  const dataset = await openVersions(runtime, name);
  const { layout } = dataset;
  const line = at === undefined ? dataset.current : await selectVersion(runtime, dataset, at);
  const manifest = await manifestOf(runtime, layout, line);
  const directory = layout.absolute(at === undefined ? layout.latest : layout.snapshot(line.snapshot));
  const followLatest = at === undefined;
  return { layout, dataset: layout.dataset, version: line.version, manifest, directory, followLatest };
}

function requestFor(runtime: Runtime, chosen: Chosen, entry: SyncConfig): SyncRequest {
  const { manifest, directory } = chosen;
  return {
    dataset: chosen.dataset,
    version: chosen.version,
    snapshot: manifest.snapshot,
    followLatest: chosen.followLatest,
    files: manifest.files.map(({ path }) => resolve(directory, path)),
    columns: manifest.plan.columns,
    rows: manifest.rows,
    to: isAbsolute(entry.to) ? entry.to : resolve(runtime.root, entry.to),
    mode: entry.mode ?? 'view',
    schema: entry.schema ?? DEFAULT_SCHEMA,
    name: entry.name ?? chosen.dataset,
    indexes: entry.indexes ?? [],
  };
}

/** Loads a version into every sync target of the dataset. Its bytes are verified first. */
export async function syncDataset(runtime: Runtime, input: SyncInput): Promise<SyncOutcome> {
  const chosen = await choose(runtime, input);
  await ensureBytes(runtime, chosen.layout, chosen.manifest);
  if (chosen.followLatest) await requireLatest(chosen.layout, chosen.manifest.snapshot);
  const targets: (SyncResult & { target: string })[] = [];
  for (const entry of entriesOf(runtime, { ...input, name: chosen.dataset })) {
    const { dataset } = chosen;
    await runtime.emit('sync:before', { dataset, target: entry.target });
    const target = await runtime.capability('syncTarget', entry.target);
    const result = await target.sync(requestFor(runtime, chosen, entry), runtime.context(entry.target));
    if (result.rows !== chosen.manifest.rows) {
      throw new SnapkeepError(
        'SNAPKEEP_SYNC_MISMATCH',
        `${result.relation} shows ${result.rows} rows, the snapshot has ${chosen.manifest.rows}`,
      );
    }
    targets.push({ target: entry.target, ...result });
    await emitAfter(runtime, 'sync:after', { dataset, target: entry.target, rows: result.rows });
  }
  const { dataset, version, manifest } = chosen;
  return { dataset, version, snapshot: manifest.snapshot, rows: manifest.rows, targets };
}
