/**
 * What a reader of Parquet finds, apart from any one reader: the type that it sees, and each value in a form that loses
 * nothing. From both follows the text that PostgreSQL would print.
 */
export type ReadType =
  | {
      readonly kind: 'null' | 'boolean' | 'integer' | 'decimal' | 'text' | 'json' | 'uuid' | 'bytes' | 'date' | 'other';
    }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  /** `utc`: adjusted to UTC; null where the reader's type can't tell. */
  | { readonly kind: 'time' | 'timestamp'; readonly unit: TimeUnit; readonly utc: boolean | null }
  /** Months, days and nanoseconds, or one number of `unit`. */
  | { readonly kind: 'interval' }
  | { readonly kind: 'duration'; readonly unit: TimeUnit }
  | { readonly kind: 'list'; readonly of: ReadType }
  | { readonly kind: 'map'; readonly key: ReadType; readonly value: ReadType }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: ReadType }[] };

export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

/**
 * date and timestamp may be `infinity` and `-infinity`, for a reader that knows them. Otherwise:
 * boolean; integer, decimal, float (shortest, `NaN`, `inf`), text, json: text; bytes: hex digits; date: days since
 * 1970; time, timestamp, duration: a number of units; interval: three numbers; list, struct: arrays; map: pairs.
 */
export type ReadValue = null | boolean | string | readonly ReadValue[];

export interface ReadColumn {
  readonly name: string;
  readonly type: ReadType;
  readonly values: readonly ReadValue[];
}

const PER_SECOND: Readonly<Record<TimeUnit, bigint>> = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n };
const SECONDS_A_DAY = 86_400n;

/** Rounded down, also below zero. */
function divide(value: bigint, by: bigint): readonly [quotient: bigint, rest: bigint] {
  const rest = ((value % by) + by) % by;
  return [(value - rest) / by, rest];
}

/** A date of the proleptic Gregorian calendar as PostgreSQL prints it, and its era. */
function dateText(days: bigint): readonly [text: string, era: string] {
  // 400 years are 146,097 days: any date has the month and day of one in the range of `Date`.
  const [cycles, rest] = divide(days + 719_468n, 146_097n);
  const date = new Date(Number(rest - 719_468n) * 86_400_000);
  const year = BigInt(date.getUTCFullYear()) + cycles * 400n;
  const two = (value: number) => String(value).padStart(2, '0');
  const shown = String(year > 0n ? year : 1n - year).padStart(4, '0');
  return [`${shown}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`, year > 0n ? '' : ' BC'];
}

function clockText(units: bigint, unit: TimeUnit): string {
  const [seconds, fraction] = divide(units, PER_SECOND[unit]);
  const [minutes, second] = divide(seconds, 60n);
  const [hour, minute] = divide(minutes, 60n);
  const two = (value: bigint) => String(value).padStart(2, '0');
  const digits = String(PER_SECOND[unit]).length - 1;
  return `${two(hour)}:${two(minute)}:${two(second)}${digits > 0 ? `.${String(fraction).padStart(digits, '0')}` : ''}`;
}

function timestampText(units: bigint, unit: TimeUnit, zone: string): string {
  const [days, clock] = divide(units, PER_SECOND[unit] * SECONDS_A_DAY);
  const [date, era] = dateText(days);
  return `${date} ${clockText(clock, unit)}${zone}${era}`;
}

function signedSeconds(units: bigint, unit: TimeUnit): string {
  const text = clockText(units < 0n ? -units : units, unit);
  return `${units < 0n ? '-' : ''}${text}`;
}

const INTERVAL = 'months,days,micros';
/** Ours, and pg2parquet's. */
const RANGES: readonly string[] = [
  'lower,upper,lower_inc,upper_inc,empty',
  'lower,upper,lower_inclusive,upper_inclusive,is_empty',
];

const quotedField = (text: string | null) =>
  text === null ? '' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`;
const quotedElement = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

function structText(type: ReadType & { kind: 'struct' }, value: readonly ReadValue[]): string {
  const names = type.fields.map(({ name }) => name).join();
  const texts = type.fields.map((field, index) => postgresText(field.type, value[index] ?? null));
  if (names === INTERVAL) {
    const [months, days, micros] = texts;
    return `${months} mons ${days} days ${signedSeconds(BigInt(micros ?? 0), 'us')}`;
  }
  if (RANGES.includes(names)) {
    if (value[4] === true) return 'empty';
    const bounds = `${quotedField(texts[0] ?? null)},${quotedField(texts[1] ?? null)}`;
    return `${value[2] === true ? '[' : '('}${bounds}${value[3] === true ? ']' : ')'}`;
  }
  return `(${texts.map(quotedField).join(',')})`;
}

function isRange(type: ReadType): boolean {
  return type.kind === 'struct' && RANGES.includes(type.fields.map(({ name }) => name).join());
}

function listText(type: ReadType & { kind: 'list' }, value: readonly ReadValue[]): string {
  const texts = value.map((element) => {
    const text = postgresText(type.of, element);
    if (text === null) return 'NULL';
    return type.of.kind === 'list' || isRange(type.of) ? text : quotedElement(text);
  });
  return `{${texts.join(',')}}`;
}

/** The text that PostgreSQL reads as this value; NULL is null. */
export function postgresText(type: ReadType, value: ReadValue): string | null {
  if (value === null) return null;
  if ((type.kind === 'date' || type.kind === 'timestamp') && String(value).endsWith('infinity')) return String(value);
  switch (type.kind) {
    case 'boolean':
      return value === true ? 't' : 'f';
    case 'bytes':
      return `\\x${String(value)}`;
    case 'date': {
      const [date, era] = dateText(BigInt(String(value)));
      return `${date}${era}`;
    }
    case 'time':
      return clockText(BigInt(String(value)), type.unit);
    case 'timestamp':
      return timestampText(BigInt(String(value)), type.unit, type.utc === true ? '+00' : '');
    case 'duration':
      return signedSeconds(BigInt(String(value)), type.unit);
    case 'interval': {
      const [months, days, nanos] = value as readonly string[];
      return `${months} mons ${days} days ${signedSeconds(BigInt(nanos ?? 0), 'ns')}`;
    }
    case 'list':
      return listText(type, value as readonly ReadValue[]);
    case 'struct':
      return structText(type, value as readonly ReadValue[]);
    case 'map': {
      const pairs = (value as readonly (readonly [ReadValue, ReadValue])[]).map(([key, item]) => {
        const text = postgresText(type.value, item);
        return `${quotedElement(postgresText(type.key, key) ?? '')}=>${text === null ? 'NULL' : quotedElement(text)}`;
      });
      return pairs.join(',');
    }
    default:
      return String(value);
  }
}
