/*
 * How texts wait between their cast and the file. Uncompressed, DuckDB 1.5 reads a long text again for each NULL that follows it: it keeps a NULL as another reference to the text before
 * (string_uncompressed.cpp), and a thousand of them after a megabyte are a gigabyte. So a NULL can wait as a text of its own;
 * where most values are NULL, that takes longer than to compress them.
 */

/** No server sends this as JSON (RFC 8259 has no NaN), and DuckDB takes it for some. */
const NO_DOCUMENT = `'[NaN,"no value"]'::JSON`;

/** How NULLs of one type of texts wait, in SQL. */
export interface NullText {
  /** Value → what is staged, never NULL. */
  readonly hide: (value: string) => string;
  /** What is staged → value. */
  readonly show: (staged: string) => string;
}

/** The empty text is NULL; what is empty, or begins with NUL, gets a NUL before it. */
const OF_TEXTS: NullText = {
  hide: (value) =>
    `CASE WHEN ${value} IS NULL THEN '' WHEN ${value} < chr(1) THEN chr(0) || ${value} ELSE ${value} END`,
  show: (staged) => `CASE WHEN ${staged} >= chr(1) THEN ${staged} WHEN ${staged} <> '' THEN substr(${staged}, 2) END`,
};

const OF_DOCUMENTS: NullText = {
  hide: (value) => `coalesce(${value}, ${NO_DOCUMENT})`,
  show: (staged) => `CASE WHEN ${staged} <> ${NO_DOCUMENT} THEN ${staged} END`,
};

/** @param type - DuckDB's, of the values; nothing where their NULLs wait as they are */
export function nullTextOf(type: string): NullText | undefined {
  if (type === 'VARCHAR') return OF_TEXTS;
  return type === 'JSON' ? OF_DOCUMENTS : undefined;
}
