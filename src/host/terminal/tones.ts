import type { Ansis } from 'ansis';

const COLOURS = {
  title: 'bold',
  added: 'green',
  removed: 'red',
  changed: 'yellow',
  breaking: 'red',
  aside: 'dim',
  plain: 'reset',
} as const satisfies Record<string, keyof Ansis>;

/** How a line is coloured by what it means. */
export function paint(colour: Ansis, tone: keyof typeof COLOURS): (text: string) => string {
  return tone === 'plain' ? (text) => text : colour[COLOURS[tone]];
}
