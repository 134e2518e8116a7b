import { mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { datasetLayout } from '../../src/store/layout.ts';
import { lockDataset } from '../../src/store/lock.ts';
import { Transaction } from '../../src/store/transaction.ts';
import { behavioralConfig, type CliProject, createCliProject } from '../support/cli-project.ts';

interface Shown {
  readonly area: string;
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly hint: string | null;
  readonly code: string | null;
}

let project: CliProject;

/** What doctor says, also where it fails, and its exit code. */
async function examine(...args: string[]) {
  const finished = await project.run('doctor', '--json', ...args);
  const { data, error } = JSON.parse(finished.stdout);
  const result = data ?? error.details;
  const find = (name: string): Shown => {
    const found = result.checks.find((check: Shown) => check.name === name);
    if (!found) throw new Error(`no check ${name}: ${finished.stdout}`);
    return found;
  };
  return { ...finished, ok: result.ok as boolean, checks: result.checks as Shown[], find, result, error };
}

const withConfig = async (config: Record<string, unknown>, work: () => Promise<void>) => {
  const file = join(project.root, 'snapkeep.config.json');
  const before = await readFile(file, 'utf8');
  await writeFile(file, JSON.stringify({ ...behavioralConfig(), ...config }));
  try {
    await work();
  } finally {
    await writeFile(file, before);
  }
};

beforeAll(async () => {
  project = await createCliProject({ rows: 200 });
});

afterAll(() => project.dispose());

describe('a project that is not ready', () => {
  test('is told what is missing, and ends with the code that an export would have', async () => {
    const { ok, find, exitCode, error } = await examine();
    expect([ok, exitCode, error.code]).toEqual([false, 16, 'SNAPKEEP_DVC_FAILED']);
    expect(find('git repository').ok).toBe(true);
    expect(find('dvc repository')).toMatchObject({ ok: false, code: 'SNAPKEEP_DVC_FAILED' });
    expect((await project.run('export', 'behavioral_events')).exitCode).toBe(16);
  });

  test('is made ready by --fix, with one commit and a clean work tree', async () => {
    const { ok, exitCode, find } = await examine('--fix');
    expect([ok, exitCode]).toEqual([true, 0]);
    expect(find('fix').message).toContain('.dvc/config');
    expect(await project.git('status', '--porcelain')).toBe('');
    expect(await project.git('log', '-1', '--format=%s')).toBe('snapkeep doctor --fix');
    expect((await examine('--fix')).checks.map(({ name }) => name)).not.toContain('fix');
    expect(await project.git('rev-list', '--count', 'HEAD')).toBe('2');
  });
});

describe('a project that is ready', () => {
  beforeAll(async () => {
    const { exitCode, stderr } = await project.run('export', 'behavioral_events');
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
  });

  test('shows lines for people, and with -v who provides what', async () => {
    const { stdout, exitCode } = await project.run('doctor', '-v');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/✓ behavioral_events +public\.BehavioralEvent/);
    expect(stdout).toMatch(/✓ latest of behavioral_events +v1, \d{8}T\d{9}Z-/);
    expect(stdout).toMatch(/versionStore +git +@snapkeep\/version-git/);
    expect(stdout).not.toContain('✗');
  });

  test('never shows the password of the connection', async () => {
    const password = new URL(project.database.url).password;
    for (const args of [['doctor'], ['doctor', '--json'], ['doctor', '--debug']]) {
      const { stdout, stderr } = await project.run(...args);
      expect(`${stdout}${stderr}`).not.toContain(password);
    }
  });

  test('a table that is not there is a failure of the source, with the nearest name', async () => {
    const datasets = {
      events: { table: ['behavioral_event', 'BehaviorEvent'] },
      lost: { table: 'zzz' },
      q: { query: 'select 1 as a' },
    };
    await withConfig({ datasets }, async () => {
      const { find, exitCode } = await examine();
      expect(exitCode).toBe(10);
      expect(find('events')).toMatchObject({ ok: false, code: 'SNAPKEEP_TABLE_NOT_FOUND' });
      expect(find('events').hint).toContain('Did you mean BehavioralEvent?');
      expect(find('lost').ok).toBe(false);
      expect(find('q').ok).toBe(true);
    });
  });

  test('a table of another schema is found, with the advice to name it', async () => {
    await project.database.run(
      'CREATE SCHEMA crm; CREATE TABLE crm.customers (id int); CREATE TABLE "odd.name" (id int)',
    );
    const datasets = {
      customers: { table: 'customers' },
      named: { table: 'crm.customers' },
      odd: { table: 'odd.name' },
    };
    await withConfig({ datasets }, async () => {
      const { find, exitCode } = await examine();
      expect(exitCode).toBe(0);
      expect(find('customers').hint).toContain('crm.customers');
      expect([find('named').hint, find('odd').hint]).toEqual([null, null]);
    });
  });

  test('a server that does not answer is 10; no connection at all is only advice', async () => {
    const { find, exitCode } = await examine('--url', 'postgres://127.0.0.1:1/none');
    expect([exitCode, find('connection').code]).toEqual([10, 'SNAPKEEP_SOURCE_UNREACHABLE']);
    const alone = await createCliProject({
      git: false,
      env: { DATABASE_URL: '' },
      config: { capabilities: { versionStore: [] } },
    });
    try {
      const finished = await alone.run('doctor');
      expect(finished.stdout).toMatch(/! connection +none is configured/);
      expect(finished.exitCode).toBe(0);
    } finally {
      await alone.dispose();
    }
  });

  test('what the configuration names and nobody provides is 2; the other checks still run', async () => {
    await withConfig({ capabilities: { source: 'oracle', writer: 'parket' } }, async () => {
      const { find, exitCode, checks } = await examine();
      expect(exitCode).toBe(2);
      expect(find('source')).toMatchObject({ ok: false, code: 'SNAPKEEP_CAPABILITY_UNKNOWN' });
      expect(find('writer').hint).toContain('parquet');
      expect(checks.some(({ area }) => area === 'project')).toBe(true);
    });
  });

  test('a schema that can not be used is told with its place', async () => {
    await project.write({ 'schemas/bad.json': '{\n  "requird": []\n}' });
    await withConfig({ datasets: { events: { table: 'BehavioralEvent', schema: 'schemas/bad.json' } } }, async () => {
      const { find, exitCode } = await examine();
      expect(exitCode).toBe(2);
      expect(find('schema of events').message).toContain('schemas/bad.json:2:3: ');
    });
    await rm(join(project.root, 'schemas/bad.json'));
  });
});

