import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, inject, test } from 'vitest';
import { orders } from '../e2e/support/events.ts';
import { start } from '../e2e/support/process.ts';
import { createProject } from '../e2e/support/project.ts';

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js');
const SHELLS = /\/(?:sh|bash|dash|zsh|env)$/;
const HOSTILE = `-rf $(touch pwned) \`touch pwned\`; touch pwned 'a' "b" & | > pwned * é`;

const hasStrace = !(await execa('strace', ['-o', '/dev/null', 'true'], { reject: false })).failed;

test.skipIf(!hasStrace)(
  'a project, a table, a remote and files of hostile names are versioned like others, and no shell hears of them',
  async () => {
    const quoted = `"--help; $(touch pwned) 'x'"`;
    const project = await createProject({
      dvc: true,
      init: false,
      sql: [...orders(5), `ALTER TABLE orders RENAME TO ${quoted}`],
    });
    const root = path.join(project.root, HOSTILE);
    await mkdir(path.join(root, '..', 'remote $(touch pwned)'), { recursive: true });
    await mkdir(root, { recursive: true });
    const cli = project.in(HOSTILE);
    const trace = path.join(project.folder, 'trace');
    const traced = async (...args: string[]) => {
      const strace = ['-f', '-qq', '-s', '4096', '-e', 'trace=execve', '-o', trace, '-A'];
      const running = start('strace', [...strace, '--', process.execPath, RUN, ...args], { cwd: root, env: cli.env });
      const { exitCode, stderr } = await running.finished;
      expect(exitCode, `${args.join(' ')}: ${stderr}`).toBe(0);
    };
    await cli.git('init', '--quiet');
    await traced('init', '--yes', '--table', quoted.slice(1, -1));
    const config = path.join(root, '.dvc', 'config');
    const text = (await readFile(config, 'utf8')).replace('[core]\n', '[core]\n    remote = "team"\n');
    await cli.write({ '.dvc/config': `${text}['remote "team"']\n    url = "../../remote $(touch pwned)"\n` });
    await cli.git('commit', '--quiet', '--all', '--message', 'a remote');
    const name = quoted.slice(1, -1);
    await traced('export', '--message', HOSTILE, '--', name);
    await project.database.run(`DELETE FROM ${quoted} WHERE order_id = 1`);
    await traced('export', '--message', HOSTILE, '--', name);
    const [written = ''] = await readdir(path.join(root, 'data'));
    await traced('version', 'push', written, '--all');
    await traced('version', 'diff', written, 'v1', 'v2');
    await traced('version', 'rollback', written, 'v1');
    await traced('version', 'tag', written, 'v1', 'paper-$(touch-pwned)');
    await traced('version', 'verify', written, '--remote');

    const started = (await readFile(trace, 'utf8')).split('\n').filter((line) => /execve\(.* = 0$/.test(line));
    const shells = started.filter((line) => SHELLS.test(/execve\("([^"]+)"/.exec(line)?.[1] ?? ''));
    expect(shells, 'not even a shell that would be harmless').toEqual([]);
    expect(started.filter((line) => line.includes(inject('dvcCommand'))).length).toBeGreaterThan(0);
    // Of ours alone; git and DVC get messages by stdin and paths behind `--`.
    const others = started.filter((line) => !/execve\("[^"]*\/(?:node|strace)"/.test(line));
    for (const line of others) expect(line).not.toMatch(/, "-rf /);
    const found = await readdir(project.folder, { recursive: true });
    expect(found.filter((file) => path.basename(file) === 'pwned')).toEqual([]);
    expect(existsSync('pwned')).toBe(false);
  },
);
