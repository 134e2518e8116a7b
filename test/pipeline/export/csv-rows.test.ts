import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvBytes, csvField, QUOTE } from '../../../src/pipeline/export/csv-field.ts';
import { CsvRows } from '../../../src/pipeline/export/csv-rows.ts';

const text = fc.oneof(
  fc.integer().map(String),
  fc.string({ unit: 'binary', maxLength: 16 }),
  fc.string({ maxLength: 300 }),
  fc.constantFrom('', QUOTE, `a${QUOTE}`, 'twelve chars', 'thirteen char', 'twelve chär!', 'x'.repeat(90_000)),
);

test('rows as bytes are the rows as text', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.option(text), { minLength: 2, maxLength: 8 }), { maxLength: 8 }), (rows) => {
      const csv = new CsvRows();
      for (const row of rows) expect(csv.add(row)).toBe(csvBytes(row));
      const expected = rows.map((row) => `${row.map(csvField).join(',')}\n`).join('');
      expect(Buffer.from(csv.take()).toString()).toBe(Buffer.from(expected).toString());
    }),
  );
});
