export { ajvValidator } from './validator.ts';
