// What it costs to start, beside a bare node: node test/bench/startup.ts [repeats]
// All in turn in one run, so that a slow moment meets all of them; prints medians and the ratio to a bare start.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const repeats = Number(process.argv[2] ?? 20);
const project = mkdtempSync(path.join(tmpdir(), 'snapkeep-startup-bench-'));
writeFileSync(path.join(project, 'snapkeep.config.yaml'), 'datasets:\n  orders: {table: orders, key: [id]}\n');

const WAYS: Readonly<Record<string, readonly string[]>> = {
  'bare node': ['-e', '0'],
  'snapkeep --version': [RUN, '--version'],
  'snapkeep --help': [RUN, '--help'],
  'snapkeep export --help': [RUN, 'export', '--help'],
  'snapkeep version list': [RUN, 'version', 'list'],
};

function timed(args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

try {
  const times = new Map(Object.keys(WAYS).map((name): [string, number[]] => [name, []]));
  // The first start of each fills node's compile cache.
  for (let repeat = -1; repeat < repeats; repeat += 1) {
    for (const [name, args] of Object.entries(WAYS)) {
      const ms = timed(args);
      if (repeat >= 0) times.get(name)?.push(ms);
    }
  }
  const bare = median(times.get('bare node') ?? []);
  for (const [name, ms] of times) {
    process.stdout.write(
      `${name.padEnd(24)} ${median(ms).toFixed(0).padStart(5)} ms  ratio ${(median(ms) / bare).toFixed(2)}\n`,
    );
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}
