import * as Flags from '@oclif/core/flags';

/** Which rows of the dataset: the same for `export` and `validate`. */
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
  'user-id': Flags.string({ summary: 'Shorthand that the dataset defines by filters.user-id.', helpValue: 'ID' }),
  limit: Flags.integer({ summary: 'At most N rows.', helpValue: 'N', min: 0 }),
  'batch-rows': Flags.integer({ summary: 'Rows fetched at once.', helpValue: 'N', min: 1, max: 1_000_000 }),
};
