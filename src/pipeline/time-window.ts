import { type Column, type Filter, type Instant, SnapkeepError, type TimeWindow } from '@snapkeep/sdk';
import { requireColumn } from './require-column.ts';

const MOMENT = /^(\d{4,6}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/;
const DAY_MS = 86_400_000;

/** A date or a time as the user wrote it → UTC, `2026-01-01T00:00:00Z`; without a zone it is UTC. */
export function parseMoment(text: string, flag: string): string {
  const [, date, time = '00:00', zone = 'Z'] = MOMENT.exec(text) ?? [];
  const ms = date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone}`);
  if (Number.isNaN(ms)) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `${flag} ${text} is neither a date nor a time`, {
      hint: 'Write 2026-01-31 or 2026-01-31T08:00:00Z.',
    });
  }
  // Date keeps milliseconds; the digits behind them are the user's own.
  const micros = /\.\d{3}(\d{1,3})/.exec(time)?.[1] ?? '';
  const iso = new Date(ms).toISOString();
  return micros === '' ? iso.replace('.000Z', 'Z') : iso.replace('Z', `${micros}Z`);
}

export interface WindowRequest {
  readonly days?: number | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Absolute bounds, half open. `--days` counts back from the source's own clock. */
export function windowOf(
  { days, since, until }: WindowRequest,
  time: string | undefined,
  instant: Instant,
): TimeWindow | null {
  if (days === undefined && since === undefined && until === undefined) return null;
  if (days !== undefined && since !== undefined) {
    throw new SnapkeepError('SNAPKEEP_USAGE', '--days and --since both say where the window begins: give one');
  }
  if (time === undefined) {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'the dataset has no time column over which a window could run', {
      hint: 'Name it in snapkeep.config.yaml: datasets.NAME.time.',
    });
  }
  const from =
    days === undefined
      ? since === undefined
        ? null
        : parseMoment(since, '--since')
      : new Date(Date.parse(instant.time) - days * DAY_MS).toISOString();
  const to = until === undefined ? null : parseMoment(until, '--until');
  if (from !== null && to !== null && Date.parse(from) >= Date.parse(to)) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `the window is empty: it begins at ${from} and ends before ${to}`);
  }
  return { column: time, from, to };
}

/** A bound in the form of the column's own text. */
function boundFor(column: Column, moment: string): string {
  if (column.type.kind === 'date') return moment.slice(0, moment.indexOf('T'));
  if (column.type.kind === 'timestamp' && !column.type.utc) return moment.slice(0, -1);
  return moment;
}

/** @throws SNAPKEEP_COLUMN_UNKNOWN where there is no such column, or it holds no times */
export function requireTimeColumn<C extends Column>(columns: readonly C[], time: string): C {
  requireColumn(columns, time, 'time');
  const column = columns.find(({ name }) => name === time);
  if (!column || (column.type.kind !== 'timestamp' && column.type.kind !== 'date')) {
    throw new SnapkeepError('SNAPKEEP_COLUMN_UNKNOWN', `the time column ${time} is no date and no timestamp`);
  }
  return column;
}

export function windowFilters(window: TimeWindow | null, columns: readonly Column[]): Filter[] {
  if (window === null) return [];
  const column = requireTimeColumn(columns, window.column);
  const filters: Filter[] = [];
  if (window.from !== null) filters.push({ column: column.name, op: '>=', value: boundFor(column, window.from) });
  if (window.to !== null) filters.push({ column: column.name, op: '<', value: boundFor(column, window.to) });
  return filters;
}
