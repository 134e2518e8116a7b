import { join } from 'node:path';
import { type Compression, quoteLiteral, type Writer } from '@snapkeep/sdk';

const CODECS = { zstd: 'zstd', snappy: 'snappy', none: 'uncompressed' } as const satisfies Record<Compression, string>;

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
      ...(metadata.length > 0 ? [`KV_METADATA {${metadata.join(', ')}}`] : []),
    ];
    const path = quoteLiteral(join(directory, name));
    await staged.engine.run(`COPY (SELECT * FROM ${staged.name}) TO ${path} (${options.join(', ')})`);
    return [{ name, rows: staged.rows }];
  },
};
