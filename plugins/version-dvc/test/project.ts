import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SnapshotRef } from '@snapkeep/sdk';
import { createTestContext, type TestContext } from '@snapkeep/sdk/conformance';
import { execa } from 'execa';
import { inject } from 'vitest';
import { dvcStore, SNAPSHOTS_IGNORED } from '../src/dvc-store.ts';

export interface DvcProject {
  readonly root: string;
  readonly context: TestContext;
  sh(script: string): Promise<string>;
  /** The same DVC that the plugin uses, as a colleague would call it. */
  dvc(...args: string[]): Promise<string>;
  write(path: string, bytes: string | Uint8Array): Promise<void>;
  /** A published snapshot of the dataset `orders`, with these files; its id ends in `name`. */
  snapshot(name: string, files: Readonly<Record<string, string>>): Promise<SnapshotRef>;
  dispose(): Promise<void>;
}

export interface ProjectOptions {
  /** `false`: neither git nor DVC is set up. */
  readonly ready?: boolean;
  /** Content of `.gitignore`. */
  readonly ignore?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly folder?: string;
}

export async function createProject(options: ProjectOptions = {}): Promise<DvcProject> {
  const top = await realpath(await mkdtemp(join(tmpdir(), 'snapkeep-dvc-')));
  await mkdir(join(top, 'project', options.folder ?? ''), { recursive: true });
  const project = projectAt(top, options);
  if (options.ready === false) return project;
  await execa('git', ['init', '--quiet', '--initial-branch=main', join(top, 'project')]);
  await project.sh('git config user.name Ada; git config user.email ada@example.org');
  await project.write('.gitignore', options.ignore ?? `/.snapkeep/\n/.venv/\n${SNAPSHOTS_IGNORED}\n`);
  await dvcStore.fix?.(project.context);
  return project;
}

/** The same project again in a folder of its own, with its {@link remoteOf}: DVC takes seconds to make them. */
export async function copyProject(project: DvcProject, env: ProjectOptions['env'] = {}): Promise<DvcProject> {
  const top = await realpath(await mkdtemp(join(tmpdir(), 'snapkeep-dvc-')));
  await execa('cp', ['-a', `${join(project.root, '..')}/.`, top]);
  return projectAt(top, { env });
}

/** A folder beside the project that {@link addRemote} makes its default remote. */
export function remoteOf(project: DvcProject): string {
  return join(project.root, '..', 'remote');
}

/** In the local configuration, so that git has nothing to say; relative, so that a copy of the project has its own. */
export async function addRemote(project: DvcProject): Promise<void> {
  await project.write('.dvc/config.local', `[core]\n    remote = store\n['remote "store"']\n    url = ../../remote\n`);
}

function projectAt(top: string, options: ProjectOptions): DvcProject {
  const root = join(top, 'project', options.folder ?? '');
  const command = inject('dvcCommand');
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', DVC_NO_ANALYTICS: '1', ...options.env };
  const context = createTestContext({ root, env, settings: options.settings ?? { command } });
  const sh = async (script: string): Promise<string> =>
    (await execa('sh', ['-c', script], { cwd: root, env, extendEnv: false })).stdout;
  const write = async (path: string, bytes: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  };
  return {
    root,
    context,
    sh,
    dvc: async (...args) => (await execa(command, args, { cwd: root, env, extendEnv: false })).stdout,
    write,
    snapshot: async (name, files) => {
      const snapshot = `20251027T100000000Z-${name}`;
      const directory = `data/orders/${snapshot}`;
      for (const [path, text] of Object.entries(files)) await write(`${directory}/${path}`, text);
      const listed = Object.entries(files).map(([path, text]) => ({
        path,
        bytes: Buffer.byteLength(text),
        rows: 1,
        sha256: createHash('sha256').update(text).digest('hex'),
      }));
      return { dataset: 'orders', snapshot, directory, files: listed };
    },
    dispose: () => rm(top, { recursive: true, force: true }),
  };
}

/** Of every file, what it holds. @param folder - absolute; absent: the snapshot's in the work tree */
export async function contents(
  project: DvcProject,
  snapshot: SnapshotRef,
  folder = join(project.root, snapshot.directory),
): Promise<Record<string, string>> {
  const pairs = snapshot.files.map(async ({ path }) => [
    path,
    await readFile(join(folder, path), 'utf8').catch(() => 'missing'),
  ]);
  return Object.fromEntries(await Promise.all(pairs));
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Puts other bytes in an object's or a file's place, as a broken disk would: other names of the old bytes keep them. */
export async function replaceFile(path: string, bytes: string | Uint8Array): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, bytes, { mode: 0o444 });
}

/** The bytes with one bit changed. */
export function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}
