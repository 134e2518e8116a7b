import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanEnv, type Finished, makeCli, REPOSITORY, RUN, runNode, temporaryFolder, writeFiles } from './temp-cli.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let cli: string;
let holds: (document: unknown) => boolean;

const PRINT = 'print() { this.out.line("for people"); }';

beforeAll(async () => {
  folder = await temporaryFolder();
  cli = await makeCli(folder.path, {
    numbers: `async execute() { return { big: 2n ** 63n, small: 3n, none: NaN }; } ${PRINT}`,
    bug: `async execute() { return undefined.nothing; } ${PRINT}`,
    full: `async execute() { throw Object.assign(new Error("x"), { code: "ENOSPC", syscall: "write", path: "/d/f" }); } ${PRINT}`,
    unreadable: `async execute() { const fs = await import("node:fs/promises"); await fs.readFile("/no/such/file"); } ${PRINT}`,
    secret: `async execute() { throw new Error("cannot reach postgres://ada:hunter2@db/shop"); } ${PRINT}`,
    slow: `async execute() { await new Promise((_, reject) => {
      setInterval(() => {}, 1000);
      this.runtime.signal.addEventListener("abort", () => reject(this.runtime.signal.reason));
      process.stderr.write("ready\\n");
    }); } ${PRINT}`,
    long: 'async execute() { return {}; } async print() { for (let i = 0; ; i += 1) await this.out.raw("a line of text\\n"); }',
    stray: `async execute() { setTimeout(() => { throw new Error("stray"); }); await new Promise(() => setInterval(() => {}, 1000)); } ${PRINT}`,
    verdict: `async execute() { return { bad: 2 }; } ${PRINT}
      failureOf() { return Object.assign(new Error("two are bad"), { code: "SNAPKEEP_INTEGRITY", exitCode: 14, hint: "h", details: {}, [Symbol.for("snapkeep.error")]: true }); }`,
  });
  const schema = JSON.parse(await readFile(path.join(REPOSITORY, 'schemas/envelope.schema.json'), 'utf8'));
  holds = new Ajv2020({ strict: true }).compile(schema) as (document: unknown) => boolean;
});

afterAll(() => folder[Symbol.asyncDispose]());

const run = (...args: string[]): Promise<Finished> => runNode(cli, args, { cwd: folder.path });

/** The one document on stdout, held against the published schema. */
function documentOf({ stdout }: Finished) {
  const document = JSON.parse(stdout);
  expect(holds(document)).toBe(true);
  return document;
}

describe('with --json', () => {
  test('a result is one document; integers beyond 2^53 and NaN are texts', async () => {
    const finished = await run('numbers', '--json');
    expect(documentOf(finished)).toEqual({
      ok: true,
      command: 'numbers',
      version: 1,
      data: { big: '9223372036854775808', small: 3, none: 'NaN' },
    });
    expect(finished.exitCode).toBe(0);
  });

  test.each([
    ['a bug of ours', ['bug'], 'SNAPKEEP_INTERNAL', 1],
    ['a full disk', ['full'], 'SNAPKEEP_STORAGE_FULL', 12],
    ['a file that is not there', ['unreadable'], 'SNAPKEEP_STORAGE_FAILED', 12],
    ['an unknown flag', ['numbers', '--nmber'], 'SNAPKEEP_USAGE', 2],
    ['an argument too many', ['numbers', 'extra'], 'SNAPKEEP_USAGE', 2],
    ['an unknown command', ['numbrs'], 'SNAPKEEP_UNKNOWN_COMMAND', 2],
    ['help about an unknown command', ['numbrs', '--help'], 'SNAPKEEP_UNKNOWN_COMMAND', 2],
    ['no command', [], 'SNAPKEEP_USAGE', 2],
    ['a configuration that is not there', ['numbers', '--config', 'no.yaml'], 'SNAPKEEP_CONFIG_NOT_FOUND', 2],
    ['a result that is a failure', ['verdict'], 'SNAPKEEP_INTEGRITY', 14],
  ])('%s is one document with its exit code', async (_what, args, code, exitCode) => {
    const finished = await run(...args, '--json');
    expect(documentOf(finished)).toMatchObject({ ok: false, version: 1, error: { code, exitCode } });
    expect(finished.exitCode).toBe(exitCode);
    expect(finished.stderr).toBe('');
  });

  test('the flag may stand before the command, and counts no more behind --', async () => {
    expect(documentOf(await run('--json', 'numbers')).ok).toBe(true);
    expect((await run('numbers', '--', '--json')).stderr).toContain('SNAPKEEP_USAGE');
  });

  test('a storage error names the path', async () => {
    expect(documentOf(await run('unreadable', '--json')).error.message).toContain('/no/such/file');
  });
});

