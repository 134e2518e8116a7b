import { line, round, svg, text } from './svg.ts';

export interface Bar {
  readonly name: string;
  /** Beneath the name, smaller. */
  readonly about: string;
  readonly value: number;
  /** Behind the bar. */
  readonly label: string;
  readonly of: 'ours' | 'other' | 'floor';
}

const WIDTH = 880;
const LEFT = 250;
/** For the labels behind the bars. */
const RIGHT = 190;
const TOP = 84;
const STEP = 46;
const THICK = 26;

/**
 * Lying bars from zero, one below the other.
 * @param marks - values at which a line stands, with its text
 */
export function barChart(
  title: string,
  subtitle: string,
  bars: readonly Bar[],
  marks: readonly { readonly value: number; readonly text: string }[],
): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const bottom = TOP + bars.length * STEP;
  const x = (value: number) => LEFT + (value / most) * (WIDTH - LEFT - RIGHT);
  const parts = [
    text(24, 34, title, { of: 'ink title' }),
    text(24, 56, subtitle, { of: 'quiet' }),
    ...marks.flatMap((mark) => [
      line(x(mark.value), TOP - 8, x(mark.value), bottom, 'axis dash'),
      text(x(mark.value), bottom + 18, mark.text, { of: 'quiet small', anchor: 'middle' }),
    ]),
    ...bars.flatMap(({ name, about, value, label, of }, index) => {
      const y = TOP + index * STEP;
      const width = Math.max(2, x(value) - LEFT);
      return [
        text(LEFT - 14, y + (about ? 11 : 18), name, { of: of === 'ours' ? 'ink strong' : 'ink', anchor: 'end' }),
        text(LEFT - 14, y + 27, about, { of: 'quiet small', anchor: 'end' }),
        `<rect x="${LEFT}" y="${y}" width="${round(width)}" height="${THICK}" rx="3" class="${of}"/>`,
        text(LEFT + width + 10, y + 18, label, { of: of === 'ours' ? 'ink strong' : 'ink' }),
      ];
    }),
    line(LEFT, TOP - 8, LEFT, bottom, 'axis'),
  ];
  return svg(WIDTH, bottom + 34, `${title}. ${bars.map((bar) => `${bar.name}: ${bar.label}`).join('; ')}`, parts);
}
