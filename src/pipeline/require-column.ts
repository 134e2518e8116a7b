import { type Column, type ColumnPlan, nearest, SnapkeepError, shorten } from '@snapkeep/sdk';

/**
 * The columns that a flag names, each once.
 * @param texts - each a name, or several with commas between them; an empty one names none
 * @param known - a column may have a comma in its name: then the whole text is that column
 */
export function columnsNamed(texts: readonly string[], known: readonly string[]): readonly string[] {
  const parts = texts.flatMap((text) => (known.includes(text) ? [text] : text.split(',').map((part) => part.trim())));
  return [...new Set(parts.filter((part) => part !== ''))];
}

/** @param what - the part of the configuration or of the command line that names the column. @throws SNAPKEEP_COLUMN_UNKNOWN */
export function requireColumn(
  columns: readonly (Pick<Column, 'name'> & Pick<ColumnPlan, 'sourceName'>)[],
  name: string,
  what: string,
): void {
  const names = columns.map((column) => column.name);
  if (names.includes(name)) return;
  const renamed = columns.find(({ sourceName }) => sourceName === name);
  const near = nearest(name, names);
  const hint = renamed
    ? `rename calls it ${JSON.stringify(renamed.name)}.`
    : near === undefined
      ? `The columns are ${shorten(names.join(', '), 300)}.`
      : `Did you mean ${JSON.stringify(near)}? Upper and lower case matter.`;
  throw new SnapkeepError(
    'SNAPKEEP_COLUMN_UNKNOWN',
    `${what} names the column ${JSON.stringify(name)}, which is not there`,
    {
      hint,
      details: { column: name, columns: names },
    },
  );
}
