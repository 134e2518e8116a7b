import { type Relation, SnapkeepError } from '@snapkeep/sdk';
import type { Dataset } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';

/** The dataset's relation as the catalog describes it; not one row is read. */
export async function describeRelation(runtime: Runtime, dataset: Dataset): Promise<Relation> {
  const { capabilities, connection } = runtime.config;
  const source = await runtime.capability('source', capabilities.source);
  const context = runtime.context(capabilities.source);
  runtime.log.verbose(`reading the catalog of ${source.describe(connection, context)}`);
  const session = await source.open({ connection, relations: [dataset.request], jobs: 1 }, context);
  try {
    const [relation] = session.relations;
    if (!relation) throw new SnapkeepError('SNAPKEEP_INTERNAL', 'the source opened a session without the relation');
    await session.finish(context);
    return relation;
  } finally {
    await session.close();
  }
}

/** `public.orders`, or `a query`, for people. */
export function relationName(relation: Relation): string {
  if (relation.kind === 'query') return 'a query';
  return relation.schema === undefined ? relation.name : `${relation.schema}.${relation.name}`;
}
