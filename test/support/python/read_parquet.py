"""Reads Parquet files with pyarrow and prints what it finds as JSON, one document a line, losing nothing.

The form is that of ReadColumn in test/fidelity/read-value.ts.
"""

import json
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as pq


# Parquet's own INTERVAL, which Arrow doesn't know: 12 bytes, little-endian months, days, milliseconds.
PARQUET_INTERVAL = pa.binary(12)


def type_of(t):
    if t == PARQUET_INTERVAL:
        return {"kind": "interval"}
    if isinstance(t, pa.UuidType):
        return {"kind": "uuid"}
    if isinstance(t, pa.JsonType):
        return {"kind": "json"}
    if isinstance(t, pa.BaseExtensionType):
        return type_of(t.storage_type)
    if pa.types.is_dictionary(t):
        return type_of(t.value_type)
    if pa.types.is_null(t):
        return {"kind": "null"}
    if pa.types.is_boolean(t):
        return {"kind": "boolean"}
    if pa.types.is_integer(t):
        return {"kind": "integer"}
    if pa.types.is_floating(t):
        return {"kind": "float", "bits": t.bit_width}
    if pa.types.is_decimal(t):
        return {"kind": "decimal"}
    if pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t):
        return {"kind": "text"}
    if (
        pa.types.is_binary(t)
        or pa.types.is_large_binary(t)
        or pa.types.is_fixed_size_binary(t)
        or pa.types.is_binary_view(t)
    ):
        return {"kind": "bytes"}
    if pa.types.is_date32(t):
        return {"kind": "date"}
    if pa.types.is_date64(t):
        return {"kind": "timestamp", "unit": "ms", "utc": None}
    if pa.types.is_time(t):
        return {"kind": "time", "unit": t.unit, "utc": None}
    if pa.types.is_timestamp(t):
        return {"kind": "timestamp", "unit": t.unit, "utc": t.tz is not None}
    if pa.types.is_duration(t):
        return {"kind": "duration", "unit": t.unit}
    if t == pa.month_day_nano_interval():
        return {"kind": "interval"}
    if pa.types.is_map(t):
        return {"kind": "map", "key": type_of(t.key_type), "value": type_of(t.item_type)}
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t):
        return {"kind": "list", "of": type_of(t.value_type)}
    if pa.types.is_struct(t):
        return {"kind": "struct", "fields": [{"name": f.name, "type": type_of(f.type)} for f in t]}
    return {"kind": "other"}


def floats(array):
    # NumPy isn't needed for the shortest text of a 32-bit float: Arrow's own cast prints it.
    return array.cast(pa.string()).to_pylist()


def values_of(array):
    t = array.type
    if isinstance(t, pa.BaseExtensionType):
        return values_of(array.storage)
    if pa.types.is_dictionary(t):
        return values_of(array.dictionary_decode())
    if pa.types.is_null(t):
        return [None] * len(array)
    if pa.types.is_boolean(t):
        return array.to_pylist()
    if pa.types.is_floating(t):
        return floats(array)
    if pa.types.is_decimal(t):
        return [None if v is None else format(v, "f") for v in array.to_pylist()]
    if pa.types.is_date32(t) or pa.types.is_time32(t):
        return values_of(array.view(pa.int32()))
    if pa.types.is_date64(t) or pa.types.is_time64(t) or pa.types.is_timestamp(t) or pa.types.is_duration(t):
        return values_of(array.view(pa.int64()))
    if t == pa.month_day_nano_interval():
        return [None if v is None else [str(v.months), str(v.days), str(v.nanoseconds)] for v in array.to_pylist()]
    if pa.types.is_map(t):
        keys, items = values_of(array.keys), values_of(array.items)
        return slices(array, [list(pair) for pair in zip(keys, items)])
    if pa.types.is_list(t) or pa.types.is_large_list(t):
        return slices(array, values_of(array.values))
    if pa.types.is_struct(t):
        # flatten() would make a NULL of every field of a NULL struct, which is right here.
        fields = [values_of(field) for field in array.flatten()]
        valid = array.is_valid().to_pylist()
        return [[field[i] for field in fields] if valid[i] else None for i in range(len(array))]
    if t == PARQUET_INTERVAL:
        return [None if v is None else interval_of(v) for v in array.to_pylist()]
    if type_of(t)["kind"] == "bytes":
        return [None if v is None else v.hex() for v in array.to_pylist()]
    return [None if v is None else str(v) for v in array.to_pylist()]


def interval_of(value):
    months, days, millis = struct.unpack("<III", value)
    return [str(months), str(days), str(millis * 1_000_000)]


def slices(array, values):
    offsets = array.offsets.to_pylist()
    valid = array.is_valid().to_pylist()
    return [values[offsets[i] : offsets[i + 1]] if valid[i] else None for i in range(len(array))]


def array_of(column):
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def read(path):
    file = pq.ParquetFile(path, arrow_extensions_enabled=True)
    try:
        whole = file.read()
    except Exception:
        whole = None
    # Parquet's ENUM is text, which Arrow doesn't know either.
    leaves = [file.schema.column(i) for i in range(len(file.schema))]
    enums = {leaf.path for leaf in leaves if leaf.logical_type.type == "ENUM"}
    columns = []
    for position, field in enumerate(file.schema_arrow):
        # One at a time: a column that pyarrow can't read doesn't hide the others.
        try:
            array = array_of(whole.column(position) if whole else file.read(columns=[field.name]).column(0))
            if field.name in enums:
                array = array.cast(pa.string())
            columns.append({"name": field.name, "type": type_of(array.type), "values": values_of(array)})
        except Exception as error:
            columns.append({"name": field.name, "error": str(error)})
    return {"columns": columns, "schema": str(file.schema)}


def read_or_error(path):
    try:
        return read(path)
    except Exception as error:
        return {"columns": [], "schema": "", "error": str(error)}


# So many files may be asked for that they don't fit on a command line.
for line in sys.stdin:
    print(json.dumps(read_or_error(line.rstrip("\n"))))
