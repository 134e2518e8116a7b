#!/usr/bin/env node
// Plain JavaScript that an old Node can read: it must be able to say that it is too old.
import module from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
const argv = process.argv.slice(2);
if (major < 22 || (major === 22 && minor < 12)) {
  const { reportOldNode } = await import('./old-node.js');
  reportOldNode();
} else if (argv[0] === '--version') {
  const { versionLine } = await import('../dist/host/version.js');
  process.stdout.write(`${versionLine()}\n`);
} else {
  module.enableCompileCache();
  const { main } = await import('../dist/host/main.js');
  await main(argv);
}
