import * as Flags from '@oclif/core/flags';

/** Which rows of a quarantine: the same for `show` and `export`. */
export const QUARANTINE_FLAGS = {
  at: Flags.string({
    summary: 'Of this version: v3, latest~1, a date, a tag or a commit; absent: the newest.',
    helpValue: 'VERSION',
  }),
  column: Flags.string({ summary: 'Only rows that break a rule of this column.', helpValue: 'COLUMN' }),
  where: Flags.string({
    summary: 'Only rows with this value, as the server writes it; may be given several times.',
    helpValue: 'COLUMN=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
};
