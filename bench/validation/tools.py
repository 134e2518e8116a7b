"""One Python validator over the rows of bench/validation.ts, each as its own documentation calls it.

tools.py TOOL ROWS.ndjson SCHEMA.json: reads and prepares the rows, then validates them, and prints how many broke the rules and the seconds
of the validation alone, by the clock and of the processor.
"""

import json
import sys
import time

CUID = r"^c[a-z0-9]{24}$"


def timed(check):
    """The check's own count of bad rows, with what the check alone took."""
    wall, cpu = time.perf_counter(), time.process_time()
    bad = check()
    seconds, processor = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"bad": int(bad), "seconds": seconds, "cpuSeconds": processor}))


def documents(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def frame(path):
    """The rows as pandas reads them from PostgreSQL: documents as text, whole numbers that may be missing as Int64."""
    import pandas

    rows = documents(path)
    for row in rows:
        row["eventData"] = json.dumps(row["eventData"])
    data = pandas.DataFrame(rows)
    data["timestamp"] = pandas.to_datetime(data["timestamp"], utc=True)
    for column in INTEGERS:
        data[column] = data[column].astype("Int64")
    return data


INTEGERS = ["dayOfWeek", "sessionPerformanceScore", "timeOfDay", "randomizationSeed"]


def with_jsonschema(path, schema):
    """https://python-jsonschema.readthedocs.io/en/stable/validate/: one validator of the draft for all rows, formats asserted."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    rows = documents(path)
    timed(lambda: sum(not validator.is_valid(row) for row in rows))


def with_fastjsonschema(path, schema):
    """https://horejsek.github.io/python-fastjsonschema/: code made of the schema. It knows draft 7, whose words these rows need."""
    import fastjsonschema

    check = fastjsonschema.compile({**schema, "$schema": "http://json-schema.org/draft-07/schema#"})
    rows = documents(path)

    def count():
        bad = 0
        for row in rows:
            try:
                check(row)
            except fastjsonschema.JsonSchemaValueException:
                bad += 1
        return bad

    timed(count)


def with_pandera(path, schema):
    """https://pandera.readthedocs.io/en/stable/lazy_validation.html: all failures, not the first."""
    import pandera.pandas as pa

    def column(name, rules):
        types = rules.get("type", ["string", "null"])
        types = [types] if isinstance(types, str) else types
        optional = "null" in types or None in rules.get("enum", [])
        checks = []
        if "pattern" in rules:
            checks.append(pa.Check.str_matches(rules["pattern"]))
        if "enum" in rules:
            checks.append(pa.Check.isin([value for value in rules["enum"] if value is not None]))
        if "minimum" in rules:
            checks.append(pa.Check.in_range(rules["minimum"], rules["maximum"]))
        if name == "eventData":
            checks.append(pa.Check.str_matches(r"^\s*\{"))
        kind = "Int64" if name in INTEGERS else "datetime64[us, UTC]" if name == "timestamp" else str
        return pa.Column(kind, checks, nullable=optional)

    table = pa.DataFrameSchema({name: column(name, rules) for name, rules in schema["properties"].items()}, strict=True)
    data = frame(path)
    data["timestamp"] = data["timestamp"].astype("datetime64[us, UTC]")

    def count():
        try:
            table.validate(data, lazy=True)
            return 0
        except pa.errors.SchemaErrors as errors:
            return errors.failure_cases["index"].nunique()

    timed(count)


def with_great_expectations(path, schema):
    """https://docs.greatexpectations.io/docs/core/introduction/try_gx: a frame in memory, one suite, its counts per expectation."""
    import great_expectations as gx
    import great_expectations.expectations as gxe

    gx.get_context(mode="ephemeral")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    expectations = [gxe.ExpectTableColumnsToMatchSet(column_set=list(schema["properties"]), exact_match=True)]
    for name, rules in schema["properties"].items():
        if name in schema["required"]:
            expectations.append(gxe.ExpectColumnValuesToNotBeNull(column=name))
        if "pattern" in rules:
            expectations.append(gxe.ExpectColumnValuesToMatchRegex(column=name, regex=rules["pattern"]))
        if "enum" in rules:
            values = [value for value in rules["enum"] if value is not None]
            expectations.append(gxe.ExpectColumnValuesToBeInSet(column=name, value_set=values))
        if "minimum" in rules:
            bounds = {"min_value": rules["minimum"], "max_value": rules["maximum"]}
            expectations.append(gxe.ExpectColumnValuesToBeBetween(column=name, **bounds))
        if name == "eventData":
            expectations.append(gxe.ExpectColumnValuesToMatchRegex(column=name, regex=r"^\s*\{"))
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset(name="events")
    definition = asset.add_batch_definition_whole_dataframe("all")
    batch = definition.get_batch(batch_parameters={"dataframe": frame(path)})
    suite = gx.ExpectationSuite(name="events", expectations=expectations)

    def count():
        results = batch.validate(suite).results
        broken = [result for result in results if result.exception_info.get("raised_exception")]
        if broken:
            raise RuntimeError(str(broken[0].exception_info))
        return sum(result.result.get("unexpected_count", 0) for result in results)

    timed(count)


TOOLS = {
    "jsonschema": with_jsonschema,
    "fastjsonschema": with_fastjsonschema,
    "pandera": with_pandera,
    "great-expectations": with_great_expectations,
}

if __name__ == "__main__":
    tool, rows_path, schema_path = sys.argv[1:]
    with open(schema_path, encoding="utf-8") as file:
        TOOLS[tool](rows_path, json.load(file))
