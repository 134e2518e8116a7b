import type { ByteBatch, CompiledValidator, ExportPlan, Relation, SourceSession } from '@snapkeep/sdk';
import { SnapkeepError } from '@snapkeep/sdk';
import { refuseOutside } from '../../store/containment.ts';
import type { Dataset } from '../dataset.ts';
import { invalidRules } from '../invalid/policy.ts';
import { retrying } from '../retry.ts';
import type { Runtime } from '../runtime.ts';
import { readCheckedSchema } from '../schema/check.ts';
import { chooseLane } from './lane.ts';
import { planExport } from './plan.ts';
import { policyRules } from './policies.ts';
import type { ExportRequest } from './request.ts';
import { readSchemaFile } from './schema-file.ts';
import { compileValidator } from './validator.ts';
import { assertHeld, compressionOf } from './writer-limits.ts';

export interface PlannedSession {
  readonly session: SourceSession;
  readonly plan: ExportPlan;
  /** `null` where no row is to be checked. */
  readonly validator: CompiledValidator | null;
  /** The rows in the fast lane; `undefined` in the row lane. */
  readonly bytes: AsyncIterable<ByteBatch> | undefined;
  /** From 1. */
  readonly attempt: number;
}

/**
 * Checks what can be checked without a connection, opens the source, makes the plan, and closes it after `use`.
 * Where the source says that a failure passes by itself, all of it is done again, `use` too: it must end with the
 * session's `finish`, and leave nothing behind where it fails.
 */
export async function withPlannedSession<T>(
  runtime: Runtime,
  dataset: Dataset,
  request: ExportRequest,
  use: (planned: PlannedSession) => Promise<T>,
): Promise<T> {
  const { capabilities, connection } = runtime.config;
  const rules = policyRules(dataset, request.onInexact);
  const invalid = invalidRules(dataset, request);
  const schemaPath = request.schema ?? dataset.config.schema;
  // The file that the project names for a dataset; whoever names one on the command line may name any.
  if (schemaPath !== undefined && request.schema === undefined) await refuseOutside(runtime.root, schemaPath);
  const readSchema = request.validate === false ? readSchemaFile : readCheckedSchema;
  const schema =
    schemaPath === undefined ? undefined : { schema: await readSchema(runtime, schemaPath), origin: schemaPath };
  const writer = await runtime.capability('writer', capabilities.writer);
  const compression = compressionOf(request, dataset, writer, capabilities.writer);
  const source = await runtime.capability('source', capabilities.source);
  const context = runtime.context(capabilities.source);
  runtime.log.verbose(`reading from ${source.describe(connection, context)}`);
  const retry = { ...runtime.config.retry, ...(request.retries === undefined ? {} : { times: request.retries }) };
  return retrying(runtime, retry, async (attempt) => {
    const session = await source.open({ connection, relations: [dataset.request], jobs: 1, attempt }, context);
    try {
      const rowPlan = planExport(runtime, {
        request,
        dataset,
        relation: onlyRelation(session),
        instant: session.instant,
        schema,
        compression,
        rules,
        invalid,
      });
      assertHeld(writer, rowPlan);
      const validator = await compileValidator(runtime, rowPlan);
      const { plan, bytes } = await chooseLane(runtime, session, rowPlan, validator, request.lane ?? 'auto');
      runtime.log.verbose(`lane ${plan.lane}: ${plan.laneReason}`);
      return await use({ session, plan, validator, bytes, attempt });
    } finally {
      await session.close();
    }
  });
}

function onlyRelation(session: SourceSession): Relation {
  const [relation] = session.relations;
  if (!relation) throw new SnapkeepError('SNAPKEEP_INTERNAL', 'the source opened a session without the relation');
  return relation;
}
