const QUOTE = '\u0001';

/** Rows in the `csv` of a source's bytes. @throws Error where it is of another form */
export function readCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === QUOTE) {
      const { value, end } = quoted(text, at);
      row.push(value);
      at = end;
    } else row.push(null);
    if (text[at] === '\n') {
      rows.push(row);
      row = [];
    } else if (text[at] !== ',') throw new Error(`neither a comma nor the end of a row at ${at}`);
    at += 1;
  }
  if (row.length > 0) throw new Error('the last row has no end');
  return rows;
}

function quoted(text: string, start: number): { value: string; end: number } {
  let value = '';
  for (let at = start + 1; at < text.length; ) {
    const end = text.indexOf(QUOTE, at);
    if (end < 0) break;
    value += text.slice(at, end);
    if (text[end + 1] !== QUOTE) return { value, end: end + 1 };
    value += QUOTE;
    at = end + 2;
  }
  throw new Error(`a value that begins at ${start} has no end`);
}
