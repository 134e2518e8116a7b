import { escapeControls } from '@snapkeep/sdk';

/** A text as one word of a shell. What a terminal must not get is escaped in `$'…'`, which bash, zsh and POSIX 2024 know. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (escapeControls(text) === text) return `'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = escapeControls(text.replace(/['\\]/g, '\\$&'));
  return `$'${escaped.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) => `\\u${hex.padStart(4, '0')}`)}'`;
}
