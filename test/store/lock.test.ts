import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockDataset } from '../../src/store/lock.ts';

const HOLD = `
  import { lockDataset } from ${JSON.stringify(new URL('../../src/store/lock.ts', import.meta.url).href)};
  await lockDataset(process.argv[1], 'things');
  console.log('held');
  setInterval(() => undefined, 1000);
`;

test('a lock keeps another process out, and dies with its holder', async () => {
  const root = await mkdtemp(join(tmpdir(), 'snapkeep-lock-'));
  const holder = spawn('node', ['--input-type=module-typescript', '-e', HOLD, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(holder.stdout, 'data');
    await expect(lockDataset(root, 'things')).rejects.toMatchObject({ code: 'SNAPKEEP_BUSY', exitCode: 13 });
    await (await lockDataset(root, 'others')).release();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const lock = await lockDataset(root, 'things');
    await lock.release();
    await lock.release();
  } finally {
    holder.kill('SIGKILL');
    await rm(root, { recursive: true, force: true });
  }
});
