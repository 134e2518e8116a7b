import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createProject } from '../e2e/support/project.ts';

const RIGHTS = /A plugin is a program: it runs with your rights/;

test('who adds a plugin is told, before anything runs, that it runs with their rights, and to pin its version', async () => {
  const project = await createProject({ init: false });
  // No registry: what is said comes first.
  const cli = project.with({ npm_config_registry: 'http://127.0.0.1:1/', npm_config_fetch_retries: '0' });
  for (const [name, open] of [
    ['snapkeep-plugin-none', true],
    ['snapkeep-plugin-none@latest', true],
    ['@acme/none@^1.0.0', true],
    ['snapkeep-plugin-none@1.2.3', false],
    ['@acme/none@1.2.3-rc.1', false],
  ] as const) {
    for (const flags of [[], ['--json']]) {
      const { exitCode, stderr } = await cli.run('plugins', 'install', name, ...flags);
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(RIGHTS);
      if (open) expect(stderr).toContain(`${name} names no exact version`);
      else expect(stderr).not.toContain('names no exact version');
      expect(stderr.search(RIGHTS)).toBeLessThan(Math.max(stderr.indexOf('nstalling'), stderr.search(RIGHTS) + 1));
    }
  }
  const own = path.join(project.folder, 'own');
  await mkdir(own);
  await writeFile(path.join(own, 'package.json'), '{"name":"own","version":"1.0.0","type":"module","oclif":{}}');
  expect((await cli.run('plugins', 'link', own)).stderr).toMatch(RIGHTS);
  const help = await cli.run('plugins', 'install', '--help');
  expect(help.stderr).not.toMatch(RIGHTS);
});
