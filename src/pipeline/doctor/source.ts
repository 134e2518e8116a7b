import { isSnapkeepError, nearest, type Source, type SourceFacts } from '@snapkeep/sdk';
import type { Runtime } from '../runtime.ts';
import { bad, type Finding, failed, good } from './finding.ts';

/** As many names as a source lists; what is missing in a list so long may be there all the same. */
const LISTED_AT_MOST = 1_000;
const OLDEST_TESTED = 14;

/** Whether the source answers, and whether it has what the datasets name. No row is read. */
export async function checkSource(runtime: Runtime): Promise<Finding[]> {
  const { capabilities, connection } = runtime.config;
  let source: Source;
  try {
    source = await runtime.capability('source', capabilities.source);
  } catch (error) {
    // Told among the plugins already.
    if (isSnapkeepError(error)) return [];
    throw error;
  }
  const context = runtime.context(capabilities.source);
  try {
    const facts = await source.probe(connection, context);
    const what = `${source.describe(connection, context)}: ${describe(facts)}`;
    return [good('source', 'connection', what, adviceOn(facts)), ...checkTables(runtime, facts)];
  } catch (error) {
    runtime.signal.throwIfAborted();
    if (!isSnapkeepError(error)) throw error;
    if (error.code !== 'SNAPKEEP_NO_CONNECTION') return [bad('source', 'connection', error)];
    return [good('source', 'connection', 'none is configured: versions can be read, nothing exported', error.hint)];
  }
}

function describe({ server, user, relations }: SourceFacts): string {
  const count = relations.length >= LISTED_AT_MOST ? `${LISTED_AT_MOST} or more` : String(relations.length);
  const tables = relations.length === 1 ? '1 relation' : `${count} relations`;
  return `${server}, ${tables} that ${user ?? 'this user'} may read`;
}

function adviceOn({ server }: SourceFacts): string | null {
  const major = Number(/^PostgreSQL (\d+)/.exec(server)?.[1] ?? OLDEST_TESTED);
  return major >= OLDEST_TESTED ? null : `snapkeep is tested with PostgreSQL ${OLDEST_TESTED} and newer.`;
}

function checkTables(runtime: Runtime, facts: SourceFacts): Finding[] {
  return Object.entries(runtime.config.datasets).map(([dataset, { table, query }]) => {
    if (query !== undefined) return good('source', dataset, 'a query; it is tried when it is exported');
    return checkTable(dataset, typeof table === 'string' ? [table] : (table ?? [dataset]), facts);
  });
}

/** `schema.table`, of which the table alone may be named; a name that holds a dot itself is taken whole too. */
function isNamed(relation: string, name: string): boolean {
  return relation === name || relation.slice(relation.indexOf('.') + 1) === name;
}

function checkTable(dataset: string, names: readonly string[], { relations }: SourceFacts): Finding {
  for (const name of names) {
    const found =
      relations.find((relation) => relation === `public.${name}`) ?? relations.find((r) => isNamed(r, name));
    if (found === undefined) continue;
    const sure = found === name || found === `public.${name}`;
    return good('source', dataset, found, sure ? null : `If it is not on the search path, write ${found}.`);
  }
  const tried = names.join(', ');
  if (relations.length >= LISTED_AT_MOST) {
    const message = `${tried}: not among the first ${LISTED_AT_MOST} relations`;
    return good('source', dataset, message, `snapkeep schema plan ${dataset} says whether it is there.`);
  }
  const near = names.map((name) => nearest(name, candidates(relations, name))).find((name) => name !== undefined);
  const hint = near === undefined ? undefined : `Did you mean ${near}? Upper and lower case matter.`;
  return failed('source', dataset, 'SNAPKEEP_TABLE_NOT_FOUND', `no table or view is called ${tried}`, hint);
}

/** With the schema where the user wrote one, without it elsewhere. */
function candidates(relations: readonly string[], name: string): readonly string[] {
  return name.includes('.') ? relations : relations.map((relation) => relation.slice(relation.indexOf('.') + 1));
}
