import { ERRORS, type ErrorDefinition } from '../../plugins/sdk/dist/index.js';
import { code, pageHead, table } from './markdown.ts';

const CLASSES: Readonly<Record<number, string>> = {
  1: 'a bug of ours',
  2: 'usage or configuration',
  3: 'data broke its schema or quality rules',
  10: 'the source',
  11: "a value that can't be held exactly",
  12: 'storage',
  13: 'busy',
  14: 'integrity',
  15: 'git',
  16: 'DVC or remote',
  130: 'Ctrl-C',
  143: 'SIGTERM',
};

/** Every error code, by exit code. */
export function errorsPage(): string {
  const entries: [string, ErrorDefinition][] = Object.entries(ERRORS);
  const exitCodes = [...new Set(entries.map(([, { exitCode }]) => exitCode))].sort((a, b) => a - b);
  const sections = exitCodes.map((exitCode) => {
    const rows = entries
      .filter(([, definition]) => definition.exitCode === exitCode)
      .map(([name, { when, hint }]) => [code(name), when, hint]);
    return `## Exit code ${exitCode}: ${CLASSES[exitCode] ?? ''}\n\n${table(['code', 'when', 'what to do'], rows)}\n`;
  });
  const intro = [
    'Every failure has a stable code, one line of what happened and one of what to do. With `--json` they are',
    '`error.code`, `error.message`, `error.hint` of the document on stdout; without it they stand on stderr.',
    'Exit code 0 means done. 141 means that the reader of stdout went away (`snapkeep … | head`), which is no error.\n',
  ].join('\n');
  return [pageHead('Errors', 'plugins/sdk/src/errors/registry.ts'), intro, ...sections].join('\n');
}
