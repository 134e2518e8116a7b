export { parquetjsWriter } from './parquetjs-writer.ts';
