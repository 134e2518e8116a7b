// A rollback beside what does the same without snapkeep, git checkout and dvc checkout: node bench/rollback.ts [rows] [--save]
// Both in one run, on copies of one project, with the data in the work tree and without; prints the ratio.
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { snapkeep as cli, VERSIONING_ENV, withFolder } from './support/cli.ts';
import { createEvents, withDatabase } from './support/database.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import { type Cost, runMeasured } from './support/processes.ts';
import { today, writeResult } from './support/results.ts';
import { inTurn, medianCost } from './support/rounds.ts';

const ROUNDS = 5;
const { sizes, save } = benchFlags(1_000_000);
const [rows = 0] = sizes;

interface Comparison {
  readonly name: string;
  readonly snapkeep: Cost;
  readonly gitAndDvc: Cost;
}

await withDatabase(({ url, client }) =>
  withFolder(async (folder) => {
    const project = path.join(folder, 'project');
    const copy = path.join(folder, 'copy');
    const env = VERSIONING_ENV;
    const snapkeep = (cwd: string, ...args: string[]) => cli(url, cwd, [...args, '--quiet'], { env });
    const ways = {
      snapkeep: (): Promise<Cost> => snapkeep(copy, 'version', 'rollback', 'events', 'v1'),
      gitAndDvc: (): Promise<Cost> =>
        runMeasured('sh', ['-c', 'git checkout --quiet events/v1 && dvc checkout --quiet'], { cwd: copy, env }),
    };
    /** Of several runs of each way, in turn, each on a fresh copy. */
    const compare = async (name: string): Promise<Comparison> => {
      const onCopies = async (way: () => Promise<Cost>): Promise<Cost> => {
        await execa('cp', ['-a', project, copy]);
        const { seconds, cpuSeconds, peakMiB } = await way();
        await rm(copy, { recursive: true });
        return { seconds, cpuSeconds, peakMiB };
      };
      const costs = await inTurn(
        { snapkeep: () => onCopies(ways.snapkeep), gitAndDvc: () => onCopies(ways.gitAndDvc) },
        ROUNDS,
      );
      const [ours, theirs] = [medianCost(costs.snapkeep), medianCost(costs.gitAndDvc)];
      process.stdout.write(
        `${name.padEnd(28)} snapkeep ${ours.seconds.toFixed(2)} s  git and DVC ${theirs.seconds.toFixed(2)} s  ratio ${(ours.seconds / theirs.seconds).toFixed(2)}\n`,
      );
      return { name, snapkeep: ours, gitAndDvc: theirs };
    };

    await createEvents(client, rows);
    await mkdir(project);
    await snapkeep(project, 'init', '--yes', '--table', 'BehavioralEvent');
    await execa('sed', ['-i', 's/^  behavioral_event:/  events:/', 'snapkeep.config.yaml'], { cwd: project });
    const exportAll = ['export', 'BehavioralEvent', '--as', 'events', '--no-validate'];
    await snapkeep(project, ...exportAll);
    await client.query('UPDATE "BehavioralEvent" SET "timeOfDay" = 23 - "timeOfDay" WHERE abs(hashtext(id)) % 100 = 8');
    await snapkeep(project, ...exportAll);
    const inWorkTree = await compare('data in the work tree');
    const { stdout } = await execa('sh', ['-c', 'ls -d data/events/[0-9]*Z-*/'], { cwd: project });
    await rm(path.join(project, stdout.split('\n')[0] ?? ''), { recursive: true });
    const results = [inWorkTree, await compare('data in the cache only')];
    const result = { date: today(), command: `node bench/rollback.ts ${rows}`, machine: await describeMachine(client) };
    await writeResult('rollback', { ...result, rows, rounds: ROUNDS, results }, save);
  }),
);
