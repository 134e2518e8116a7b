import { nearest } from '@snapkeep/sdk';

export function didYouMean(name: string, names: Iterable<string>): string {
  const near = nearest(name, names);
  return near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
}
