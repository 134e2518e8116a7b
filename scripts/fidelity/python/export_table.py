"""Exports tables with one of the alternatives to snapkeep, each called as its own documentation says.

    export_table.py TOOL URL    with jobs on stdin, a JSON document a line: {"table", "id": number or null, "out"}
    export_table.py --versions

Answers on stdout, a document a job: {} or {"error"}. `id` asks for one row only. The first line is {} once the tool
is loaded and connected.
"""

import importlib.metadata
import json
import os
import sys


def query_of(job, relation):
    condition = "" if job["id"] is None else f" WHERE id = {job['id']}"
    return f"SELECT * FROM {relation}{condition}"


def duckdb_postgres(url):
    """https://duckdb.org/docs/stable/core_extensions/postgres"""
    import duckdb
    import duckdb_extension_postgres_scanner as extension

    connection = duckdb.connect()
    folder = os.path.join(os.path.dirname(extension.__file__), "extensions", f"v{duckdb.__version__}")
    connection.execute(f"LOAD '{folder}/postgres_scanner.duckdb_extension'")
    connection.execute(f"ATTACH '{url}' AS pg (TYPE postgres, READ_ONLY)")

    def export(job):
        query = query_of(job, f"pg.public.{job['table']}")
        connection.execute(f"COPY ({query}) TO '{job['out']}' (FORMAT parquet)")

    return export


def connectorx(url):
    """https://sfu-db.github.io/connector-x/api.html"""
    import connectorx as cx
    import pyarrow.parquet as pq

    def export(job):
        pq.write_table(cx.read_sql(url, query_of(job, job["table"]), return_type="arrow"), job["out"])

    return export


def adbc(url):
    """https://arrow.apache.org/adbc/current/driver/postgresql.html"""
    import pyarrow.parquet as pq
    from adbc_driver_postgresql import dbapi

    def export(job):
        with dbapi.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(query_of(job, job["table"]))
            pq.write_table(cursor.fetch_arrow_table(), job["out"])

    return export


def pandas(url):
    """https://pandas.pydata.org/docs/reference/api/pandas.read_sql.html"""
    import pandas as pd
    import sqlalchemy

    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))

    def export(job):
        pd.read_sql(query_of(job, job["table"]), engine).to_parquet(job["out"])

    return export


def polars(url):
    """https://docs.pola.rs/user-guide/io/database/"""
    import polars as pl

    def export(job):
        pl.read_database_uri(query_of(job, job["table"]), url).write_parquet(job["out"])

    return export


TOOLS = {
    "duckdb": (duckdb_postgres, ["duckdb", "duckdb-extension-postgres-scanner"]),
    "connectorx": (connectorx, ["connectorx", "pyarrow"]),
    "adbc": (adbc, ["adbc-driver-postgresql", "pyarrow"]),
    "pandas": (pandas, ["pandas", "sqlalchemy", "psycopg", "pyarrow"]),
    "polars": (polars, ["polars", "connectorx"]),
}


def main(tool, url):
    # What libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(document):
        print(json.dumps(document), file=answers, flush=True)

    export = TOOLS[tool][0](url)
    answer({})
    for line in sys.stdin:
        try:
            export(json.loads(line))
            answer({})
        except (KeyboardInterrupt, SystemExit):
            raise
        # A panic of Rust is no Exception.
        except BaseException as error:
            answer({"error": f"{type(error).__name__}: {error}"})


if sys.argv[1] == "--versions":
    print(json.dumps({tool: {p: importlib.metadata.version(p) for p in of[1]} for tool, of in TOOLS.items()}))
else:
    main(sys.argv[1], sys.argv[2])
