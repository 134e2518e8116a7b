import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { startProxy } from '../../plugins/source-postgres/test/proxy.ts';
import type { Cli } from '../e2e/support/cli.ts';
import { orders } from '../e2e/support/events.ts';
import { createProject, type Project } from '../e2e/support/project.ts';
import { untilStreaming } from '../e2e/support/slow.ts';
import { certificate } from '../support/certificate.ts';
import { freePort } from '../support/postgres-server.ts';
import { startS3 } from '../support/s3/server.ts';

vi.setConfig({ testTimeout: 600_000 });

/** A user with a password that stands nowhere else, and holds what has to be escaped in an address. */
async function canaryUser(project: Project): Promise<{ user: string; password: string }> {
  const user = `ada_${randomBytes(4).toString('hex')}`;
  const password = `canary/${randomBytes(6).toString('hex')}@:%?#`;
  await project.database.run(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`);
  await project.database.run(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${user}`);
  return { user, password };
}

async function dropUser(project: Project, user: string): Promise<void> {
  await project.database.run(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
}

/** The password as it is, and as an address writes it. */
function formsOf(password: string): string[] {
  return [password, encodeURIComponent(password), password.slice(0, 19)];
}

/** Bytes of every file of project and home but those given, and what git has packed. */
async function everything(project: Project, but: readonly string[]): Promise<string> {
  const entries = await readdir(project.folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !but.includes(file));
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')));
  return [...texts, await project.git('log', '--all', '--patch', '--notes'), await project.git('for-each-ref')].join(
    '\n',
  );
}

/** Arguments of all processes, looked at until told to stop. */
function watchArguments(): { stop(): Promise<string> } {
  const seen = new Set<string>();
  let going = true;
  const watching = (async () => {
    while (going) {
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
        seen.add(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
      }
      await sleep(5);
    }
  })();
  return {
    stop: async () => {
      going = false;
      await watching;
      return [...seen].join('\n');
    },
  };
}

type Channel = 'DATABASE_URL' | 'PGPASSWORD' | '.env' | 'service file' | '.pgpass' | 'the configuration';

/** The same connection by each way that a password may come, and the file that holds it by right. */
async function through(
  channel: Channel,
  project: Project,
  login: { user: string; password: string },
  address: { host: string; port: string; database: string; parameters?: string },
): Promise<{ cli: Cli; by: string[] }> {
  const { user, password } = login;
  const { host, port, database, parameters = '' } = address;
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}${parameters}`;
  const bare = `postgres://${user}@${host}:${port}/${database}${parameters}`;
  const file = (name: string) => path.join(project.home, name);
  switch (channel) {
    case 'DATABASE_URL':
      return { cli: project.with({ DATABASE_URL: url }), by: [] };
    case 'PGPASSWORD':
      return { cli: project.with({ DATABASE_URL: bare, PGPASSWORD: password }), by: [] };
    case '.env': {
      const env = path.join(project.root, '.env');
      await writeFile(env, `PGPASSWORD='${password}'\n`);
      return { cli: project.with({ DATABASE_URL: bare }), by: [env] };
    }
    case 'service file': {
      const keywords = {
        host,
        port,
        user,
        password,
        dbname: database,
        ...Object.fromEntries(new URLSearchParams(parameters)),
      };
      const lines = Object.entries(keywords).map(([name, value]) => `${name}=${value}\n`);
      await writeFile(file('.pg_service.conf'), `[shop]\n${lines.join('')}`);
      return { cli: project.with({ DATABASE_URL: '', PGSERVICE: 'shop' }), by: [file('.pg_service.conf')] };
    }
    case '.pgpass':
      await writeFile(file('.pgpass'), `*:*:*:${user}:${password.replaceAll(/[\\:]/g, '\\$&')}\n`, { mode: 0o600 });
      return { cli: project.with({ DATABASE_URL: bare }), by: [file('.pgpass')] };
    case 'the configuration':
      return { cli: project.with({ DATABASE_URL: '', SHOP_URL: url }), by: [] };
  }
}

const CHANNELS: readonly Channel[] = [
  'DATABASE_URL',
  'PGPASSWORD',
  '.env',
  'service file',
  '.pgpass',
  'the configuration',
];

async function configure(project: Project, channel: Channel): Promise<void> {
  await project.write({
    'orders.schema.json': { properties: { order_id: { maximum: 8 } } },
    'snapkeep.config.yaml': {
      capabilities: { versionStore: ['git'] },
      ...(channel === 'the configuration' ? { connection: { url: `\${env:SHOP_URL}` } } : {}),
      datasets: {
        orders: {
          table: 'orders',
          schema: 'orders.schema.json',
          onInvalid: 'drop',
          sync: [{ target: 'duckdb', to: 'a.duckdb', mode: 'table' }],
        },
      },
    },
  });
}

