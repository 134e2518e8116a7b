import { versionStoreConformance } from '@snapkeep/sdk/conformance';
import { afterEach, describe, expect, test } from 'vitest';
import { commitVersions } from '../src/commit.ts';
import { gitStore } from '../src/git-store.ts';
import capabilities from '../src/hooks/capabilities.ts';
import onCommit from '../src/hooks/version-commit.ts';
import { createProject, type GitProject, request, version } from './project.ts';

const projects: GitProject[] = [];

async function project(options = {}): Promise<GitProject> {
  const made = await createProject(options);
  projects.push(made);
  return made;
}

afterEach(async () => {
  for (const made of projects.splice(0)) await made.dispose();
});

const ref = (number: number, dataset = 'orders') => ({
  dataset,
  version: number,
  snapshot: `s${number}`,
  tag: `${dataset}/v${number}`,
  directory: `data/${dataset}/s${number}`,
});

describe('git is a version store', () => {
  const cases = versionStoreConformance({
    store: gitStore,
    ready: () => createProject(),
    broken: () => createProject({ repository: false }),
  });
  for (const { name, run } of cases) test(name, run);
});

describe('the version store git', () => {
  test('describes many versions by their tags, annotated or not', async () => {
    const p = await project();
    await p.write('a', '1');
    const first = await commitVersions(request(['a'], { versions: [version(1), version(10)] }), p.context);
    await p.git('tag', 'users/v1');
    await p.git('tag', 'orders-old/v2');
    expect(await gitStore.describe([ref(10), ref(2), ref(1), ref(1, 'users')], p.context)).toEqual([
      { commit: first.commit, tag: 'orders/v10' },
      {},
      { commit: first.commit, tag: 'orders/v1' },
      { commit: first.commit, tag: 'users/v1' },
    ]);
  });

  test('knows nothing of versions outside a repository, and says so without failing', async () => {
    const p = await project({ repository: false });
    expect(await gitStore.describe([ref(1)], p.context)).toEqual([{}]);
  });

  test('names branch and commit, also before the first commit', async () => {
    const p = await project();
    expect(await gitStore.head?.(p.context)).toEqual({ commit: null, branch: 'main' });
    await p.write('a', '1');
    const { commit } = await commitVersions(request(['a']), p.context);
    expect(await gitStore.head?.(p.context)).toEqual({ commit, branch: 'main' });
  });

  test('fix makes a repository where there is none, and leaves one that is there alone', async () => {
    const p = await project({ repository: false });
    await gitStore.fix?.(p.context);
    expect(await p.git('rev-parse', '--show-toplevel')).toBe(p.root);
    const inside = await project({ folder: 'sub' });
    await gitStore.fix?.(inside.context);
    expect(await inside.git('rev-parse', '--show-prefix')).toBe('sub/');
  });

  test('says what a bare repository lacks', async () => {
    const p = await project({ repository: false });
    await p.git('init', '--quiet', '--bare', '.');
    await expect(gitStore.preflight(p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_GIT_NO_REPOSITORY' });
  });

  test('acts on version:commit only where the configuration switched it on', async () => {
    const p = await project();
    await p.write('a', '1');
    const event = { ...request(['a']), context: p.context };
    expect(await onCommit({ ...event, stores: ['dvc'] })).toBeUndefined();
    expect(await onCommit({ ...event, stores: ['dvc', 'git'] })).toMatchObject({ tags: [] });
    const [registration] = (await capabilities({ context: p.context, stores: [] })) ?? [];
    expect(registration).toMatchObject({ kind: 'versionStore', name: 'git' });
    expect(await registration?.open()).toBe(gitStore);
  });
});
