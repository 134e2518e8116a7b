"""connectorx: https://sfu-db.github.io/connector-x/api.html

By record batches: as fast as `return_type="arrow"`, and it needs less memory.
"""

import os
import sys

import connectorx
from pyarrow import parquet

schema, table, where, out = sys.argv[1:]
batches = connectorx.read_sql(
    os.environ["DATABASE_URL"], f"SELECT * FROM {schema}.{table} {where}", return_type="arrow_stream", batch_size=100_000
)
with parquet.ParquetWriter(out, batches.schema) as writer:
    for batch in batches:
        writer.write_batch(batch)
