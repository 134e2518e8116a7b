import { SNAPSHOT_ID, tagOf } from '../../store/layout.ts';

/** One way to understand what a user wrote for a version. */
export type Reading =
  | { readonly kind: 'number'; readonly version: number }
  | { readonly kind: 'latest'; readonly back: number }
  /** A snapshot's id or the beginning of one. */
  | { readonly kind: 'snapshot'; readonly prefix: string }
  /** The newest version that was there then; `untilMs` is the last millisecond that counts. */
  | { readonly kind: 'moment'; readonly untilMs: number }
  /** A tag, branch or commit of a version store. */
  | { readonly kind: 'revision'; readonly name: string };

const DAY_MS = 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:?\d{2})?$/i;
const MAX_DIGITS = 7;

/**
 * All that a selector can mean, in the order in which it is tried. What has the form of a version's own names (`v12`,
 * `12`, `latest~1`, `orders/v12`, a snapshot's id) is never looked for as anything else first.
 * @param nowMs - for `yesterday` and `7d`
 */
export function readSelector(text: string, dataset: string, nowMs: number): readonly Reading[] {
  const revision: Reading = { kind: 'revision', name: text };
  const own = text.startsWith(tagOf(dataset, 0).slice(0, -1)) ? text.slice(dataset.length + 1) : text;
  const number = /^v?(\d+)$/.exec(own)?.[1];
  if (number !== undefined && number.length <= MAX_DIGITS) {
    return [{ kind: 'number', version: Number(number) }, ...(own === text && !text.startsWith('v') ? [revision] : [])];
  }
  const back = /^latest(?:~(\d+))?$/.exec(text);
  if (back) return [{ kind: 'latest', back: Number(back[1] ?? 0) }];
  if (/^\d{8}T/.test(text)) return [{ kind: 'snapshot', prefix: text }];
  const untilMs = momentOf(text, nowMs);
  return untilMs === undefined ? [revision] : [{ kind: 'moment', untilMs }, revision];
}

/** Whether a selector can hold of several datasets at once: a date, a tag or a commit, as opposed to a version's number. */
export function isCommon(text: string, nowMs: number): boolean {
  return readSelector(text, '', nowMs).every(({ kind }) => kind === 'moment' || kind === 'revision');
}

/** A date means the whole of that day; without a zone all is UTC. */
function momentOf(text: string, nowMs: number): number | undefined {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  if (text === 'today') return today + DAY_MS - 1;
  if (text === 'yesterday') return today - 1;
  const [, amount, unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (UNIT_MS[unit] ?? DAY_MS);
  if (DATE.test(text)) return valid(Date.parse(`${text}T00:00:00Z`), text, DAY_MS - 1);
  const [, date, time, zone = 'Z'] = TIME.exec(text) ?? [];
  return date === undefined ? undefined : valid(Date.parse(`${date}T${time}${zone.toUpperCase()}`), text, 0);
}

/** `Date.parse` takes 2026-02-30 for the 2nd of March. */
function valid(ms: number, text: string, more: number): number | undefined {
  if (Number.isNaN(ms)) return undefined;
  const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  return new Date(day).toISOString().startsWith(text.slice(0, 10)) ? ms + more : undefined;
}

/** Whether a name would be read as something else than a tag; such a tag would be of no use as a selector. */
export function isReserved(name: string, dataset: string): boolean {
  return SNAPSHOT_ID.test(name) || readSelector(name, dataset, 0)[0]?.kind !== 'revision';
}
