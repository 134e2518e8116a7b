import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { quoteIdentifier } from '@snapkeep/sdk';
import { execa } from 'execa';
import { pythonWith } from '../../test/support/python.ts';
import { benchCache } from '../support/cache.ts';
import { runMeasured } from '../support/processes.ts';
import type { Alternative, OpenedAlternative, Place } from './alternative.ts';

const REQUIREMENTS = path.join(import.meta.dirname, '..', 'requirements.txt');
const VERSIONS =
  'import importlib.metadata, json, sys; print(json.dumps({p: importlib.metadata.version(p) for p in sys.argv[1:]}))';

/** The interpreter with the packages of bench/requirements.txt. */
export async function benchPython(): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex');
  return pythonWith(REQUIREMENTS, benchCache(`python-${hash.slice(0, 12)}`));
}

/** Enumerated values of `eventType`, where rows are checked by the demo's schema; what Pandera checks by. */
async function rules(schema: string | undefined): Promise<Readonly<Record<string, string>>> {
  if (schema === undefined) return {};
  const { title, properties } = JSON.parse(await readFile(schema, 'utf8')) as {
    title?: string;
    properties?: { eventType?: { enum?: readonly string[] } };
  };
  const types = properties?.eventType?.enum;
  return title === 'BehavioralEvent' && types ? { BENCH_EVENT_TYPES: JSON.stringify(types) } : {};
}

/** The file itself, or what lies in a folder of that name that a tool filled as it likes. */
async function parquetFiles(out: string): Promise<string[]> {
  if ((await stat(out)).isFile()) return [out];
  const loaded = path.join(out, 'loaded');
  const names = await readdir(loaded, { recursive: true });
  return names.filter((name) => name.endsWith('.parquet')).map((name) => path.join(loaded, name));
}

function open(
  script: string,
  packages: readonly string[],
  validates?: string,
): (place: Place) => Promise<OpenedAlternative> {
  return async ({ url, schema }) => {
    const python = await benchPython();
    const { stdout } = await execa(python, ['-c', VERSIONS, ...packages]);
    const checked = validates === undefined ? {} : await rules(schema);
    const env = { DATABASE_URL: url, TZ: 'UTC', ...checked };
    const file = path.join(import.meta.dirname, 'python', script);
    return {
      versions: JSON.parse(stdout) as Record<string, string>,
      ...(validates && Object.keys(checked).length > 0 ? { validates } : {}),
      export: async ({ schema: schemaName, table, id, out }) => {
        const where = id === undefined ? '' : `WHERE id = ${id}`;
        const cost = await runMeasured(
          python,
          [file, quoteIdentifier(schemaName), quoteIdentifier(table), where, out],
          { env },
        );
        return { ...cost, files: await parquetFiles(out) };
      },
    };
  };
}

export const PYTHON_TOOLS: readonly Alternative[] = [
  {
    id: 'duckdb',
    name: 'DuckDB, postgres extension',
    how: "ATTACH 'URL' AS pg (TYPE postgres, READ_ONLY); COPY (SELECT * FROM pg.TABLE) TO 'FILE' (FORMAT parquet)",
    docs: 'https://duckdb.org/docs/stable/core_extensions/postgres',
    open: open('by_duckdb.py', ['duckdb', 'duckdb-extension-postgres-scanner']),
  },
  {
    id: 'connectorx',
    name: 'connectorx',
    how: 'connectorx.read_sql(URL, "SELECT * FROM TABLE", return_type="arrow_stream") into pyarrow.parquet.ParquetWriter',
    docs: 'https://sfu-db.github.io/connector-x/api.html',
    open: open('by_connectorx.py', ['connectorx', 'pyarrow']),
  },
  {
    id: 'adbc',
    name: 'ADBC',
    how: 'cursor.execute("SELECT * FROM TABLE"); cursor.fetch_record_batch() into pyarrow.parquet.ParquetWriter',
    docs: 'https://arrow.apache.org/adbc/current/driver/postgresql.html',
    open: open('by_adbc.py', ['adbc-driver-postgresql', 'pyarrow']),
  },
  {
    id: 'polars',
    name: 'polars',
    how: 'polars.read_database_uri("SELECT * FROM TABLE", URL).write_parquet(FILE)',
    docs: 'https://docs.pola.rs/user-guide/io/database/',
    note: 'Its default engine, connectorx, which is the faster of its two.',
    open: open('by_polars.py', ['polars', 'connectorx']),
  },
  {
    id: 'dlt',
    name: 'dlt',
    how: 'pipeline.run(sql_table(table=TABLE, backend="connectorx"), loader_file_format="parquet")',
    docs: 'https://dlthub.com/docs/dlt-ecosystem/verified-sources/sql_database/configuration#backend',
    note: 'The fastest of its backends that reads jsonb. It infers a schema and can be told to enforce it; it is not here.',
    open: open('by_dlt.py', ['dlt', 'connectorx', 'pyarrow']),
  },
  {
    id: 'pandas',
    name: 'pandas + Pandera',
    how: 'pandas.read_sql(…, chunksize=10000), pandera.DataFrameSchema(…).validate(frame), frame.to_parquet(FILE)',
    docs: 'https://pandera.readthedocs.io/en/stable/dataframe_schemas.html',
    note: 'The pipeline that snapkeep replaces. Another table than BehavioralEvent has no rules: nothing is checked.',
    open: open('by_pandas.py', ['pandas', 'pandera', 'sqlalchemy', 'psycopg', 'pyarrow'], 'Pandera, every row'),
  },
];
