import type { Instant } from '@snapkeep/sdk';
import type { FuncKeywordDefinition } from 'ajv';

/** The JSON form of a timestamp: years of four digits compare as texts. */
const JSON_FORM = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?Z?)?$/;

const HYPHEN = 0x2d;

/**
 * `notInFuture: true`: a date-time is not after the instant at which the source was read, by the source's own clock;
 * a number allows that many seconds beyond. A date without time means its first moment, a time without zone
 * is taken as UTC. Microseconds count. Texts that are no date-time are for `format` to refuse.
 */
export function notInFuture(instant: Instant): FuncKeywordDefinition {
  return {
    keyword: 'notInFuture',
    type: 'string',
    schemaType: ['boolean', 'number'],
    errors: false,
    error: { message: 'must not be in the future' },
    compile(setting: boolean | number) {
      if (setting === false) return () => true;
      const limit = latestAllowed(instant, setting);
      return (text: string) => isPlainlyBefore(text, limit) || !isAfter(text, limit);
    },
  };
}

/** The last moment that is allowed: no zone, six decimals. */
export function latestAllowed({ time }: Instant, setting: true | number): string {
  return plusSeconds(time, setting === true ? 0 : setting);
}

/** Nearly every row: a UTC time with a year of four digits, whose order as a text is enough. */
function isPlainlyBefore(text: string, limit: string): boolean {
  return text < limit && text.charCodeAt(4) === HYPHEN && text.endsWith('Z');
}

function isAfter(text: string, limit: string): boolean {
  if (JSON_FORM.test(text)) return comparable(text) > limit;
  // Years beyond 9999 and PostgreSQL's own word for "after everything".
  if (text === 'infinity' || /^\+?\d{5,}-/.test(text)) return !text.endsWith('BC');
  const time = Date.parse(text);
  return !Number.isNaN(time) && comparable(new Date(time).toISOString()) > limit;
}

/** No zone, six decimals: texts whose order is the order in time. */
function comparable(text: string): string {
  if (text.length === 10) return `${text}T00:00:00.000000`;
  const fraction = text.length > 20 ? text.slice(20).replace('Z', '') : '';
  return `${text.slice(0, 19)}.${fraction.padEnd(6, '0')}`;
}

function plusSeconds(time: string, seconds: number): string {
  if (seconds === 0) return comparable(time);
  const later = new Date(Date.parse(time) + Math.ceil(seconds * 1_000)).toISOString();
  return comparable(`${later.slice(0, 23)}${time.slice(23)}`);
}
