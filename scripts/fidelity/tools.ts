import { messageOf } from '@snapkeep/sdk';
import type { Exporter, Opened, Place } from './exporter.ts';
import { openPg2parquet } from './pg2parquet.ts';
import { byPython } from './python-tool.ts';
import type { ToolReport } from './report.ts';
import { bySnapkeep } from './snapkeep.ts';

interface Tool {
  readonly id: string;
  readonly name: string;
  readonly how: string;
  readonly note?: string;
  readonly open: (place: Place) => Promise<Opened>;
}

/** In the order of the page's columns; each called as its own documentation says, with its own defaults. */
const TOOLS: readonly Tool[] = [
  {
    id: 'snapkeep',
    name: 'snapkeep',
    how: 'snapkeep export TABLE --no-version',
    note: 'Without a policy for values that no type holds.',
    open: bySnapkeep('parquet'),
  },
  {
    id: 'snapkeep_parquetjs',
    name: 'snapkeep, parquetjs',
    how: 'snapkeep export TABLE --no-version',
    note: 'With the second writer (`capabilities: {writer: parquetjs}`), which refuses by type, before a row is read.',
    open: bySnapkeep('parquetjs'),
  },
  {
    id: 'duckdb',
    name: 'DuckDB',
    how: "ATTACH 'URL' AS pg (TYPE postgres, READ_ONLY); COPY (SELECT * FROM pg.public.TABLE) TO 'FILE' (FORMAT parquet)",
    open: byPython('duckdb'),
  },
  {
    id: 'adbc',
    name: 'ADBC',
    how: 'cursor.execute("SELECT * FROM TABLE"); pyarrow.parquet.write_table(cursor.fetch_arrow_table(), FILE)',
    open: byPython('adbc'),
  },
  {
    id: 'connectorx',
    name: 'connectorx',
    how: 'pyarrow.parquet.write_table(connectorx.read_sql(URL, "SELECT * FROM TABLE", return_type="arrow"), FILE)',
    open: byPython('connectorx'),
  },
  {
    id: 'polars',
    name: 'polars',
    how: 'polars.read_database_uri("SELECT * FROM TABLE", URL).write_parquet(FILE)',
    note: 'Reads through connectorx; engine="adbc" is no default.',
    open: byPython('polars'),
  },
  {
    id: 'pandas',
    name: 'pandas',
    how: 'pandas.read_sql("SELECT * FROM TABLE", sqlalchemy.create_engine("postgresql+psycopg://…")).to_parquet(FILE)',
    note: 'NULL makes floats of integers; dtype_backend="pyarrow", which would not, is no default.',
    open: byPython('pandas'),
  },
  {
    id: 'pg2parquet',
    name: 'pg2parquet',
    how: 'pg2parquet export --host … --dbname … --table TABLE --output-file FILE',
    note: 'Has options for numeric, interval, array and others.',
    open: openPg2parquet,
  },
];

export const TOOL_IDS: readonly string[] = TOOLS.map(({ id }) => id);

export interface OpenedTool {
  readonly about: ToolReport;
  readonly exporter: Exporter | undefined;
}

/** Every tool that can be had; of the others, why not. */
export async function openTools(place: Place, only: readonly string[]): Promise<OpenedTool[]> {
  const opened: OpenedTool[] = [];
  for (const { open, ...about } of TOOLS) {
    if (only.length > 0 && !only.includes(about.id)) continue;
    try {
      const { exporter, versions } = await open(place);
      opened.push({ about: { ...about, versions }, exporter });
    } catch (error) {
      opened.push({ about: { ...about, missing: messageOf(error) }, exporter: undefined });
    }
  }
  return opened;
}
