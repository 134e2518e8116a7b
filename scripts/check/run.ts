import path from 'node:path';
import { execa } from 'execa';

export const root = path.join(import.meta.dirname, '..', '..');

export interface CheckResult {
  readonly ok: boolean;
  readonly durationMs: number;
}

/** Runs a program of the project's own packages; what it says is shown only where it fails. */
export async function runCheck([program, ...args]: readonly [string, ...string[]]): Promise<
  CheckResult & { output: string }
> {
  const result = await execa(program, args, {
    cwd: root,
    preferLocal: true,
    localDir: root,
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  const said = result.all || (result.failed ? (result.shortMessage ?? '') : '');
  return { ok: !result.failed, durationMs: result.durationMs, output: said === '' ? '' : `${said}\n` };
}
