import { randomBytes } from 'node:crypto';
import { access, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CommitPath, SnapkeepError } from '@snapkeep/sdk';
import { writeDurably } from '../../store/durable.ts';
import { DATASET_NAME, datasetNameOf, privateDirectory } from '../../store/layout.ts';
import { requireWritable } from '../../store/private-directory.ts';
import type { Runtime } from '../runtime.ts';
import { exampleConfig, ignoreLines, starterConfig } from './files.ts';

export const EXAMPLES = ['behavioral-events'] as const;
export type Example = (typeof EXAMPLES)[number];

export interface InitInput {
  readonly url?: string | undefined;
  /** The first dataset's table. */
  readonly table?: string | undefined;
  readonly example?: Example | undefined;
  /** Names of the version stores that the project will use. */
  readonly versionStore: readonly string[];
  /** Settings of plugins, by the name of a capability, that the configuration is to hold. */
  readonly plugins: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Where snapkeep itself lies: the examples' schemas are there. */
  readonly packageRoot: string;
}

export interface InitResult {
  readonly root: string;
  /** Written or changed by this run, relative to the project. */
  readonly files: readonly string[];
  /** `null` where nothing had to be committed. */
  readonly commit: string | null;
}

const CONFIG_FILE = 'snapkeep.config.yaml';
const CONFIG_FILES = [CONFIG_FILE, 'snapkeep.config.yml', 'snapkeep.config.json', 'snapkeep.config.ts'];
const EXAMPLE_SCHEMA = 'schemas/behavioral-event.schema.json';

function hasPassword(url: string): boolean {
  return URL.canParse(url) && new URL(url).password !== '';
}

async function contentOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function configText({ url, table, example, versionStore, plugins }: InitInput): string {
  if (url !== undefined && hasPassword(url)) {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'the URL holds a password, and the configuration goes into git', {
      hint: 'Leave it out of the URL and set PGPASSWORD or ~/.pgpass; or run init without --url and set DATABASE_URL.',
    });
  }
  if (example !== undefined) return exampleConfig({ url, versionStore, plugins });
  const dataset = table === undefined ? undefined : datasetNameOf(table.slice(table.lastIndexOf('.') + 1));
  if (dataset !== undefined && !DATASET_NAME.test(dataset)) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `no dataset's name can be made of the table ${JSON.stringify(table)}`);
  }
  return starterConfig({ url, table, dataset, versionStore, plugins });
}

/** Writes a file that isn't there yet; one that is there is the user's. */
async function writeMissing(root: string, path: string, text: string): Promise<boolean> {
  const absolute = join(root, path);
  if (await exists(absolute)) return false;
  await mkdir(dirname(absolute), { recursive: true });
  await writeDurably(absolute, text);
  return true;
}

/** Adds the lines that `.gitignore` lacks; what else stands there stays. */
async function writeIgnore(root: string, lines: readonly string[]): Promise<boolean> {
  const path = join(root, '.gitignore');
  const before = (await contentOf(path)) ?? '';
  const present = new Set(before.split('\n').map((line) => line.trim()));
  const missing = lines.filter((line) => !present.has(line));
  if (missing.every((line) => line.startsWith('#'))) return false;
  const gap = before === '' || before.endsWith('\n') ? before : `${before}\n`;
  await writeDurably(path, `${gap}${missing.join('\n')}\n`);
  return true;
}

/**
 * Makes the folder a project: version stores (git, DVC in its own virtual environment), configuration,
 * `.gitignore`, and one commit of exactly these files. Run again it adds what is missing.
 */
export async function initProject(runtime: Runtime, input: InitInput): Promise<InitResult> {
  const { root } = runtime;
  // git and DVC would say so each in its own way, halfway through.
  await requireWritable(root);
  const present = (await Promise.all(CONFIG_FILES.map((name) => exists(join(root, name))))).includes(true);
  const config = present ? null : configText(input);
  const stores = await Promise.all(
    input.versionStore.map(async (name) => ({ name, store: await runtime.capability('versionStore', name) })),
  );
  // The last named records what the others track, so it comes first: DVC wants a git repository around it.
  for (const { name, store } of stores.toReversed()) {
    const context = { ...runtime.context(name), settings: input.plugins[name] ?? {} };
    await store.fix?.(context);
    await store.preflight(context);
  }
  await mkdir(privateDirectory(root), { recursive: true, mode: 0o700 });
  const written: string[] = [];
  const ignored = ignoreLines(
    runtime.config.dataDirectory,
    stores.flatMap(({ store }) => store.ignored ?? []),
    input.example !== undefined,
  );
  if (await writeIgnore(root, ignored)) written.push('.gitignore');
  if (config !== null && (await writeMissing(root, CONFIG_FILE, config))) written.push(CONFIG_FILE);
  if (input.example !== undefined) {
    const schema = await readFile(join(input.packageRoot, EXAMPLE_SCHEMA), 'utf8');
    if (await writeMissing(root, EXAMPLE_SCHEMA, schema)) written.push(EXAMPLE_SCHEMA);
  }
  const ofStores = stores.flatMap(({ store }) => store.projectFiles ?? []);
  const files = [...written];
  for (const path of ofStores) if (await exists(join(root, path))) files.push(path);
  return { root, files, commit: await commit(runtime, files) };
}

async function commit(runtime: Runtime, files: readonly string[]): Promise<string | null> {
  if (files.length === 0) return null;
  const answers = await runtime.emit('version:commit', {
    transaction: `init-${randomBytes(6).toString('hex')}`,
    message: 'snapkeep init\n\nConfiguration and housekeeping of the snapshots that will follow.',
    paths: files.map((path): CommitPath => ({ kind: 'file', path })),
    versions: [],
  });
  return answers[0]?.result.commit ?? null;
}
