// Time and memory of version diff, by the real CLI on versions of a real export: node bench/diff.ts [rows] [--save]
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { snapkeep, withFolder } from './support/cli.ts';
import { createEvents, withDatabase } from './support/database.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import type { Cost } from './support/processes.ts';
import { today, writeResult } from './support/results.ts';

const { sizes, save } = benchFlags(1_000_000);
const [rows = 0] = sizes;

await withDatabase(({ url, client }) =>
  withFolder(async (folder) => {
    const results: (Cost & { readonly name: string })[] = [];
    /** Runs the CLI in the folder and prints what it took. */
    const measure = async (name: string, ...args: string[]): Promise<void> => {
      const { stdout: _, ...cost } = await snapkeep(url, folder, [...args, '--quiet']);
      results.push({ name, ...cost });
      const { seconds, cpuSeconds, peakMiB } = cost;
      process.stdout.write(
        `${name.padEnd(34)} ${seconds.toFixed(1).padStart(6)} s  ${cpuSeconds.toFixed(1).padStart(6)} s of CPU  ${peakMiB.toFixed(0).padStart(5)} MiB\n`,
      );
    };
    const exportBoth = async (): Promise<void> => {
      await measure('export', 'export', 'events', '--no-validate');
      await measure('export of a view', 'export', 'keyless', '--no-validate');
    };
    const diff = (name: string, dataset: string, ...args: string[]) =>
      measure(name, 'version', 'diff', dataset, ...args);

    await createEvents(client, rows);
    await client.query('CREATE VIEW keyless AS SELECT * FROM "BehavioralEvent"');
    const datasets = { events: { table: 'BehavioralEvent' }, keyless: { table: 'keyless' } };
    const config = { capabilities: { versionStore: [] }, datasets };
    await writeFile(path.join(folder, 'snapkeep.config.json'), JSON.stringify(config));
    await exportBoth();
    await client.query('DELETE FROM "BehavioralEvent" WHERE abs(hashtext(id)) % 500 = 7');
    await client.query('UPDATE "BehavioralEvent" SET "timeOfDay" = 23 - "timeOfDay" WHERE abs(hashtext(id)) % 100 = 8');
    await exportBoth();
    await client.query(
      `UPDATE "BehavioralEvent" SET "randomizationSeed" = coalesce("randomizationSeed", 0) + 1, "contentType" = 'x'`,
    );
    await exportBoth();
    await diff('by key, 1 % changed', 'events', 'v1', 'v2');
    await diff('by key, 1 % changed, --rows 10 -o', 'events', 'v1', 'v2', '--rows', '10', '-o', 'some.parquet');
    await diff('by key, all changed', 'events', 'v2', 'v3');
    await diff('by key, all changed, -o', 'events', 'v2', 'v3', '-o', 'all.parquet');
    await diff('whole rows, 1 % changed', 'keyless', 'v1', 'v2');
    await diff('whole rows, all changed, -o', 'keyless', 'v2', 'v3', '-o', 'keyless.parquet');
    await diff('the same version', 'events', 'v2', 'v2');
    const result = { date: today(), command: `node bench/diff.ts ${rows}`, machine: await describeMachine(client) };
    await writeResult('diff', { ...result, rows, results }, save);
  }),
);
