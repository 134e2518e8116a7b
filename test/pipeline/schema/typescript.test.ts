import { expect, test } from 'vitest';
import { schemaToTypeScript } from '../../../src/pipeline/schema/typescript.ts';

test('what parts are called doesn’t matter: a pointer counts from the $id around it, an anchor is followed', async () => {
  const schema = {
    $id: 'https://example.org/row',
    type: 'object',
    required: ['status', 'low'],
    properties: {
      status: { $id: 'status', $ref: '#/$defs/open', $defs: { open: { enum: ['open', 'paid'] } } },
      low: { $ref: 'https://example.org/row#low' },
    },
    $defs: { low: { $anchor: 'low', type: 'integer' } },
    additionalProperties: false,
  };
  const text = await schemaToTypeScript(schema, 'orders', 'orders.schema.json');
  expect(text).toContain("status: 'open' | 'paid';");
  expect(text).toMatch(/^ {2}low: .+;$/m);
  expect(text).not.toContain('unknown');
});