describe('for people', () => {
  test('an error is three lines on stderr and nothing on stdout', async () => {
    const { stdout, stderr, exitCode } = await run('full');
    expect(stdout).toBe('');
    expect(stderr).toBe(
      '✗ no space left on the disk: /d/f\n  → Make room, then run the command again.\n  SNAPKEEP_STORAGE_FULL · exit 12\n',
    );
    expect(exitCode).toBe(12);
  });

  test('a misspelt command and flag are answered with what was meant, in a pipe too', async () => {
    expect((await run('numbrs')).stderr).toContain('Did you mean snapkeep numbers?');
    expect((await run('numbers', '--qiet')).stderr).toContain('Did you mean --quiet?');
  });

  test('the stack is shown with --debug only, and passwords never', async () => {
    expect((await run('bug')).stderr).not.toContain('    at ');
    expect((await run('bug', '--debug')).stderr).toContain('    at ');
    expect((await run('secret', '--debug')).stderr).not.toContain('hunter2');
  });

  test('colours follow NO_COLOR and FORCE_COLOR', async () => {
    const withEnv = (env: Record<string, string>) => runNode(cli, ['full'], { cwd: folder.path, env });
    expect((await withEnv({ FORCE_COLOR: '1' })).stderr).toContain('\u001b[');
    expect((await withEnv({ FORCE_COLOR: '1', NO_COLOR: '1' })).stderr).not.toContain('\u001b[');
  });

  test('a result that is a failure is shown before the error', async () => {
    const { stdout, stderr, exitCode } = await run('verdict');
    expect([stdout, exitCode]).toEqual(['for people\n', 14]);
    expect(stderr).toContain('two are bad');
  });
});

describe('the end of a run', () => {
  test.each([
    ['SIGINT', 130, 'SNAPKEEP_INTERRUPTED'],
    ['SIGTERM', 143, 'SNAPKEEP_TERMINATED'],
  ] as const)('%s lets the command unwind and ends with %i', async (signal, exitCode, code) => {
    const child = spawn(process.execPath, [cli, 'slow'], { cwd: folder.path, env: cleanEnv(folder.path) });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr === '' && chunk.includes('ready')) child.kill(signal);
      stderr += chunk;
    });
    const ended = await new Promise((resolve) => child.on('close', resolve));
    expect(ended).toBe(exitCode);
    expect(stderr).toContain(code);
  });

  test('a reader that goes away ends the command quietly with 141', async () => {
    const child = spawn(process.execPath, [cli, 'long'], { cwd: folder.path, env: cleanEnv(folder.path) });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(141);
    expect(stderr).toBe('');
  });
});

test.skipIf(!existsSync('/dev/full'))('a full disk behind stdout is a storage error on stderr', async () => {
  for (const args of [['numbers'], ['numbers', '--json'], ['bug', '--json']]) {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [cli, ...args], { cwd: folder.path, stdio: ['ignore', full, 'pipe'] });
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(12);
    closeSync(full);
    expect(stderr).toContain('no space left on the disk: stdout');
  }
});

test('an error that nobody awaits is told in the same form', async () => {
  const finished = await run('stray', '--json');
  expect(documentOf(finished).error).toMatchObject({ code: 'SNAPKEEP_INTERNAL', message: 'stray' });
  expect(finished.exitCode).toBe(1);
});

describe('bin/run.js', () => {
  test('says its version, its help and the help of a topic', async () => {
    const at = { cwd: folder.path };
    expect((await runNode(RUN, ['--version'], at)).stdout).toMatch(/^snapkeep\/\d+\.\d+\.\d+ /);
    expect((await runNode(RUN, ['--help'], at)).stdout).toContain('USAGE');
    expect((await runNode(RUN, ['config'], at)).stdout).toContain('config show');
    expect((await runNode(RUN, ['help', 'config', 'show'], at)).stdout).toContain('--origin');
  });

  test("the plugin manager's commands speak the same envelope", async () => {
    const listed = documentOf(await runNode(RUN, ['plugins', '--json'], { cwd: folder.path }));
    expect(listed.data.plugins.map((plugin: { name: string }) => plugin.name)).toContain('@snapkeep/source-postgres');
    const refused = await runNode(RUN, ['plugins', 'link', '/no/such/folder', '--json'], { cwd: folder.path });
    expect(documentOf(refused).error.code).toBe('SNAPKEEP_PLUGIN_INVALID');
    expect(refused.exitCode).toBe(2);
  });

  test('a Node that is too old is named in one line', async ({ skip }) => {
    const node = '/usr/bin/node';
    const probe = await runNode('-e', ['process.stdout.write(process.versions.node)'], { cwd: folder.path, node });
    const [major = 99, minor = 0] = probe.stdout.split('.').map(Number);
    if (probe.exitCode !== 0 || major > 22 || (major === 22 && minor >= 12)) skip();
    const plain = await runNode(RUN, ['doctor'], { cwd: folder.path, node });
    expect(plain.stderr).toContain(`✗ snapkeep needs Node.js 22.12 or newer; this is v${probe.stdout}\n`);
    expect(plain.exitCode).toBe(2);
    const json = documentOf(await runNode(RUN, ['doctor', '--json'], { cwd: folder.path, node }));
    expect(json.error.code).toBe('SNAPKEEP_NODE_TOO_OLD');
  });

  test('what it writes in a broken configuration is the envelope too', async () => {
    await using project = await temporaryFolder();
    await writeFiles(project.path, { 'snapkeep.config.yaml': 'datasets:\n  orders:\n    tabel: orders\n' });
    const { error } = documentOf(await runNode(RUN, ['config', 'show', '--json'], { cwd: project.path }));
    expect(error.code).toBe('SNAPKEEP_CONFIG_INVALID');
    expect(error.message).toContain(
      'snapkeep.config.yaml:3:5: unknown key "tabel" in datasets.orders; did you mean table?',
    );
  });
});
