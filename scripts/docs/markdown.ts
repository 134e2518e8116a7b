/** First lines of every generated page. */
export function pageHead(title: string, source: string): string {
  return `# ${title}\n\n<!-- Generated from ${source} by scripts/generate-docs.ts: change it there. -->\n`;
}

export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** A table; bars and line breaks in cells would end them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => {
    const safe = cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' '));
    return `| ${safe.join(' | ')} |`;
  };
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
