// What it costs to start, beside a bare node, and to export a hundred rows to a version: node bench/startup.ts [repeats] [--save]
// All in turn in one run, so that a slow moment meets all of them; prints medians and the ratio to a bare start.
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { RUN, VERSIONING_ENV, withFolder } from './support/cli.ts';
import { withDatabase } from './support/database.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import { today, writeResult } from './support/results.ts';
import { inTurn, median } from './support/rounds.ts';

const ROWS = 100;
const { sizes, save } = benchFlags(20);
const [repeats = 0] = sizes;

await withDatabase(({ url, client }) =>
  withFolder(async (project) => {
    const env = { ...process.env, ...VERSIONING_ENV, DATABASE_URL: url };
    const timed = async (args: readonly string[]): Promise<number> => {
      const started = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: project, env, encoding: 'utf8' });
      if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
      return performance.now() - started;
    };
    await client.query(
      'CREATE TABLE orders (id int PRIMARY KEY, customer text NOT NULL, amount numeric(10,2) NOT NULL)',
    );
    await client.query(`INSERT INTO orders SELECT n, 'customer ' || n % 7, n FROM generate_series(1, ${ROWS}) AS n`);
    const config = 'capabilities: {versionStore: [git]}\ndatasets:\n  orders: {table: orders, key: [id]}\n';
    await writeFile(path.join(project, 'snapkeep.config.yaml'), config);
    await writeFile(path.join(project, '.gitignore'), '/.snapkeep/\n/data/*/[0-9]*/\n');
    for (const args of [
      ['init', '--quiet'],
      ['add', '.'],
      ['commit', '--quiet', '-m', 'start'],
    ]) {
      await execa('git', args, { cwd: project, env, extendEnv: false });
    }
    const ways = {
      'bare node': () => timed(['-e', '0']),
      'snapkeep --version': () => timed([RUN, '--version']),
      'snapkeep --help': () => timed([RUN, '--help']),
      'snapkeep export --help': () => timed([RUN, 'export', '--help']),
      'snapkeep version list': () => timed([RUN, 'version', 'list']),
      [`export of ${ROWS} rows, no version`]: () => timed([RUN, 'export', 'orders', '--no-version', '--quiet']),
      [`export of ${ROWS} rows, a version in git`]: async () => {
        await client.query('UPDATE orders SET amount = amount + 1 WHERE id = 1');
        return timed([RUN, 'export', 'orders', '--quiet']);
      },
    };
    // The first start of each fills node's compile cache.
    await inTurn(ways, 1);
    const times = Object.entries(await inTurn(ways, repeats));
    const bare = median(times[0]?.[1] ?? []);
    const results = times.map(([name, all]) => ({ name, ms: median(all), ratio: median(all) / bare }));
    for (const { name, ms, ratio } of results) {
      process.stdout.write(`${name.padEnd(40)} ${ms.toFixed(0).padStart(5)} ms  ratio ${ratio.toFixed(2)}\n`);
    }
    const result = {
      date: today(),
      command: `node bench/startup.ts ${repeats}`,
      machine: await describeMachine(client),
    };
    await writeResult('startup', { ...result, repeats, results }, save);
  }),
);
