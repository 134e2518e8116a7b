#!/usr/bin/env node
// Plain JavaScript that an old Node can read: it must be able to say that it is too old.
import module from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
const argv = process.argv.slice(2);

/** Whether the page was one that can be shown without loading the CLI. */
async function showQuickHelp() {
  if (argv.length > 1 || ![undefined, '--help', '-h'].includes(argv[0])) return false;
  const { quickHelp } = await import('../dist/host/quick-help.js');
  const { versionLine } = await import('../dist/host/version.js');
  const page = quickHelp(versionLine(), process.env);
  if (page === undefined) return false;
  // Whoever read it has gone: quietly, with 128 + SIGPIPE.
  process.stdout.on('error', () => process.exit(141));
  process.stdout.write(page);
  return true;
}

if (major < 22 || (major === 22 && minor < 12)) {
  const { reportOldNode } = await import('./old-node.js');
  reportOldNode();
} else if (argv[0] === '--version') {
  const { versionLine } = await import('../dist/host/version.js');
  process.stdout.write(`${versionLine()}\n`);
} else if (!(await showQuickHelp())) {
  // Before the first use of the pool, or it has four threads: each dataset that is read at once waits in one of them.
  if (argv[0] === 'run') process.env.UV_THREADPOOL_SIZE ??= '16';
  module.enableCompileCache();
  const { main } = await import('../dist/host/main.js');
  await main(argv);
}
