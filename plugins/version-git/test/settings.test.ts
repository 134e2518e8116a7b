import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { commitVersions } from '../src/commit.ts';
import { preflight } from '../src/findings.ts';
import { gitStore } from '../src/git-store.ts';
import { createProject, type GitProject, request, state, version } from './project.ts';

const projects: GitProject[] = [];

async function project(settings: Readonly<Record<string, unknown>>): Promise<GitProject> {
  const made = await createProject({ settings });
  projects.push(made);
  await made.write('a.json', '{}');
  return made;
}

afterEach(async () => {
  for (const made of projects.splice(0)) await made.dispose();
});

const wanted = request(['a.json'], { message: 'orders v1: 3 rows\n\nSnapshot: abc', versions: [version(1)] });

test('the first line of a version’s commit is made by the template; commits of files alone keep theirs', async () => {
  const message = 'data({dataset}): v{version}, {kind} of {rows} rows, {bytes} B, {snapshot}: {message}';
  const p = await project({ message });
  await commitVersions(wanted, p.context);
  expect(await p.git('log', '-1', '--format=%B')).toBe(
    'data(orders): v1, export of 1,234 rows, 5678 B, 20261122T020000123Z-3fa9c1d2e4b5: orders v1: 3 rows\n\nSnapshot: abc\nSnapshot-Tx: tx-1\n',
  );
  await p.write('b.json', '{}');
  await commitVersions(request(['b.json']), p.context);
  expect(await p.git('log', '-1', '--format=%s')).toBe('chore: files');
});

test('a sign-off is the committer’s, once, also where a hook rewrites the message', async () => {
  const p = await project({ signOff: true });
  await p.hook('commit-msg', 'echo "rewritten" > "$1"');
  await commitVersions(wanted, p.context);
  expect(await p.git('log', '-1', '--format=%B')).toBe(
    'rewritten\n\nSnapshot-Tx: tx-1\nSigned-off-by: Ada <ada@example.org>\n',
  );
});

test('commits are signed with the key that is named, or git’s own; without a key nothing changes', async () => {
  const p = await project({ sign: true });
  const key = join(p.root, '.git', 'key');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ada@example.org', '-f', key]);
  const publicKey = (await execa('ssh-keygen', ['-y', '-f', key])).stdout;
  await p.write('.git/allowed', `ada@example.org ${publicKey}\n`);
  await p.git('config', 'gpg.format', 'ssh');
  await p.git('config', 'gpg.ssh.allowedSignersFile', join(p.root, '.git/allowed'));

  const before = await state(p);
  await p.git('config', 'user.signingKey', join(p.root, '.git/no-such-key'));
  await expect(commitVersions(wanted, p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_GIT_FAILED' });
  expect(await state(p)).toBe(before);

  await p.git('config', 'user.signingKey', key);
  const { commit } = await commitVersions(wanted, p.context);
  expect(await p.git('log', '-1', '--format=%G? %GS', commit)).toBe('G ada@example.org');

  await p.git('config', '--unset', 'user.signingKey');
  await p.write('b.json', '{}');
  const named = await commitVersions(request(['b.json']), { ...p.context, settings: { sign: key } });
  expect(await p.git('log', '-1', '--format=%G?', named.commit)).toBe('G');
  await p.git('config', 'commit.gpgSign', 'true');
  await p.write('c.json', '{}');
  const unsigned = await commitVersions(request(['c.json']), { ...p.context, settings: { sign: false } });
  expect(await p.git('log', '-1', '--format=%G?', unsigned.commit)).toBe('N');
});

test('on another branch than the one that is set nothing is recorded', async () => {
  const p = await project({ branch: 'main' });
  await commitVersions(wanted, p.context);
  await p.git('switch', '--quiet', '--create', 'trial');
  const before = await state(p);
  await expect(preflight(p.context)).rejects.toMatchObject({
    code: 'SNAPKEEP_GIT_STATE',
    message: 'HEAD is on trial; versions are recorded on main only.',
    hint: expect.stringContaining('git switch main'),
  });
  expect(await state(p)).toBe(before);
});

test('with commit: false there is no base, nothing to check and nothing to complain about', async () => {
  const p = await project({ commit: false });
  expect(await gitStore.head?.(p.context)).toBeNull();
  expect(await gitStore.check(p.context)).toMatchObject([
    { ok: true, message: expect.stringContaining('commits nothing') },
  ]);
  await p.git('checkout', '--quiet', '--orphan', 'other');
  await expect(preflight(p.context)).resolves.toBeUndefined();
});

test.each([
  [{ comit: false }, 'plugins.git.comit is unknown'],
  [{ commit: 'no' }, 'plugins.git.commit must be true or false'],
  [{ branch: 7 }, 'plugins.git.branch must be a text'],
  [{ sign: 7 }, 'plugins.git.sign must be true, false or the name of a key'],
  [{ message: '{dataset} {row}' }, 'plugins.git.message holds {row}'],
  [{ message: '{dataset' }, 'plugins.git.message holds {dataset'],
  [{ message: '  ' }, 'plugins.git.message is empty'],
])('%j is refused', async (settings, message) => {
  const p = await project(settings);
  await expect(preflight(p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_CONFIG_INVALID', message });
});
