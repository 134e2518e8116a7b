"""DuckDB's postgres extension: https://duckdb.org/docs/stable/core_extensions/postgres

The extension comes from PyPI with the Python package of the same version, for machines that can't reach DuckDB's own place.
"""

import os
import sys

import duckdb
import duckdb_extension_postgres_scanner as extension

schema, table, where, out = sys.argv[1:]
folder = os.path.join(os.path.dirname(extension.__file__), "extensions", f"v{duckdb.__version__}")

connection = duckdb.connect()
connection.execute(f"LOAD '{folder}/postgres_scanner.duckdb_extension'")
connection.execute(f"ATTACH '{os.environ['DATABASE_URL']}' AS pg (TYPE postgres, READ_ONLY)")
connection.execute(f"COPY (SELECT * FROM pg.{schema}.{table} {where}) TO '{out}' (FORMAT parquet)")
