"""dlt: https://dlthub.com/docs/dlt-ecosystem/verified-sources/sql_database/configuration#backend

With the fastest of its backends that takes jsonb: connectorx. `pyarrow` refuses jsonb; `pandas` and `sqlalchemy` took
two and five times as long here. It renames columns to snake case, which is its default.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "ERROR")

import dlt
import sqlalchemy
from dlt.sources.sql_database import sql_table

schema, table, where, out = sys.argv[1:]
folder = Path(out).resolve()
pipeline = dlt.pipeline(
    "bench",
    destination=dlt.destinations.filesystem((folder / "loaded").as_uri()),
    dataset_name="bench",
    pipelines_dir=str(folder / "state"),
)
pipeline.run(
    sql_table(
        credentials=os.environ["DATABASE_URL"],
        schema=schema.strip('"'),
        table=table.strip('"'),
        backend="connectorx",
        query_adapter_callback=lambda query, _: query.where(sqlalchemy.text(where.removeprefix("WHERE ")))
        if where
        else query,
    ),
    loader_file_format="parquet",
)
