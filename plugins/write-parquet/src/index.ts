export { parquetWriter } from './parquet-writer.ts';
