"""ADBC's driver for PostgreSQL: https://arrow.apache.org/adbc/current/driver/postgresql.html

By record batches: as fast as `fetch_arrow_table()`, and it needs less memory.
"""

import os
import sys

from adbc_driver_postgresql import dbapi
from pyarrow import parquet

schema, table, where, out = sys.argv[1:]
with dbapi.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
    cursor.execute(f"SELECT * FROM {schema}.{table} {where}")
    batches = cursor.fetch_record_batch()
    with parquet.ParquetWriter(out, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
