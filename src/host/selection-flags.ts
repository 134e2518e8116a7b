import * as Flags from '@oclif/core/flags';
import { INEXACT_POLICY_FORMS, SnapkeepError } from '@snapkeep/sdk';

/** Which rows of the dataset: the same for `export`, `validate` and `schema plan`. */
export const SELECTION_FLAGS = {
  days: Flags.integer({ summary: 'Only the last N days of the time column.', helpValue: 'N', min: 1 }),
  since: Flags.string({ summary: 'Only from this date or time on.', helpValue: 'TIME' }),
  until: Flags.string({ summary: 'Only before this date or time.', helpValue: 'TIME' }),
  where: Flags.string({
    summary: 'Only rows with this value; may be given several times. Always a value, never SQL.',
    helpValue: 'COLUMN=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  filter: Flags.string({
    summary: 'Only rows with this value in the column for which NAME stands in the dataset’s filters; repeatable.',
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'user-id': Flags.string({ summary: 'Short for --filter user-id=ID.', helpValue: 'ID' }),
  limit: Flags.integer({ summary: 'At most N rows.', helpValue: 'N', min: 0 }),
  'batch-rows': Flags.integer({ summary: 'Rows fetched at once.', helpValue: 'N', min: 1, max: 1_000_000 }),
};

/** What tells rows apart: the same for `export`, `validate` and `schema plan`. */
export const KEY_FLAG = {
  key: Flags.string({
    summary: "The columns that tell rows apart, in place of the dataset's key; '' for none.",
    description: 'A name with a comma in it in a --key of its own.',
    helpValue: 'A,B',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** What becomes of values that can't be held exactly: the same for `export`, `schema plan` and `schema infer`. */
export const INEXACT_FLAG = {
  'on-inexact': Flags.string({
    summary: `A value that the file can't hold exactly: ${INEXACT_POLICY_FORMS.join(', ')}; repeatable.`,
    description: `COLUMN is a column's name, type:NAME (type:numeric), or * for the rest; a policy alone is for the dataset.`,
    helpValue: '[COLUMN=]POLICY',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** For what reads the rows: `export` and `validate`. */
export const RETRY_FLAG = {
  retries: Flags.integer({
    summary:
      'How often to read again, from the start, after the connection broke or while the server restarts [default: 3].',
    helpValue: 'N',
    min: 0,
    max: 100,
  }),
};

/** For what judges rows: `export` and `validate`. */
export const FAIL_FAST_FLAG = {
  'fail-fast': Flags.boolean({
    summary: 'Stop reading as soon as it is certain that it fails, in place of counting all bad rows.',
  }),
};

/** The last `=` parts: a column's name may hold others. */
export function inexactOf(flags: { readonly 'on-inexact'?: readonly string[] | undefined }) {
  return flags['on-inexact']?.map((text) => {
    const equals = text.lastIndexOf('=');
    return equals < 1 ? { key: '*', policy: text } : { key: text.slice(0, equals), policy: text.slice(equals + 1) };
  });
}

interface SelectionFlags {
  readonly days?: number | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly where?: readonly string[] | undefined;
  readonly filter?: readonly string[] | undefined;
  readonly 'user-id'?: string | undefined;
  readonly limit?: number | undefined;
  readonly 'batch-rows'?: number | undefined;
}

/** What the flags say of the rows, as the pipeline takes it. @throws SNAPKEEP_USAGE */
export function selectionOf(flags: SelectionFlags) {
  const { days, since, until, where, limit } = flags;
  return { days, since, until, where, shorthands: shorthandsOf(flags), limit, batchRows: flags['batch-rows'] };
}

/**
 * Shorthand → value, from `--filter` and `--user-id`.
 * @throws SNAPKEEP_USAGE where a shorthand has no value, or two
 */
function shorthandsOf(flags: SelectionFlags): Readonly<Record<string, string>> {
  const given = new Map<string, string>();
  if (flags['user-id'] !== undefined) given.set('user-id', flags['user-id']);
  for (const text of flags.filter ?? []) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new SnapkeepError('SNAPKEEP_USAGE', `--filter ${text} is not of the form NAME=VALUE`);
    const name = text.slice(0, equals);
    // Both values at once hold of no row; the last one alone would be more than was asked for.
    if (given.has(name)) throw new SnapkeepError('SNAPKEEP_USAGE', `the shorthand ${name} is given two values`);
    given.set(name, text.slice(equals + 1));
  }
  return Object.fromEntries(given);
}
