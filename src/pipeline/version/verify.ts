import { readLinkTarget } from '../../store/durable.ts';
import { type FileProblem, verifyFiles } from '../../store/verify.ts';
import type { Runtime } from '../runtime.ts';
import { manifestsOf } from './manifests.ts';
import { openVersions, selectVersion } from './select.ts';

export interface VerifiedVersion {
  readonly version: number;
  readonly snapshot: string;
  readonly files: number;
  readonly bytes: number;
  readonly ok: boolean;
  readonly problems: readonly FileProblem[];
}

export interface VerifyResult {
  readonly dataset: string;
  readonly ok: boolean;
  /** What `latest` names and what it should name. */
  readonly latest: { readonly ok: boolean; readonly target: string | null; readonly expected: string };
  readonly versions: readonly VerifiedVersion[];
}

/** Reads every byte of a version, or of all, and compares it with its manifest. */
export async function verifyVersions(runtime: Runtime, name: string, selector?: string): Promise<VerifyResult> {
  const dataset = await openVersions(runtime, name);
  const { layout, current } = dataset;
  const lines = selector === undefined ? dataset.versions : [await selectVersion(runtime, dataset, selector)];
  const task = runtime.progress.start(`verify ${layout.dataset}`, { unit: 'files', total: lines.length });
  const manifests = await manifestsOf(runtime, layout, lines);
  const bySnapshot = new Map<string, FileProblem[]>();
  const versions: VerifiedVersion[] = [];
  try {
    for (const line of lines) {
      const manifest = manifests.get(line.snapshot);
      if (manifest === undefined) continue;
      const problems =
        bySnapshot.get(line.snapshot) ??
        (await verifyFiles(layout.absolute(layout.snapshot(line.snapshot)), manifest.files, runtime.signal));
      bySnapshot.set(line.snapshot, problems);
      versions.push({
        version: line.version,
        snapshot: line.snapshot,
        files: manifest.files.length,
        bytes: manifest.bytes,
        ok: problems.length === 0,
        problems,
      });
      task.update(versions.length);
    }
  } finally {
    task.end();
  }
  const target = await readLinkTarget(layout.absolute(layout.latest)).catch(() => null);
  const latest = { ok: target === current.snapshot, target, expected: current.snapshot };
  return { dataset: layout.dataset, ok: latest.ok && versions.every(({ ok }) => ok), latest, versions };
}
