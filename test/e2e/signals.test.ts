import { expect, test } from 'vitest';
import { failureOf } from './support/cli.ts';
import { until } from './support/process.ts';
import { createProject } from './support/project.ts';
import { backends, SLOW, untilStreaming } from './support/slow.ts';
import { stateOf } from './support/state.ts';

test.each([
  ['SIGINT', 130, 'SNAPKEEP_INTERRUPTED'],
  ['SIGTERM', 143, 'SNAPKEEP_TERMINATED'],
] as const)('%s in the middle of the rows ends with %i and leaves nothing', async (signal, exitCode, code) => {
  const project = await createProject({ datasets: SLOW });
  const before = await stateOf(project);
  const running = project.start('export', 'slow', '--json');
  await untilStreaming(project);
  running.child.kill(signal);
  expect(failureOf(await running.finished)).toMatchObject({ code, exitCode });
  expect(await stateOf(project)).toEqual(before);
  await until('the server has let go of it', async () => (await backends(project)) === 0);
});

test('what a person sees of Ctrl-C is one error on stderr', async () => {
  const project = await createProject({ datasets: SLOW });
  const running = project.start('export', 'slow');
  await untilStreaming(project);
  running.child.kill('SIGINT');
  const { exitCode, stdout, stderr } = await running.finished;
  expect([exitCode, stdout]).toEqual([130, '']);
  expect(stderr).toMatch(/^✗ interrupted by Ctrl-C\n {2}→ .+\n {2}SNAPKEEP_INTERRUPTED · exit 130\n$/m);
});

test('a second export of the dataset is told at once that one is under way', async () => {
  const project = await createProject({ datasets: SLOW });
  const running = project.start('export', 'slow', '--json');
  await untilStreaming(project);
  expect(await project.failure('export', 'slow')).toMatchObject({
    code: 'SNAPKEEP_BUSY',
    exitCode: 13,
    message: expect.stringMatching(/works on slow/),
  });
  expect(running.child.exitCode).toBeNull();
  running.child.kill('SIGTERM');
  await running.finished;
});
