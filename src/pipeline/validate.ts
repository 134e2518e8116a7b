import { join } from 'node:path';
import { privateDirectory } from '../store/layout.ts';
import { openDataset } from './dataset.ts';
import type { ExportRequest } from './export/request.ts';
import { rowBuilder } from './export/row-lane.ts';
import { scanOf } from './export/scan.ts';
import { withPlannedSession } from './export/session.ts';
import { Rejections } from './invalid/rejections.ts';
import { rowsInvalid } from './invalid/rows-invalid.ts';
import type { Runtime } from './runtime.ts';

export interface ValidateResult {
  readonly dataset: string;
  readonly rows: number;
  readonly rejected: 0;
  /** A path relative to the project, or `inferred`. */
  readonly schema: string;
  /** How often reading was begun. */
  readonly attempts: number;
  readonly durationMs: number;
}

/** Every row of the source against the schema; nothing is written but a report of what breaks it. */
export async function validateDataset(runtime: Runtime, request: ExportRequest): Promise<ValidateResult> {
  const started = performance.now();
  const dataset = await openDataset(runtime, request.name, request.as);
  return withPlannedSession(
    runtime,
    dataset,
    { ...request, onInvalid: 'fail', lane: 'row' },
    async ({ session, plan, validator, attempt }) => {
      const stamp = new Date().toISOString().replace(/[-:.]/g, '');
      const report = join(privateDirectory(runtime.root), 'rejected', `${dataset.name}-${stamp}.csv`);
      const rejections = new Rejections(plan, report);
      const toRow = rowBuilder(plan);
      const task = runtime.progress.start(`validate ${dataset.name}`, { unit: 'rows' });
      const context = runtime.context(plan.capabilities.source);
      let read = 0;
      await runtime.emit('validate:before', { dataset: dataset.name });
      try {
        for await (const batch of session.rows(scanOf(plan), { batchRows: plan.batchRows }, context)) {
          for (const texts of batch) {
            read += 1;
            const json = toRow(texts);
            const violations = validator?.check(json) ?? [];
            if (violations.length > 0) await rejections.add({ texts, json, number: read }, violations);
            if (rejections.finished) break;
          }
          task.update(read);
          runtime.signal.throwIfAborted();
          if (rejections.finished) break;
        }
        if (!rejections.finished) await session.finish(context);
        await rejections.close();
      } catch (error) {
        await rejections.discard();
        throw error;
      } finally {
        task.end();
      }
      await runtime.emit('validate:after', { dataset: dataset.name, rows: read, rejected: rejections.rows });
      if (rejections.rows > 0) {
        const counts = { read, rejected: rejections.rows, stopped: rejections.finished };
        throw rowsInvalid({ what: dataset.name, counts, rejections, hint: 'Correct the rows at the source.' });
      }
      return {
        dataset: dataset.name,
        rows: read,
        rejected: 0,
        schema: plan.validation?.origin ?? 'inferred',
        attempts: attempt,
        durationMs: Math.round(performance.now() - started),
      };
    },
  );
}