test.each(CHANNELS)(
  'a password by %s is in no output, file, commit or argument, whatever succeeds or fails',
  async (channel) => {
    const project = await createProject({ sql: orders(10) });
    const login = await canaryUser(project);
    const { hostname: host, port, pathname } = new URL(project.database.url);
    const database = pathname.slice(1);
    const closed = String(await freePort());
    const tls = await certificate(project.folder, 'db.example');
    const proxy = await startProxy(project.database.url, { cert: tls.cert, key: tls.key });
    const outputs: string[] = [];
    const kept: string[] = [];
    const watch = watchArguments();
    try {
      await configure(project, channel);
      const run = async (expected: number, cli: Cli, ...args: string[]) => {
        const { stdout, stderr, exitCode } = await cli.run(...args);
        expect(exitCode, `${args.join(' ')}: ${stdout}${stderr}`).toBe(expected);
        outputs.push(stdout, stderr);
      };
      const good = await through(channel, project, login, { host, port, database });
      kept.push(...good.by);
      await run(0, good.cli, 'export', 'orders', '--sync', '--debug');
      await run(0, good.cli, 'config', 'show', '--json');
      const wrong = { ...login, password: `${login.password}x` };
      const here = { host, port, database };
      await run(10, (await through(channel, project, wrong, here)).cli, 'export', 'orders', '--debug');
      const tlsPlace = { host: 'localhost', port: String(proxy.port), database };
      const places = [
        { ...here, port: closed },
        { ...here, database: 'nowhere' },
        { ...tlsPlace, parameters: '?sslmode=verify-full' },
        { ...tlsPlace, parameters: `?sslmode=verify-full&sslrootcert=${tls.file}` },
      ];
      for (const [index, place] of places.entries()) {
        const { cli } = await through(channel, project, login, place);
        await run(10, cli, 'export', 'orders', index % 2 === 0 ? '--debug' : '--json');
      }
    } finally {
      outputs.push(await watch.stop());
      await proxy.close();
      await dropUser(project, login.user);
    }
    const [all, files] = [outputs.join('\n'), await everything(project, kept)];
    expect(await readdir(path.join(project.root, '.snapkeep', 'rejected'))).not.toEqual([]);
    for (const form of formsOf(login.password)) {
      expect(all).not.toContain(form);
      expect(files).not.toContain(form);
    }
  },
);

test('killed in the middle of the rows it has left the password nowhere', async () => {
  const project = await createProject({ sql: orders(10) });
  const login = await canaryUser(project);
  const { hostname: host, port, pathname } = new URL(project.database.url);
  await project.write({
    'snapkeep.config.yaml': {
      capabilities: { versionStore: ['git'] },
      datasets: { slow: { query: 'SELECT n AS id, pg_sleep(0.01)::text AS s FROM generate_series(1, 3000) AS n' } },
    },
  });
  const { cli } = await through('PGPASSWORD', project, login, { host, port, database: pathname.slice(1) });
  const watch = watchArguments();
  const running = cli.start('export', 'slow', '--debug');
  await untilStreaming(project);
  running.child.kill('SIGKILL');
  const { stdout, stderr } = await running.finished;
  const all = [stdout, stderr, await watch.stop(), await everything(project, [])].join('\n');
  for (const form of formsOf(login.password)) expect(all).not.toContain(form);
});

test('the keys of a remote are in no argument of DVC’s, in no output and in no commit, also where it refuses', async () => {
  const s3 = await startS3();
  const project = await createProject({ sql: orders(10), dvc: true });
  const secret = `canary${randomBytes(12).toString('hex')}`;
  const config = await readFile(path.join(project.root, '.dvc/config'), 'utf8');
  const remote = `['remote "team"']\n    url = s3://${s3.bucket}/x\n    endpointurl = ${s3.endpoint}\n`;
  await project.write({
    '.dvc/config': config.replace('[core]\n', '[core]\n    remote = team\n') + remote,
    '.dvc/config.local': `['remote "team"']\n    access_key_id = test\n    secret_access_key = ${secret}\n`,
  });
  await project.git('commit', '--quiet', '--all', '--message', 'a remote');
  const watch = watchArguments();
  const outputs: string[] = [];
  for (const args of [
    ['export', 'orders'],
    ['version', 'push', 'orders'],
    ['version', 'verify', 'orders', '--remote'],
    ['version', 'pull', 'orders'],
    ['config', 'show'],
    ['doctor'],
  ]) {
    const { stdout, stderr, exitCode } = await project.run(...args, '--debug');
    expect(exitCode, stderr).toBe(0);
    outputs.push(stdout, stderr);
  }
  await project.write({
    '.dvc/config': `${config.replace('[core]\n', '[core]\n    remote = team\n')}['remote "team"']\n    url = http://ada:${secret}@127.0.0.1:1/x\n`,
  });
  for (const command of ['push', 'pull']) {
    const { stdout, stderr, exitCode } = await project.run('version', command, 'orders', '--all', '--debug');
    outputs.push(`${exitCode}`, stdout, stderr);
  }
  outputs.push(await watch.stop());
  expect(outputs.join('\n')).not.toContain(secret);
  const by = [path.join(project.root, '.dvc/config.local'), path.join(project.root, '.dvc/config')];
  expect(await everything(project, by)).not.toContain(secret);
});
