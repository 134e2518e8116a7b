import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CommitPath, EventPayloads } from '@snapkeep/sdk';
import { createTestContext, type TestContext } from '@snapkeep/sdk/conformance';
import { execa } from 'execa';

/** The machine's own git settings must not decide a test; an editor and a pager must not disturb. */
const ENV = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  EDITOR: 'vi',
  PAGER: 'less',
  GIT_SSH_COMMAND: 'ssh -x',
};

export interface GitProject {
  readonly root: string;
  readonly context: TestContext;
  /** Runs git in the project and gives its output, trimmed at the end. */
  git(...args: string[]): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** A hook of the repository, as a shell script. */
  hook(name: string, script: string): Promise<void>;
  dispose(): Promise<void>;
}

export interface ProjectOptions {
  /** Folder of the project inside the repository. */
  readonly folder?: string;
  readonly identity?: boolean;
  readonly repository?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** The block `plugins.git` of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
}

export async function createProject(options: ProjectOptions = {}): Promise<GitProject> {
  const top = await realpath(await mkdtemp(join(tmpdir(), 'snapkeep-git-')));
  const root = join(top, options.folder ?? '');
  await mkdir(root, { recursive: true });
  const git = async (...args: string[]): Promise<string> => (await execa('git', args, { cwd: root, env: ENV })).stdout;
  if (options.repository !== false) {
    await git('-c', 'init.defaultBranch=main', 'init', '--quiet', top);
    await git('config', 'user.useConfigOnly', 'true');
    if (options.identity !== false) {
      await git('config', 'user.name', 'Ada');
      await git('config', 'user.email', 'ada@example.org');
    }
  }
  return {
    root,
    context: createTestContext({
      root,
      env: { ...ENV, ...options.env },
      settings: options.settings ?? {},
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }),
    git,
    write: async (path, text) => {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    },
    hook: async (name, script) => {
      const path = join(top, '.git', 'hooks', name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
    },
    dispose: () => rm(top, { recursive: true, force: true }),
  };
}

/** A request for `version:commit` of files that are in the work tree. */
export function request(
  files: readonly string[],
  more: Partial<EventPayloads['version:commit']> = {},
): EventPayloads['version:commit'] {
  const paths: CommitPath[] = files.map((path) => ({ kind: 'file', path }));
  return { transaction: 'tx-1', message: 'chore: files', versions: [], paths, ...more };
}

export function version(number: number, dataset = 'orders'): EventPayloads['version:commit']['versions'][number] {
  const message = `${dataset} v${number}: 3 rows`;
  const facts = { snapshot: '20261122T020000123Z-3fa9c1d2e4b5', kind: 'export', rows: 1234, bytes: 5678 };
  return { dataset, version: number, tag: `${dataset}/v${number}`, message, ...facts };
}

/** What must be the same before and after a commit that failed. */
export async function state(project: GitProject): Promise<string> {
  const parts = await Promise.all([
    project.git('rev-parse', '--verify', '--quiet', 'HEAD').catch(() => 'unborn'),
    project.git('ls-files', '--stage'),
    project.git('for-each-ref'),
    project.git('status', '--porcelain'),
  ]);
  return parts.join('\n---\n');
}

export async function swapLink(project: GitProject, path: string, target: string): Promise<void> {
  await rm(join(project.root, path), { force: true });
  await symlink(target, join(project.root, path));
}
