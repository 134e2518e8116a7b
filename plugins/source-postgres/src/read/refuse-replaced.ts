import { SnapkeepError, type TextBatch } from '@snapkeep/sdk';
import type { ReadableRelation } from '../catalog/describe-table.ts';

/**
 * Passes batches on unless a byte that is no UTF-8 was replaced while it was decoded.
 * @throws SNAPKEEP_VALUE_INEXACT
 */
export async function* refuseReplaced(
  batches: AsyncIterable<TextBatch>,
  { relation, rawBytes }: ReadableRelation,
): AsyncGenerator<TextBatch, void, undefined> {
  for await (const batch of batches) {
    for (const index of rawBytes) {
      if (!batch.some((row) => row[index]?.includes('\ufffd'))) continue;
      const { name, sourceType } = relation.columns[index] ?? { name: '', sourceType: '' };
      throw new SnapkeepError(
        'SNAPKEEP_VALUE_INEXACT',
        `column ${JSON.stringify(name)} (${sourceType}) holds a byte that is no UTF-8`,
        {
          hint: 'Take it as a number, (COLUMN)::integer, with a query in the configuration.',
          details: { column: name, sourceType },
        },
      );
    }
    yield batch;
  }
}
