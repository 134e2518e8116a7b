import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SnapkeepError } from '@snapkeep/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { type LockRequest, lockDataset } from '../../src/store/lock.ts';

const HOLD = `
  import { lockDataset } from ${JSON.stringify(new URL('../../src/store/lock.ts', import.meta.url).href)};
  const log = { info: () => undefined, verbose: () => undefined };
  const signal = new AbortController().signal;
  const lock = await lockDataset(process.argv[1], 'things', { command: 'version rollback', waitMs: 0, log, signal });
  console.log('held');
  process.on('SIGUSR1', () => lock.release());
  setInterval(() => undefined, 1000);
`;

async function newRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'snapkeep-lock-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

async function holdIn(root: string): Promise<ChildProcess> {
  const holder = spawn('node', ['--input-type=module-typescript', '-e', HOLD, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    holder.kill('SIGKILL');
  });
  if (holder.stdout) await once(holder.stdout, 'data');
  return holder;
}

function request(waitMs = 0, signal = new AbortController().signal): LockRequest & { readonly lines: string[] } {
  const lines: string[] = [];
  const info = (line: string) => {
    lines.push(line);
  };
  return { command: 'export', waitMs, signal, lines, log: { info, verbose: () => undefined } };
}

test('a lock keeps another process out, and dies with its holder', async () => {
  const root = await newRoot();
  const holder = await holdIn(root);
  await expect(lockDataset(root, 'things', request())).rejects.toMatchObject({ code: 'SNAPKEEP_BUSY', exitCode: 13 });
  await (await lockDataset(root, 'others', request())).release();
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const lock = await lockDataset(root, 'things', request());
  await lock.release();
  await lock.release();
});

test('whoever meets it is told who has it: command, process and since when', async () => {
  const root = await newRoot();
  const begun = Date.now();
  const holder = await holdIn(root);
  const asked = request();
  const error = await lockDataset(root, 'things', asked).catch((failure: unknown) => failure);
  expect(error).toMatchObject({
    message: expect.stringMatching(
      new RegExp(`^another run \\(version rollback, process ${holder.pid}, since \\d{4}-\\S+Z\\) works on things$`),
    ),
    details: { dataset: 'things', holder: { pid: holder.pid, command: 'version rollback' } },
  });
  const { since } = (error as SnapkeepError).details.holder as { since: string };
  expect(Date.parse(since)).toBeGreaterThanOrEqual(begun - 1_000);
  expect(asked.lines, 'nothing is waited for').toEqual([]);
});

test('waiting is told once, and ends with the lock', async () => {
  const root = await newRoot();
  const holder = await holdIn(root);
  const asked = request(Number.POSITIVE_INFINITY);
  const locking = lockDataset(root, 'things', asked);
  await sleep(600);
  holder.kill('SIGUSR1');
  const lock = await locking;
  expect(asked.lines).toEqual([
    expect.stringMatching(
      new RegExp(
        `^waiting until another run \\(version rollback, process ${holder.pid}, .*\\) has ended its work on things$`,
      ),
    ),
  ]);
  const file = join(root, '.snapkeep', 'locks', 'things.lock');
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid, command: 'export' });
  await lock.release();
  await expect(readFile(file, 'utf8'), 'no file stays').rejects.toMatchObject({ code: 'ENOENT' });
});

test('waiting ends with the time given, and with an abort, whose reason it has', async () => {
  const root = await newRoot();
  await holdIn(root);
  const begun = performance.now();
  await expect(lockDataset(root, 'things', request(500))).rejects.toMatchObject({
    code: 'SNAPKEEP_BUSY',
    message: expect.stringMatching(/\) still works on things after 0\.5 s of waiting$/),
  });
  expect(performance.now() - begun).toBeGreaterThan(490);
  const abort = new AbortController();
  const reason = new SnapkeepError('SNAPKEEP_INTERRUPTED', 'Ctrl-C');
  setTimeout(() => abort.abort(reason), 200);
  await expect(lockDataset(root, 'things', request(60_000, abort.signal))).rejects.toBe(reason);
});
