/** The one error that can't be shown by the CLI itself: nothing of it runs on this Node. */
export function reportOldNode() {
  const code = 'SNAPKEEP_NODE_TOO_OLD';
  const message = `snapkeep needs Node.js 22.12 or newer; this is ${process.version}`;
  const hint = 'Install Node.js 22.12 or newer.';
  process.exitCode = 2;
  if (process.argv.includes('--json')) {
    const error = { code, message, hint, exitCode: 2, details: { found: process.version } };
    const [command = ''] = process.argv.slice(2).filter((word) => !word.startsWith('-'));
    process.stdout.write(`${JSON.stringify({ ok: false, command, version: 1, error })}\n`);
  } else {
    process.stderr.write(`✗ ${message}\n  → ${hint}\n  ${code} · exit 2\n`);
  }
}
