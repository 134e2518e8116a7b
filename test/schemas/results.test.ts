import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type CliProject, createCliProject, type Envelope } from '../support/cli-project.ts';
import { type Hold, holdAgainstPublished, publishedNames } from './published.ts';

let project: CliProject;
let hold: Hold;
const seen = new Set<string>();

/** Runs a command and holds its envelope and its `data` or `error` against what is published. */
async function held(...args: string[]): Promise<Envelope> {
  const { stdout, stderr, exitCode } = await project.run(...args, '--json');
  const envelope = JSON.parse(stdout || `{"stderr": ${JSON.stringify(stderr)}}`) as Envelope;
  hold('envelope.schema.json', envelope);
  if (envelope.ok) {
    const name = `results/${envelope.command.replaceAll(' ', '-')}.schema.json`;
    hold(name, envelope.data);
    seen.add(name);
    expect(exitCode).toBe(0);
  } else {
    hold('error.schema.json', envelope.error);
    expect(exitCode).toBe(envelope.error.exitCode);
  }
  return envelope;
}

/** The same, where the command must succeed. */
async function done(...args: string[]): Promise<Envelope['data']> {
  const envelope = await held(...args);
  expect(envelope.error, args.join(' ')).toBeUndefined();
  return envelope.data;
}

async function refused(...args: string[]): Promise<Envelope['error']> {
  const envelope = await held(...args);
  expect(envelope.ok, args.join(' ')).toBe(false);
  return envelope.error;
}

beforeAll(async () => {
  hold = await holdAgainstPublished();
  project = await createCliProject({
    rows: 500,
    env: { PATH: `${path.dirname(inject('dvcCommand'))}:${process.env.PATH}` },
  });
});

afterAll(() => project.dispose());

