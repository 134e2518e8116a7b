"""polars: https://docs.pola.rs/user-guide/io/database/

With its default engine, connectorx; `engine="adbc"` took longer here.
"""

import os
import sys

import polars

schema, table, where, out = sys.argv[1:]
polars.read_database_uri(f"SELECT * FROM {schema}.{table} {where}", os.environ["DATABASE_URL"]).write_parquet(out)
