import { expect, test } from 'vitest';
import { csvText } from '../../src/pipeline/csv.ts';

test('an empty text is quoted, NULL is nothing', () => {
  expect(csvText([['', null, 'a']])).toBe(`"",,a\n`);
});

test('cells that a spreadsheet would run get an apostrophe, all others stay', () => {
  expect(csvText([['=1+1', '+x', '-x', '@y', '\tz', 'a=b', null, 'q"uote', 'two\nlines']])).toBe(
    `'=1+1,'+x,'-x,'@y,'\tz,a=b,,"q""uote","two\nlines"\n`,
  );
});

test('numbers stay numbers', () => {
  expect(csvText([['-1', '+2.5', '-1e-7', '-.5', '-1+1']])).toBe(`-1,+2.5,-1e-7,-.5,'-1+1\n`);
});
