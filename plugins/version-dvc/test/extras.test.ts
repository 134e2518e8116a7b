import { once } from 'node:events';
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../../test/support/postgres-server.ts';
import { objectPath } from '../src/dvc-cache.ts';
import { dvcStore } from '../src/dvc-store.ts';
import { installDvc } from '../src/install/install-dvc.ts';
import { md5Of } from '../src/objects/hash.ts';
import { pushSnapshots } from '../src/remote/push.ts';
import { trackSnapshot } from '../src/track.ts';
import { createProject, type DvcProject } from './project.ts';

let p: DvcProject | undefined;
afterEach(() => p?.dispose());

/** Knows one user with a password, and gives them this machine's files. */
const SERVER = `
import asyncio, asyncssh, sys

class Server(asyncssh.SSHServer):
    def begin_auth(self, username): return True
    def password_auth_supported(self): return True
    def validate_password(self, username, password): return (username, password) == ("ada", "open sesame")

async def main():
    key = asyncssh.generate_private_key("ssh-ed25519")
    await asyncssh.create_server(Server, "127.0.0.1", int(sys.argv[1]), server_host_keys=[key], sftp_factory=True)
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
`;

test('doctor --fix installs what a remote over SSH needs, pinned; a push then goes to a real server, or is refused', {
  timeout: 300_000,
}, async () => {
  p = await createProject({ settings: {} });
  await installDvc(p.context);
  const port = await freePort();
  const config = (password: string) =>
    `[core]\n    remote = far\n['remote "far"']\n    url = ssh://ada@127.0.0.1:${port}${p?.root}/far\n    password = ${password}\n`;
  await p.write('.dvc/config.local', config('open sesame'));
  const lacking = {
    name: 'dvc remote far',
    ok: false,
    message: 'dvc-ssh is not installed',
    code: 'SNAPKEEP_DVC_MISSING',
  };
  expect(await dvcStore.check(p.context)).toContainEqual(expect.objectContaining(lacking));
  await dvcStore.fix?.(p.context);
  expect((await dvcStore.check(p.context)).filter(({ ok }) => !ok)).toEqual([]);

  const python = join(await realpath(p.root), '.venv', 'bin', 'python');
  const server = execa(python, ['-c', SERVER, `${port}`], { reject: false, buffer: false });
  try {
    await once(server.stdout, 'data');
    const snapshot = await p.snapshot('s1', { 'orders.parquet': 'PAR1 bytes PAR1' });
    await trackSnapshot(snapshot, p.context);
    await p.write('.dvc/config.local', config('wrong'));
    await expect(pushSnapshots([snapshot], undefined, p.context)).rejects.toMatchObject({
      code: 'SNAPKEEP_REMOTE_FAILED',
      message: expect.stringMatching(/^The remote far refuses: /),
    });
    await p.write('.dvc/config.local', config('open sesame'));
    expect((await pushSnapshots([snapshot], undefined, p.context)).snapshots).toMatchObject([{ moved: 2 }]);
    const there = objectPath(join(p.root, 'far', 'files', 'md5'), md5Of('PAR1 bytes PAR1'));
    expect(await readFile(there, 'utf8')).toBe('PAR1 bytes PAR1');
  } finally {
    server.kill('SIGKILL');
    await server;
  }
});