describe('what --json gives is what is published', { timeout: 180_000 }, () => {
  test('doctor, also where something is missing', async () => {
    const { details } = await refused('doctor');
    hold('results/doctor.schema.json', details);
    await done('doctor', '--fix');
  });

  test('the commands that read', async () => {
    await done('config', 'show');
    await done('schema', 'infer', 'behavioral_events', '--output', 'inferred.json', '--profile-rows');
    await done('schema', 'types', 'behavioral_events');
    await done('schema', 'check', 'behavioral_events');
    await done('schema', 'export', 'behavioral_events', '--odcs', '--output', 'contract.yaml');
    await done('schema', 'import', 'contract.yaml');
    await done('schema', 'types', '--directory', 'types');
    await done('schema', 'plan', 'behavioral_events', '--days', '30', '--where', 'contentType=quiz', '--limit', '3');
    await done('validate', 'behavioral_events');
    await done('export', 'behavioral_events', '--dry-run');
    await done('run', '--dry-run');
  });

  test('the commands that make versions', async () => {
    await done('export', 'behavioral_events', '--sync', '--message', 'first');
    expect(await done('export', 'behavioral_events')).toMatchObject({ unchanged: true });
    expect(await done('run', '--no-sync')).toMatchObject({ datasets: [{ unchanged: true }] });
    const { snapshot } = await done('export', 'behavioral_events', '--limit', '5');
    await project.database.run(`DELETE FROM "BehavioralEvent" WHERE "dayOfWeek" = 1`);
    await project.database.run(`ALTER TABLE "BehavioralEvent" ADD COLUMN extra numeric(12,2) DEFAULT 1.5`);
    await project.database.run(
      `UPDATE "BehavioralEvent" SET id = 'not a CUID' WHERE id = (SELECT min(id) FROM "BehavioralEvent")`,
    );
    const file = path.join(project.root, 'schemas/behavioral-event.schema.json');
    const schema = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...schema, additionalProperties: true }));

    const error = await refused('export', 'behavioral_events');
    expect(error).toMatchObject({ code: 'SNAPKEEP_ROWS_INVALID', exitCode: 3, details: { rejected: 1 } });
    await refused('validate', 'behavioral_events');
    expect(await done('export', 'behavioral_events', '--on-invalid', 'quarantine')).toMatchObject({
      version: 2,
      rejected: 1,
    });
    await refused('export', 'behavioral_events', '--on-invalid', 'drop', '--max-invalid', '0', '--fail-fast');
    await done('quarantine', 'list');
    await done('quarantine', 'show', 'behavioral_events', '--at', 'v2');
    await done('quarantine', 'show', 'behavioral_events', '--at', 'v1');
    await done('quarantine', 'replay', 'behavioral_events');
    await done('validate', 'behavioral_events', '--at', 'v1');
    await done('quarantine', 'export', 'behavioral_events', '--output', 'bad-rows.csv');
    await done('version', 'create', 'behavioral_events', String(snapshot), '--message', 'five of them');
  });

  test('the commands that look at versions and go back', async () => {
    await done('version', 'list');
    await done('version', 'show', 'behavioral_events', 'v2');
    await done('schema', 'diff', 'behavioral_events', 'v1', 'v2');
    await done('version', 'diff', 'behavioral_events', 'v1', 'v2');
    await done('version', 'tag', 'behavioral_events', 'v1', 'paper-2026');
    await done('version', 'tag', 'behavioral_events');
    await done('version', 'tag', 'behavioral_events', '--restore', '--dry-run');
    await refused('version', 'tag', 'behavioral_events', '--delete', 'nothing');
    await done('version', 'note', 'behavioral_events', 'v1', 'table 3 was made from this');
    await done('version', 'note', 'behavioral_events', 'v1');
    await done('version', 'list', 'behavioral_events');
    await done('version', 'log', '--limit', '2');
    await done('version', 'tag', 'behavioral_events', '--delete', 'paper-2026');
    await done('version', 'rollback', 'behavioral_events', 'v1', '--dry-run');
    await done('version', 'rollback', 'behavioral_events', 'v1');
    await done('version', 'rollback', 'behavioral_events', 'v1');
    await done('version', 'verify', 'behavioral_events');
    await project.write({ '.dvc/config.local': `[core]\n    remote = team\n['remote "team"']\n    url = ../remote\n` });
    await done('version', 'push', 'behavioral_events', '--dry-run');
    await done('version', 'push', 'behavioral_events', 'v1..v2');
    await done('version', 'pull', 'behavioral_events', 'v1', '--dry-run');
    await done('version', 'pull', 'behavioral_events', 'v1');
    await refused('version', 'push', 'behavioral_events', '--git');
    await refused('version', 'push', 'behavioral_events', '--remote', 'nowhere');
    await done('sync', 'behavioral_events', '--at', 'v1', '--mode', 'view');
    await done('query', 'SELECT *, 2::hugeint ** 100 AS huge, [1, 2] AS list FROM behavioral_events', '--at', 'v1');
  });

  test('a project without files, tables of every kind of column, a query, a window', async () => {
    await project.database.run(`CREATE TABLE kinds (id int PRIMARY KEY, n numeric, d numeric(38,10), f float4, b bytea,
      u uuid, j json, i interval, t time, ts timestamptz, wall timestamp, l int[], r int4range, m int4multirange, v varchar(3), x inet)`);
    await project.database.run(`COMMENT ON TABLE kinds IS 'one of each'`);
    await project.database.run(`INSERT INTO kinds SELECT 1, 1, 2, 3.5, '\\x00'::bytea, gen_random_uuid(), '{}'::json, interval '1 day', time '10:00',
      now() - interval '1 hour', now(), '{1,NULL}'::int[], int4range(1, 2), '{[1,2)}'::int4multirange, 'abc', inet '::1'`);
    await project.database.run('CREATE MATERIALIZED VIEW seen AS SELECT 1 AS one');
    await done('schema', 'plan', 'kinds');
    await done('export', 'kinds', '--since', '2020-01-01');
    await done('export', 'seen', '--no-validate');
    await done('version', 'show', 'kinds');
  });

  test('every manifest and every line of versions.ndjson', async () => {
    let manifests = 0;
    let lines = 0;
    for (const dataset of await readdir(path.join(project.root, 'data'))) {
      const folder = path.join(project.root, 'data', dataset);
      for (const name of (await readdir(folder)).filter((file) => file.endsWith('.json'))) {
        hold('manifest.schema.json', JSON.parse(await readFile(path.join(folder, name), 'utf8')));
        manifests += 1;
      }
      for (const line of (await readFile(path.join(folder, 'versions.ndjson'), 'utf8')).trim().split('\n')) {
        hold('version-line.schema.json', JSON.parse(line));
        lines += 1;
      }
    }
    expect([manifests, lines]).toEqual([5, 6]);
  });

  test('the command that joins two clones’ versions, where there is nothing to join', async () => {
    await done('version', 'merge', 'behavioral_events', '--dry-run');
  });

  test('the command that lets data leave', async () => {
    await done('version', 'gc', 'behavioral_events', '--keep-last', '1', '--dry-run');
    await done('version', 'gc', 'behavioral_events', '--keep-last', '1', '--cache', '--remote', 'team');
    await done('version', 'list', 'behavioral_events');
    await refused('version', 'gc', 'behavioral_events');
  });

  test('init where all is there already, demo in a folder of its own', async () => {
    await done('demo', '--directory', 'shown', '--rows', '1000');
    await done('init', '--yes');
  });

  test('errors of every kind', async () => {
    await refused('export', 'nothing-like-it');
    await refused('export');
    await refused('version', 'show', 'behavioral_events', 'v99');
    await refused('query', 'SELEC 1');
    await refused('sync', 'behavioral_events', '--url', 'postgres://ada:secret@127.0.0.1:1/x', '--debug', '--quite');
    await refused('exprot');
    const [snapshot] = (await readdir(path.join(project.root, 'data/kinds'))).filter((name) =>
      /Z-[0-9a-f]{12}$/.test(name),
    );
    const damaged = path.join(project.root, 'data/kinds', String(snapshot), 'kinds.parquet');
    await writeFile(damaged, 'not the bytes').catch(() => undefined);
    const error = await refused('version', 'verify', 'kinds');
    hold('results/version-verify.schema.json', error.details);
  });

  test('no published result was left out', async () => {
    const results = (await publishedNames()).filter((name) => name.startsWith('results/'));
    expect(results.filter((name) => !seen.has(name))).toEqual([]);
  });
});
