import { type ColumnPlan, type Manifest, quoteIdentifier, type SnapshotFile } from '@snapkeep/sdk';
import { readParquet } from '../../../engine/engine.ts';
import type { Runtime } from '../../runtime.ts';
import { manifestOf } from '../manifests.ts';
import { ensureBytes } from '../restore.ts';
import { selectVersion, type VersionedDataset } from '../select.ts';

/** One of the two versions. */
export interface Side {
  readonly version: number;
  readonly manifest: Manifest;
  readonly columns: readonly ColumnPlan[];
}

/** A side as SQL reads it: the rows that may differ. */
export interface Relation {
  /** What stands behind FROM, named `s`. */
  readonly source: string;
  /** Absolute paths; empty where nothing is read. */
  readonly files: readonly string[];
  readonly rows: number;
  /** Files whose bytes the other side has too, so that their rows are equal; in both in the same order. */
  readonly equal: Pick<Relation, 'source' | 'files' | 'rows'>;
}

export async function openSide(runtime: Runtime, dataset: VersionedDataset, selector: string): Promise<Side> {
  const line = await selectVersion(runtime, dataset, selector);
  const manifest = await manifestOf(runtime, dataset.layout, line);
  return { version: line.version, manifest, columns: manifest.plan.columns };
}

/**
 * Both sides' rows, every byte verified. Files of the same SHA-256 hold the same rows: those need not be compared, nor be
 * there. @param readsEqual - whether they are asked for something all the same
 * @throws SNAPKEEP_INTEGRITY
 */
export async function readSides(
  runtime: Runtime,
  { layout }: VersionedDataset,
  sides: readonly [Side, Side],
  readsEqual: boolean,
): Promise<readonly [Relation, Relation]> {
  const [from, to] = sides;
  const inBoth = equalFiles(from.manifest, to.manifest);
  const read = async (side: Side): Promise<Relation> => {
    const { manifest } = side;
    const differing = manifest.files.filter(({ sha256 }) => !inBoth.has(sha256));
    await ensureBytes(runtime, layout, readsEqual ? manifest : { ...manifest, files: differing });
    const directory = layout.absolute(layout.snapshot(manifest.snapshot));
    const relation = (files: readonly SnapshotFile[]) => relationOf(side, directory, files);
    return { ...relation(differing), equal: relation(manifest.files.filter(({ sha256 }) => inBoth.has(sha256))) };
  };
  return [await read(from), await read(to)];
}

/** SHA-256 of the files that both have, each once: a file that one of them had twice would count twice. */
function equalFiles(from: Manifest, to: Manifest): ReadonlySet<string> {
  const once = ({ files }: Manifest) => {
    const all = files.map(({ sha256 }) => sha256);
    return new Set(all.filter((sha256, index) => all.indexOf(sha256) === index && all.lastIndexOf(sha256) === index));
  };
  const there = once(to);
  return new Set([...once(from)].filter((sha256) => there.has(sha256)));
}

function relationOf(side: Side, directory: string, files: readonly SnapshotFile[]): Relation['equal'] {
  if (files.length === 0) return emptySide(side);
  const paths = files.map(({ path }) => `${directory}/${path}`);
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return { source: `${readParquet(paths)} AS s`, files: paths, rows };
}

/** The side's columns without a row: what there is to read where two versions hold the same. */
export function emptySide({ columns }: Side): Relation {
  const values = columns.map(({ name, fileType }) => `NULL::${fileType} AS ${quoteIdentifier(name)}`);
  const nothing = { source: `(SELECT ${values.join(', ')} WHERE false) AS s`, files: [], rows: 0 };
  return { ...nothing, equal: nothing };
}

/** A column of {@link Relation.source}, never taken for a name of ours. */
export function sideColumn(name: string): string {
  return `s.${quoteIdentifier(name)}`;
}
