import { openDataset } from '../dataset.ts';
import type { ExportRequest } from '../export/request.ts';
import type { ExportPreview } from '../export/result.ts';
import { withPlannedSession } from '../export/session.ts';
import type { Runtime } from '../runtime.ts';

/**
 * What an export would do with a table: its columns and their types in the file. Unlike `export --dry-run` it asks
 * neither git nor DVC, so that a table can be looked at from anywhere.
 */
export async function planDataset(runtime: Runtime, request: ExportRequest): Promise<ExportPreview> {
  const dataset = await openDataset(runtime, request.name, request.as);
  return withPlannedSession(runtime, dataset, request, async ({ session, plan }) => {
    await session.finish(runtime.context(plan.capabilities.source));
    return { dryRun: true, plan };
  });
}
