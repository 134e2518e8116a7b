export { openSource } from './postgres-source.ts';
