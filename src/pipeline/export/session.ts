import {
  type ByteBatch,
  type CompiledValidator,
  type Compression,
  type ExportPlan,
  type Relation,
  SnapkeepError,
  type SourceSession,
  type Writer,
} from '@snapkeep/sdk';
import { refuseOutside } from '../../store/containment.ts';
import type { RetryConfig } from '../config.ts';
import type { Dataset } from '../dataset.ts';
import { type InvalidRules, invalidRules } from '../invalid/policy.ts';
import { retrying } from '../retry.ts';
import type { Runtime } from '../runtime.ts';
import { readCheckedSchema } from '../schema/check.ts';
import { inParts } from './in-parts.ts';
import { chooseLane } from './lane.ts';
import { type PlanInput, planExport } from './plan.ts';
import { type PolicyRule, policyRules } from './policies.ts';
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

/** What an export needs beside the source; all of it is checked before there is a connection. */
export interface Prepared {
  readonly dataset: Dataset;
  readonly request: ExportRequest;
  readonly rules: readonly PolicyRule[];
  readonly invalid: InvalidRules;
  readonly schema: PlanInput['schema'];
  readonly writer: Writer;
  readonly compression: Compression;
}

export async function prepareExport(runtime: Runtime, dataset: Dataset, request: ExportRequest): Promise<Prepared> {
  const { capabilities } = runtime.config;
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
  return { dataset, request, rules, invalid, schema, writer, compression };
}

/** What is read, and how, of a session's one relation. */
export async function planIn(
  runtime: Runtime,
  session: SourceSession,
  { writer, ...prepared }: Prepared,
  attempt: number,
): Promise<PlannedSession> {
  const rowPlan = planExport(runtime, { ...prepared, relation: onlyRelation(session), instant: session.instant });
  assertHeld(writer, rowPlan);
  const validator = await compileValidator(runtime, rowPlan);
  const lane = prepared.request.lane ?? 'auto';
  const { plan, bytes } = await chooseLane(runtime, session, rowPlan, validator, lane);
  runtime.log.verbose(`${plan.dataset}: lane ${plan.lane}: ${plan.laneReason}`);
  return { session, plan, validator, bytes, attempt };
}

/** How often the source is asked again. */
export function retryConfig(runtime: Runtime, retries: number | undefined): RetryConfig {
  return { ...runtime.config.retry, ...(retries === undefined ? {} : { times: retries }) };
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
  const prepared = await prepareExport(runtime, dataset, request);
  const source = await runtime.capability('source', capabilities.source);
  const context = runtime.context(capabilities.source);
  runtime.log.verbose(`reading from ${source.describe(connection, context)}`);
  return retrying(runtime, retryConfig(runtime, request.retries), async (attempt) => {
    const jobs = request.jobs ?? 1;
    const session = await source.open({ connection, relations: [dataset.request], jobs, attempt }, context);
    try {
      const wide = jobs > 1 ? inParts(session, jobs) : session;
      return await use(await planIn(runtime, wide, prepared, attempt));
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