describe('what is left on disk', () => {
  const layout = () => datasetLayout(project.root, 'data', 'behavioral_events');

  test('a running export is named, and its journal is not called a leftover', async () => {
    const log = { info: () => undefined, verbose: () => undefined };
    const request = { command: 'export', waitMs: 0, log, signal: new AbortController().signal };
    await using _lock = await lockDataset(project.root, 'behavioral_events', request);
    const transaction = await Transaction.begin(project.root, layout(), 'export', null);
    const { find, exitCode } = await examine();
    expect([exitCode, find('locks').message]).toEqual([0, 'a run works on behavioral_events']);
    expect(find('interrupted runs').message).toBe('none');
    await transaction.done();
  });

  test('what a dead run left is shown, left as it is, and healed by the next export', async () => {
    const { directory } = await Transaction.begin(project.root, layout(), 'export', null);
    const { find, exitCode } = await examine('--fix');
    expect(exitCode).toBe(0);
    expect(find('interrupted runs').message).toMatch(/^export of behavioral_events, begun at /);
    expect(find('interrupted runs').hint).toContain('heals it');
    expect(await readdir(directory)).toEqual(['journal.json']);
    expect((await project.run('export', 'behavioral_events')).stderr).toContain('undid an interrupted export');
    expect((await examine()).find('interrupted runs').message).toBe('none');
  });

  test('a journal that nobody knows is 14, and its content is named', async () => {
    const folder = join(project.root, '.snapkeep', 'tx', 'from-the-future');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'journal.json'), '{"formatVersion": 99}');
    await writeFile(join(folder, 'rows.parquet'), 'x');
    const { find, exitCode } = await examine();
    expect([exitCode, find('interrupted runs').code]).toEqual([14, 'SNAPKEEP_JOURNAL_UNKNOWN']);
    expect(find('interrupted runs').hint).toContain('journal.json, rows.parquet');
    await rm(folder, { recursive: true });
  });

  test('a latest that names something else, nothing, or is no link is 14', async () => {
    const latest = layout().absolute(layout().latest);
    const target = await readlink(latest);
    const name = 'latest of behavioral_events';
    const wrongs: (() => Promise<unknown>)[] = [
      () => symlink('20200101T000000000Z-000000000000', latest),
      async () => undefined,
      () => mkdir(latest),
    ];
    for (const makeWrong of wrongs) {
      await rm(latest, { recursive: true, force: true });
      await makeWrong();
      const { find, exitCode } = await examine();
      expect([exitCode, find(name).code]).toEqual([14, 'SNAPKEEP_INTEGRITY']);
      expect(find(name).hint).toContain('git checkout -- data/behavioral_events/latest');
    }
    await rm(latest, { recursive: true, force: true });
    await symlink(target, latest);
    expect((await examine()).ok).toBe(true);
  });

  test('a version whose files are elsewhere is advice, not damage', async () => {
    const folder = layout().absolute(layout().latest);
    const directory = join(folder, '..', await readlink(folder));
    await rm(directory, { recursive: true });
    const { find, ok } = await examine();
    expect(ok).toBe(true);
    expect(find('latest of behavioral_events').message).toContain('whose files are not here');
    expect((await project.run('query', 'SELECT count(*) FROM behavioral_events')).stdout).toContain('200');
  });
});
