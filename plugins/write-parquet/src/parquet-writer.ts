import { join } from 'node:path';
import { type ColumnPlan, type Compression, quoteLiteral, type Writer } from '@snapkeep/sdk';

const CODECS = { zstd: 'zstd', snappy: 'snappy', none: 'uncompressed' } as const satisfies Record<Compression, string>;

/** DuckDB's default. */
const DICTIONARY_BYTES = 1_048_576;
/** DuckDB takes memory for the whole dictionary of a text column before it holds a value: with so many columns each may have the default. */
const COLUMNS_OF_WHOLE_DICTIONARIES = 32;
const LEAST_DICTIONARY_BYTES = 65_536;

/** Bytes of the dictionary of a text column; what doesn't fit is written without one. */
function dictionaryBytes(columns: readonly ColumnPlan[]): number {
  const texts = columns.filter(({ fileType }) => /VARCHAR|JSON|BLOB/.test(fileType)).length;
  const share = (DICTIONARY_BYTES * COLUMNS_OF_WHOLE_DICTIONARIES) / Math.max(COLUMNS_OF_WHOLE_DICTIONARIES, texts);
  return Math.max(LEAST_DICTIONARY_BYTES, 2 ** Math.floor(Math.log2(share)));
}

/**
 * Parquet by DuckDB's COPY: one file, fixed row groups, rows in the staged order, so that the same rows give the
 * same bytes with one version of DuckDB (https://duckdb.org/docs/stable/data/parquet/overview).
 */
export const parquetWriter: Writer = {
  // The type plan gives only types that DuckDB reads back as they were.
  refuse: () => [],

  async write({ staged, directory, baseName, compression, rowGroupRows, footer }) {
    const name = `${baseName}.parquet`;
    const metadata = Object.entries(footer).map(([key, value]) => `${quoteLiteral(key)}: ${quoteLiteral(value)}`);
    const options = [
      'FORMAT parquet',
      `COMPRESSION ${CODECS[compression]}`,
      `ROW_GROUP_SIZE ${rowGroupRows}`,
      `STRING_DICTIONARY_PAGE_SIZE_LIMIT ${dictionaryBytes(staged.columns)}`,
      ...(metadata.length > 0 ? [`KV_METADATA {${metadata.join(', ')}}`] : []),
    ];
    const path = quoteLiteral(join(directory, name));
    await staged.engine.run(`COPY (SELECT * FROM ${staged.name}) TO ${path} (${options.join(', ')})`);
    return [{ name, rows: staged.rows }];
  },
};
