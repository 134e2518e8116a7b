import type { CompiledValidator, ExportPlan, ProgressTask, TextBatch } from '@snapkeep/sdk';
import { rowBuilder } from '../export/row-lane.ts';
import type { Rejections } from '../invalid/rejections.ts';
import type { RowCounts } from '../invalid/rows-invalid.ts';
import type { Runtime } from '../runtime.ts';

/** Holds every row against the schema. What breaks it goes to `rejections`, which the caller closes. */
export async function judgeRows(
  { signal }: Pick<Runtime, 'signal'>,
  { columns }: Pick<ExportPlan, 'columns'>,
  batches: AsyncIterable<TextBatch>,
  validator: CompiledValidator | null,
  rejections: Rejections,
  task: ProgressTask,
): Promise<RowCounts> {
  const toRow = rowBuilder({ columns });
  await validator?.prepare?.();
  let read = 0;
  for await (const batch of batches) {
    for (const texts of batch) {
      read += 1;
      const json = toRow(texts);
      const violations = validator?.check(json) ?? [];
      if (violations.length > 0) await rejections.add({ texts, json, number: read }, violations);
      if (rejections.finished) break;
    }
    task.update(read);
    signal.throwIfAborted();
    if (rejections.finished) break;
  }
  return { read, rejected: rejections.rows, stopped: rejections.finished };
}
