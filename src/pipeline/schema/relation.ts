import { type Relation, SnapkeepError, type SourceSession } from '@snapkeep/sdk';
import type { Dataset } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';

/** Opens the source, gives the dataset's relation and the session, and ends it properly after `use`. */
export async function withRelation<T>(
  runtime: Runtime,
  dataset: Dataset,
  use: (relation: Relation, session: SourceSession) => Promise<T>,
): Promise<T> {
  const { capabilities, connection } = runtime.config;
  const source = await runtime.capability('source', capabilities.source);
  const context = runtime.context(capabilities.source);
  runtime.log.verbose(`reading the catalog of ${source.describe(connection, context)}`);
  const session = await source.open({ connection, relations: [dataset.request], jobs: 1 }, context);
  try {
    const [relation] = session.relations;
    if (!relation) throw new SnapkeepError('SNAPKEEP_INTERNAL', 'the source opened a session without the relation');
    const used = await use(relation, session);
    await session.finish(context);
    return used;
  } finally {
    await session.close();
  }
}

/** The dataset's relation as the catalog describes it; not one row is read. */
export function describeRelation(runtime: Runtime, dataset: Dataset): Promise<Relation> {
  return withRelation(runtime, dataset, async (relation) => relation);
}

/** `public.orders`, or `a query`, for people. */
export function relationName(relation: Relation): string {
  if (relation.kind === 'query') return 'a query';
  return relation.schema === undefined ? relation.name : `${relation.schema}.${relation.name}`;
}
