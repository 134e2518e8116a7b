import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dataOf, ROOT, snapkeep, VERSIONING_ENV } from '../support/cli.ts';
import type { Alternative, Job, OpenedAlternative, Place, Written } from './alternative.ts';

interface Exported {
  readonly path: string;
  readonly files: readonly { readonly path: string }[];
  readonly phases: Readonly<Record<string, number>>;
}

interface Way {
  /** Laid over the dataset's configuration. */
  readonly dataset?: Readonly<Record<string, unknown>>;
  readonly args: readonly string[];
  /** A repository with DVC, where every export is a version. */
  readonly versioned?: boolean;
}

/** A project of this way alone with one dataset, the table that is asked for. */
async function createProject(place: Place, cwd: string, { schema, table }: Job, way: Way): Promise<void> {
  await mkdir(cwd, { recursive: true });
  if (place.schema) await copyFile(place.schema, path.join(cwd, 'rows.schema.json'));
  const config = {
    ...(way.versioned ? {} : { capabilities: { versionStore: [] } }),
    datasets: {
      bench: {
        table: `${schema}.${table}`,
        ...(place.schema ? { schema: 'rows.schema.json' } : {}),
        ...way.dataset,
      },
    },
  };
  if (way.versioned) await snapkeep(place.url, cwd, ['init', '--yes'], { env: VERSIONING_ENV });
  await rm(path.join(cwd, 'snapkeep.config.yaml'), { force: true });
  await writeFile(path.join(cwd, 'snapkeep.config.json'), JSON.stringify(config));
}

function open(id: string, way: Way): (place: Place) => Promise<OpenedAlternative> {
  return async (place) => {
    if (way.dataset?.sort && !(await knowsSort())) throw new Error('this version always sorts by the key');
    const { version } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const made = new Set<string>();
    const run = async (job: Job): Promise<Written> => {
      const cwd = path.join(place.folder, `snapkeep-${id}`, job.table);
      if (!made.has(cwd)) await createProject(place, cwd, job, way);
      made.add(cwd);
      const narrowed = job.id === undefined ? [] : ['--where', `id=${job.id}`];
      const env = way.versioned ? VERSIONING_ENV : {};
      const args = ['export', 'bench', '--json', ...way.args, ...narrowed];
      const { stdout, ...cost } = await snapkeep(place.url, cwd, args, { stdout: 'text', env });
      const { path: folder, files, phases } = dataOf<Exported>(stdout);
      const seconds = Object.entries(phases).map(([phase, ms]) => [phase, ms / 1000] as const);
      return {
        ...cost,
        files: files.map((file) => path.resolve(cwd, folder, file.path)),
        phases: Object.fromEntries(seconds),
      };
    };
    const validates = place.schema ? 'JSON Schema, every row' : 'by the catalog';
    return { versions: { snapkeep: version }, validates, export: run };
  };
}

async function knowsSort(): Promise<boolean> {
  return (await readFile(path.join(ROOT, 'schemas/config.schema.json'), 'utf8')).includes('"sort": {');
}

const DOCS = '../../docs/commands.md#snapkeep-export';

export const SNAPKEEP: readonly Alternative[] = [
  {
    id: 'snapkeep-unsorted',
    name: 'snapkeep, unsorted',
    how: 'snapkeep export TABLE --no-version, with `sort: none`',
    docs: DOCS,
    open: open('unsorted', { args: ['--no-version'], dataset: { sort: 'none' } }),
  },
  {
    id: 'snapkeep',
    name: 'snapkeep',
    how: 'snapkeep export TABLE --no-version',
    docs: DOCS,
    note: 'Sorted by key, with statistics, content hash and SHA-256.',
    open: open('auto', { args: ['--no-version'] }),
  },
  {
    id: 'snapkeep-row',
    name: 'snapkeep, row lane',
    how: 'snapkeep export TABLE --no-version --lane row',
    docs: DOCS,
    note: 'Sorted by key, with statistics, content hash and SHA-256.',
    open: open('row', { args: ['--no-version', '--lane', 'row'] }),
  },
  {
    id: 'snapkeep-version',
    name: 'snapkeep, with a version',
    how: 'snapkeep export TABLE',
    docs: DOCS,
    note: 'As above, and recorded in git and DVC.',
    versions: 'git and DVC',
    open: open('version', { args: ['--force'], versioned: true }),
  },
];
