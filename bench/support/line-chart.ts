import { line, round, svg, text } from './svg.ts';

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Axis {
  readonly title: string;
  readonly scale: 'linear' | 'log';
  /** Of a tick. */
  readonly show: (value: number) => string;
}

const WIDTH = 880;
const HEIGHT = 420;
const FRAME = { left: 86, right: 170, top: 96, bottom: 64 };

/** Ticks at 1, 2, 5 times powers of ten within the bounds, or powers of ten alone where these are many. */
function ticks([low, high]: readonly [number, number], scale: Axis['scale']): number[] {
  if (scale === 'log') {
    const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    const powers = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
    const all = to - from > 3 ? powers : powers.flatMap((power) => [power, 2 * power, 5 * power]);
    return all.filter((value) => value >= low * 0.999 && value <= high * 1.001);
  }
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  return Array.from({ length: Math.floor(high / step) + 1 }, (_, index) => index * step).filter(
    (value) => value >= low,
  );
}

function bounds(values: readonly number[], scale: Axis['scale']): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return scale === 'log' ? [low, high] : [0, high * 1.1];
}

/** Lines over a common axis, each with its name at its end. */
export function lineChart(title: string, subtitle: string, x: Axis, y: Axis, series: readonly Series[]): string {
  const points = series.flatMap((one) => one.points);
  const xs = bounds(
    points.map(([value]) => value),
    x.scale,
  );
  const [yLow, yHigh] = bounds(
    points.map(([, value]) => value),
    y.scale,
  );
  // A line must not lie on the axis.
  const ys = y.scale === 'log' ? ([yLow / 1.4, yHigh * 1.1] as const) : ([yLow, yHigh] as const);
  const inner = { width: WIDTH - FRAME.left - FRAME.right, height: HEIGHT - FRAME.top - FRAME.bottom };
  const share = (value: number, [low, high]: readonly [number, number], scale: Axis['scale']) =>
    scale === 'log'
      ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low) || 1)
      : (value - low) / (high - low || 1);
  const px = (value: number) => FRAME.left + share(value, xs, x.scale) * inner.width;
  const py = (value: number) => FRAME.top + (1 - share(value, ys, y.scale)) * inner.height;
  const bottom = FRAME.top + inner.height;
  const right = FRAME.left + inner.width;
  const parts = [
    text(24, 34, title, { of: 'ink title' }),
    text(24, 56, subtitle, { of: 'quiet' }),
    ...ticks(ys, y.scale).flatMap((value) => [
      line(FRAME.left, py(value), right, py(value), 'rule'),
      text(FRAME.left - 10, py(value) + 5, y.show(value), { of: 'quiet small', anchor: 'end' }),
    ]),
    ...ticks(xs, x.scale).flatMap((value) => [
      line(px(value), bottom, px(value), bottom + 5, 'axis'),
      text(px(value), bottom + 21, x.show(value), { of: 'quiet small', anchor: 'middle' }),
    ]),
    line(FRAME.left, bottom, right, bottom, 'axis'),
    text(FRAME.left + inner.width / 2, HEIGHT - 16, x.title, { of: 'quiet small', anchor: 'middle' }),
    text(24, FRAME.top - 12, y.title, { of: 'quiet small' }),
    ...series.flatMap((one, index) => {
      const at = one.points.map(([a, b]) => [px(a), py(b)] as const);
      const path = at.map(([a, b]) => `${round(a)},${round(b)}`).join(' ');
      return [
        `<polyline points="${path}" class="line s${index % 5}"/>`,
        ...at.map(([a, b]) => `<circle cx="${round(a)}" cy="${round(b)}" r="4" class="d${index % 5}"/>`),
      ];
    }),
    ...labels(series.map((one) => py(one.points.at(-1)?.[1] ?? 0))).map((at, index) =>
      text(right + 14, at + 5, series[index]?.name ?? '', { of: `d${index % 5} strong` }),
    ),
  ];
  const last = series.map(
    ({ name, points: of }) => `${name}: ${of.map(([a, b]) => `${x.show(a)} ${y.show(b)}`).join(', ')}`,
  );
  return svg(WIDTH, HEIGHT, `${title}. ${last.join('; ')}`, parts);
}

/** Places of names, apart where the ends of their lines are not. */
function labels(places: readonly number[]): number[] {
  const LEAST = 18;
  const order = places.map((place, index) => ({ place, index })).toSorted((a, b) => a.place - b.place);
  let last = Number.NEGATIVE_INFINITY;
  const placed = order.map(({ place, index }) => {
    last = Math.max(place, last + LEAST);
    return { place: last, index };
  });
  return placed.toSorted((a, b) => a.index - b.index).map(({ place }) => place);
}
