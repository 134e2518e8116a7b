import { expect, test } from 'vitest';
import { usageFailure } from '../../src/host/failure/usage.ts';

test.each([
  [
    'Parsing --days \n\tExpected an integer but received: abc\nSee more help with --help',
    '--days takes an integer, not abc',
  ],
  [
    'The following error occurred:\n  Parsing --limit \n\tExpected an integer greater than or equal to 0 but received: -1',
    '--limit takes an integer greater than or equal to 0, not -1',
  ],
])('what oclif says of a flag’s value becomes one clean line', (said, message) => {
  const error = Object.assign(new Error(said), { oclif: { exit: 2 } });
  expect(usageFailure(error, { flags: [], managesPlugins: false })).toMatchObject({ code: 'SNAPKEEP_USAGE', message });
});
