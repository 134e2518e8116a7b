export { duckdbTarget } from './target.ts';
