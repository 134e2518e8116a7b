import { quoteLiteral } from '@snapkeep/sdk';
import { stringify } from 'yaml';

const CONFIG_HEAD = `# snapkeep.config.yaml – what to snapshot, and how. snapkeep config show prints what is in force.
# Every field: docs/configuration.md
`;

/** What a new configuration says beside its datasets. */
export interface ConfigBasics {
  readonly url?: string | undefined;
  readonly versionStore: readonly string[];
  readonly plugins: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface StarterConfig extends ConfigBasics {
  readonly table?: string | undefined;
  readonly dataset?: string | undefined;
}

/** Version stores and plugins, where they are not the usual ones. */
function storesText({ versionStore, plugins }: ConfigBasics): string {
  const blocks = {
    ...(versionStore.join() === 'dvc,git' ? {} : { capabilities: { versionStore } }),
    ...(Object.keys(plugins).length === 0 ? {} : { plugins }),
  };
  return Object.keys(blocks).length === 0 ? '' : `\n${stringify(blocks, { flowCollectionPadding: false })}`;
}

/** A configuration to begin with. No secret: a URL with a password is left to DATABASE_URL. */
export function starterConfig(basics: StarterConfig): string {
  const { url, table, dataset } = basics;
  const connection =
    url === undefined
      ? `# connection:\n#   url: "\${env:DATABASE_URL}"      # or DATABASE_URL, PGSERVICE, PG* alone, without this block\n`
      : stringify({ connection: { url } });
  const datasets =
    table === undefined || dataset === undefined
      ? `# datasets:
#   orders:
#     table: public.orders             # or a list: the first that exists;  or  query: "select …"
#     key: [order_id]                  # absent: the primary key
#     time: created_at                 # what --days, --since and --until mean
#     schema: schemas/orders.schema.json   # snapkeep schema infer orders --output schemas/orders.schema.json
`
      : stringify({ datasets: { [dataset]: { table } } });
  return `${CONFIG_HEAD}\n${connection}\n${datasets}${storesText(basics)}`;
}

/** The demo's and the tutorial's dataset: the learning platform that snapkeep's forerunner was built for. */
export function exampleConfig(basics: ConfigBasics): string {
  return `${CONFIG_HEAD}
connection:
  url: ${quoteLiteral(basics.url ?? 'pglite:./pgdata')}

datasets:
  behavioral_events:
    table: [BehavioralEvent, behavioral_events]   # the first that exists
    schema: schemas/behavioral-event.schema.json
    time: timestamp                               # what --days, --since and --until mean
    filters: {user-id: userId}                    # --user-id X; any other NAME: --filter NAME=X
    distributions: [experimentPhase, eventType]
    rules:
      - {name: at least 5 users, distinct: {column: userId, min: 5}, severity: warn}
      - {name: experiment phase known, nulls: {column: experimentPhase, max: 90}, severity: warn}
    sync:
      - target: duckdb
        to: analytics.duckdb
        mode: table
        schema: research
        indexes: [[userId, timestamp], [eventType], [experimentPhase]]
${storesText(basics)}`;
}

/** What git must not see. Snapshots' folders begin with a date; with two stars DVC would take its pointers for ignored. */
export function ignoreLines(dataDirectory: string, ofStores: readonly string[], ofExample: boolean): string[] {
  return [
    '# snapkeep: journals, locks, staging, reports of rejected rows',
    '/.snapkeep/',
    '# snapshots (DVC keeps them); their manifests are committed by snapkeep itself',
    `/${dataDirectory}/*/[0-9]*/`,
    `/${dataDirectory}/*/[0-9]*.json`,
    '# what can be made again',
    ...ofStores,
    '*.duckdb',
    '*.duckdb.wal',
    '.env',
    ...(ofExample ? ['/pgdata/'] : []),
  ];
}
