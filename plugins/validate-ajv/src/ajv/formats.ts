import type { Format } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { isEmail } from './email.ts';

/** Some of these patterns take quadratic time; no e-mail address, host or URL is longer. */
const MAX_MATCHED_CHARACTERS = 4_096;

const LOCAL_DATE_TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)$/;
const LOCAL_TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?$/;

function isDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** `2025-10-27T10:00:00.123456`: the JSON form of a timestamp without a zone, which `date-time` refuses. */
function isLocalDateTime(text: string): boolean {
  const [, date, time] = LOCAL_DATE_TIME.exec(text) ?? [];
  return date !== undefined && time !== undefined && isDate(date) && LOCAL_TIME.test(time);
}

/** By the flag that `pattern` has, too; without it `\a` would be an `a`. */
function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

/** What most rows hold, decided by one pattern; every month has 28 days. */
const PLAIN_DATE_TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;

function quickDateTime(format: Format): Format {
  if (typeof format !== 'object' || format instanceof RegExp || typeof format.validate !== 'function') return format;
  const validate = format.validate as (text: string) => boolean;
  return (text: string) => PLAIN_DATE_TIME.test(text) || validate(text);
}

/** The formats that a schema may name: those of ajv-formats and our own (vocabulary.json). */
export const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ...Object.entries(fullFormats).map(([name, format]): [string, Format] => [name, bounded(format)]),
  ['email', (text: string) => text.length <= MAX_MATCHED_CHARACTERS && isEmail(text)],
  ['date-time', quickDateTime(fullFormats['date-time'])],
  ['regex', isPattern],
  ['local-date-time', isLocalDateTime],
  ['local-time', LOCAL_TIME],
]);

function bounded(format: Format): Format {
  return format instanceof RegExp
    ? (text: string) => text.length <= MAX_MATCHED_CHARACTERS && format.test(text)
    : format;
}
