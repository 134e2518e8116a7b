import type { JsonSchema } from '@snapkeep/sdk';
import { shorten } from '@snapkeep/sdk';
import type { ColumnProfile } from './profile.ts';

/** What the values of a column have in common, as one more condition on it. */
export interface Suggestion {
  readonly column: string;
  /** `range`, `pattern`, `set`, `not null`, `document`, `past`. */
  readonly kind: 'range' | 'pattern' | 'set' | 'not null' | 'document' | 'past';
  /** The keywords that would say so. */
  readonly schema: JsonSchema;
  /** Why, in words, with the numbers. */
  readonly evidence: string;
  /** Values that were looked at, NULL not among them. */
  readonly values: number;
}

/** Fewer values prove nothing. */
const MIN_VALUES = 20;
/** A set of labels is one where each comes so often on average. */
const MIN_REPETITION = 10;
const MAX_REQUIRED = 20;

export interface SuggestOptions {
  /** Whether the column's values must not be shown. */
  readonly sensitive: (column: string) => boolean;
  /** Columns whose values name rows: their range says nothing. */
  readonly key: readonly string[];
  /** Columns whose schema lists their values already. */
  readonly listed: (column: string) => boolean;
  /** The source's clock in JSON form, where it has one. */
  readonly now: string | undefined;
}

/** Suggestions, in the order of the columns. None of the values that were seen breaks one. */
export function suggest(profiles: readonly ColumnProfile[], options: SuggestOptions): Suggestion[] {
  return profiles.flatMap((profile) => {
    const values = profile.rows - profile.nulls;
    if (values < MIN_VALUES) return [];
    return [
      ...notNull(profile),
      ...range(profile, options),
      ...textual(profile, options),
      ...past(profile, options),
      ...documents(profile),
    ].map((part) => ({ column: profile.column.name, values, ...part }));
  });
}

type Part = Omit<Suggestion, 'column' | 'values'>;

const count = (values: number) => values.toLocaleString('en');

function notNull({ column, rows, nulls }: ColumnProfile): Part[] {
  if (!column.nullable || nulls > 0 || column.type.kind === 'json') return [];
  return [{ kind: 'not null', schema: { not: { type: 'null' } }, evidence: `no NULL in ${count(rows)} rows` }];
}

function range({ numbers, rows, nulls, minimum, maximum, column }: ColumnProfile, options: SuggestOptions): Part[] {
  if (options.sensitive(column.name) || options.key.includes(column.name)) return [];
  // What is no number (NaN, infinity) would break it.
  if (numbers === 0 || numbers < rows - nulls) return [];
  return [
    {
      kind: 'range',
      schema: { minimum, maximum },
      evidence: `${count(numbers)} values from ${minimum} to ${maximum}`,
    },
  ];
}

function textual({ column, texts, nulls, patterns, labels }: ColumnProfile, options: SuggestOptions): Part[] {
  if (column.type.kind !== 'string' || texts === 0 || options.listed(column.name)) return [];
  const isSet = labels !== null && labels.size > 1 && labels.size * MIN_REPETITION <= texts;
  if (isSet && !options.sensitive(column.name)) {
    const values = [...labels.keys()].sort();
    const shown = values.slice(0, 5).map((value) => shorten(value, 20));
    return [
      {
        kind: 'set',
        schema: { enum: nulls > 0 ? [...values, null] : values },
        evidence: `${values.length} different values in ${count(texts)}: ${shown.join(', ')}${values.length > 5 ? ', …' : ''}`,
      },
    ];
  }
  const [best] = patterns;
  return best ? [{ kind: 'pattern', schema: best.schema, evidence: `all ${count(texts)} values: ${best.name}` }] : [];
}

function past({ column, texts, latest }: ColumnProfile, { now }: SuggestOptions): Part[] {
  if (column.type.kind !== 'timestamp' || texts === 0 || now === undefined || !/^\d{4}-/.test(latest)) return [];
  if (latest.replace(/Z$/, '') > now.replace(/Z$/, '')) return [];
  return [
    { kind: 'past', schema: { notInFuture: true }, evidence: `none of ${count(texts)} values is after the export` },
  ];
}

function documents({ column, rows, nulls, documentTypes, keys }: ColumnProfile): Part[] {
  const [[type, seen] = ['', 0], ...others] = [...documentTypes];
  if (column.type.kind !== 'json' || others.length > 0 || seen === 0) return [];
  const always = type === 'object' ? [...keys].filter(([, times]) => times === seen).map(([key]) => key) : [];
  const required = always.length > MAX_REQUIRED ? [] : always.sort();
  const all = `all ${count(rows - nulls)} documents are ${type === 'object' || type === 'array' ? `${type}s` : `of type ${type}`}`;
  return [
    {
      kind: 'document',
      schema: { type: nulls > 0 ? [type, 'null'] : type, ...(required.length === 0 ? {} : { required }) },
      evidence:
        required.length === 0
          ? all
          : `${all} with ${required.slice(0, 5).join(', ')}${required.length > 5 ? ', …' : ''}`,
    },
  ];
}
