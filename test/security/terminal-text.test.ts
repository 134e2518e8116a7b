import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createProject } from '../e2e/support/project.ts';

/** A colour, a title, a line of one's own, the 8-bit CSI, marks that turn the order of letters, a byte order mark. */
const HOSTILE = '\u001b[31mred\u001b]0;title\u0007\r\n\u009b2J\u202eevil\u2066x\u2069\u200f\u061c\ufeff\u0085\u2028end';
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

test('whatever names, values, messages and hooks hold, no control or bidi character reaches the terminal', async () => {
  const column = HOSTILE.slice(0, 20);
  const project = await createProject({
    sql: [
      `CREATE TABLE ${quoted(column)} (id int PRIMARY KEY, ${quoted(column)} text, amount numeric)`,
      `INSERT INTO ${quoted(column)} VALUES (1, ${literal(HOSTILE)}, 1), (2, ${literal(HOSTILE)}, 20)`,
      `COMMENT ON TABLE ${quoted(column)} IS ${literal(HOSTILE)}`,
      `CREATE FUNCTION fails() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = ${literal(HOSTILE)}; END $$`,
    ],
    datasets: {
      odd: {
        table: column,
        schema: 'odd.schema.json',
        onInvalid: 'drop',
        distributions: [column],
        rules: [{ name: HOSTILE, sql: 'count(*) > 5', severity: 'warn' }],
      },
      failing: { query: 'SELECT fails() AS n' },
    },
  });
  await project.write({ 'odd.schema.json': { properties: { amount: { maximum: 10 } } } });
  const hook = path.join(project.root, '.git/hooks/pre-commit');
  const runs: string[][] = [
    ['export', 'odd', '--message', HOSTILE, '-v'],
    ['export', 'odd', '--force', '--message', HOSTILE, '--debug'],
    ['export', 'failing', '--debug'],
    ['export', HOSTILE],
    ['validate', 'odd'],
    ['version', 'list', 'odd'],
    ['version', 'log', 'odd'],
    ['version', 'show', 'odd'],
    ['version', 'note', 'odd', 'v1', HOSTILE],
    ['version', 'tag', 'odd', 'v1', HOSTILE],
    ['version', 'log', 'odd', '--oneline'],
    ['version', 'diff', 'odd', 'v1', 'v2', '--rows', '5'],
    ['version', 'verify', 'odd'],
    ['version', 'rollback', 'odd', 'v1', '--message', HOSTILE],
    ['version', 'show', 'odd', HOSTILE],
    ['query', `SELECT * FROM ${quoted(HOSTILE)}`],
    ['schema', 'plan', 'odd'],
    ['schema', 'types', 'odd'],
    ['schema', 'infer', 'odd'],
    ['doctor'],
    ['config', 'show'],
    [HOSTILE],
    ['export', `--${HOSTILE}`],
  ];
  const bad: string[] = [];
  for (const args of runs) {
    for (const flags of [[], ['--json']]) {
      const { stdout, stderr } = await project.run(...args, ...flags);
      expect(stdout + stderr).not.toBe('');
      for (const line of `${stdout}\n${stderr}`.split('\n').filter((text) => HARMFUL.test(text))) {
        bad.push(
          `${JSON.stringify([...args.map((arg) => (arg === HOSTILE ? '…' : arg)), ...flags])}: ${JSON.stringify(line)}`,
        );
      }
    }
  }
  expect(bad).toEqual([]);
  await writeFile(hook, `#!/bin/sh\nprintf '%b' '\\033[31mno\\033]0;t\\007\\n' >&2\nexit 1\n`);
  await chmod(hook, 0o755);
  const { stderr } = await project.run('export', 'odd', '--force', '--debug');
  expect(stderr).toContain('\\u{1b}[31mno');
  expect(stderr).not.toMatch(HARMFUL);
});
