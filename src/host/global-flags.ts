const SWITCHES = new Set(['--json', '--quiet', '-q', '--verbose', '-v', '--debug']);
const WITH_VALUE = new Set(['--config', '--profile', '--url']);

/** `snapkeep --json version list` → `snapkeep version list --json`: oclif takes flags behind the command only. */
export function hoistCommand(argv: readonly string[]): string[] {
  let at = 0;
  while (at < argv.length) {
    const [flag = ''] = (argv[at] ?? '').split('=', 1);
    if (SWITCHES.has(flag)) at += 1;
    else if (WITH_VALUE.has(flag)) at += argv[at] === flag ? 2 : 1;
    else break;
  }
  return [...argv.slice(at), ...argv.slice(0, at)];
}

/** Whether a flag stands before `--`; for what is decided before anything is parsed. */
export function hasFlag(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes(flag);
}

/** Whether the answer, an error too, is to be one JSON document: `--json`, or `--format json` where a command has it. */
export function wantsJson(argv: readonly string[]): boolean {
  if (hasFlag(argv, '--json') || hasFlag(argv, '--format=json')) return true;
  const format = argv.indexOf('--format');
  return format >= 0 && hasFlag(argv, '--format') && argv[format + 1] === 'json';
}
