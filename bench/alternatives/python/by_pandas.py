"""pandas and Pandera, as the pipeline did that snapkeep replaces: 10,000 rows at a time from SQLAlchemy, all of them checked
before snappy Parquet is written.

https://pandas.pydata.org/docs/reference/api/pandas.read_sql.html
https://pandera.readthedocs.io/en/stable/dataframe_schemas.html
"""

import json
import os
import sys

import pandas
import pandera.pandas as pa
import sqlalchemy

BATCH_ROWS = 10_000
CUID = r"^c[a-z0-9]{24}$"


def is_document(value):
    return isinstance(value, dict) or (isinstance(value, str) and value.lstrip().startswith("{"))


def behavioral_event(event_types):
    """The rules of schemas/behavioral-event.schema.json. Types are the catalog's; integers with NULL are floats in pandas."""

    def column(check=None, nullable=True):
        return pa.Column(None, check, nullable=nullable)

    return pa.DataFrameSchema(
        {
            "id": pa.Column(str, pa.Check.str_matches(CUID), unique=True),
            "userId": pa.Column(str, pa.Check.str_matches(CUID)),
            "eventType": pa.Column(str, pa.Check.isin(event_types)),
            "eventData": column(pa.Check(lambda values: values.map(is_document)), nullable=False),
            "timestamp": column(pa.Check(lambda times: times <= pandas.Timestamp.now(tz="UTC")), nullable=False),
            "completionQuality": column(pa.Check.isin(["RUSHED", "NORMAL", "THOROUGH"])),
            "contentType": column(),
            "dayOfWeek": column(pa.Check.in_range(0, 6)),
            "difficultyLevel": column(),
            "engagementLevel": column(pa.Check.isin(["LOW", "MEDIUM", "HIGH"])),
            "sessionPerformanceScore": column(pa.Check.in_range(0, 100)),
            "timeOfDay": column(pa.Check.in_range(0, 23)),
            "experimentPhase": column(),
            "randomizationSeed": column(),
            "contextMetadataId": column(),
        },
        strict=True,
    )


schema, table, where, out = sys.argv[1:]
address = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
engine = sqlalchemy.create_engine(address).connect().execution_options(stream_results=True)
query = sqlalchemy.text(f"SELECT * FROM {schema}.{table} {where}")
frame = pandas.concat(pandas.read_sql(query, engine, chunksize=BATCH_ROWS), ignore_index=True)
rules = os.environ.get("BENCH_EVENT_TYPES")
if rules:
    behavioral_event(json.loads(rules)).validate(frame)
# Parquet has no column of objects and strings.
for name in frame.columns[frame.dtypes == object]:
    if frame[name].map(lambda value: isinstance(value, dict)).any():
        frame[name] = frame[name].map(lambda value: None if value is None else json.dumps(value))
frame.to_parquet(out)
