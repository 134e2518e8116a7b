import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const MODULE = fileURLToPath(new URL('../src/pdeathsig.ts', import.meta.url));

/** Starts a long child as DVC is started, says its id, and waits. */
const PARENT = `
import { spawn } from 'node:child_process';
const { dyingWithUs } = await import(${JSON.stringify(MODULE)});
const [program, ...args] = await dyingWithUs(['sleep', '60'], { env: process.env });
console.log(spawn(program, args, { stdio: 'ignore' }).pid);
setInterval(() => {}, 1000);`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.runIf(process.platform === 'linux')('what is started so does not outlive a parent that is killed', async () => {
  const parent = execa(process.execPath, ['--input-type=module', '-e', PARENT], { reject: false });
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
  await sleep(300);
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await parent;
  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
});
