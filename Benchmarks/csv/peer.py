"""Reads a CSV file into memory with one library and prints what it cost and what was read.

usage: peer.py pandas|pyarrow|duckdb FILE [COLUMN,COLUMN…]
"""
import os
import sys

from contest import measured, report

reader, path = sys.argv[1:3]
columns = sys.argv[3].split(",") if len(sys.argv) > 3 else None
threads = len(os.sched_getaffinity(0))
# The words Gatehouse takes for missing, so that all readers do the same work.
missing = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"]


def number(total, gaps):
    return {"sum": float(total), "missing": int(gaps)}


def text(total, gaps):
    return {"bytes": int(total), "missing": int(gaps)}


if reader == "pandas":
    import numpy as np
    import pandas as pd

    figures = measured(lambda: pd.read_csv(path, engine="c", usecols=columns))
    sums = {}
    for name, column in figures["answer"].items():
        if pd.api.types.is_numeric_dtype(column.dtype):
            values = column.to_numpy(dtype=float)
            sums[name] = number(np.nansum(values), np.isnan(values).sum())
        else:
            # By distinct text: encoding every cell would take longer than reading.
            sums[name] = text(sum(len(k.encode()) * n for k, n in column.value_counts().items()), column.isna().sum())
elif reader == "pyarrow":
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as pacsv

    pa.set_cpu_count(threads)
    options = pacsv.ConvertOptions(
        null_values=missing, strings_can_be_null=True, quoted_strings_can_be_null=False, include_columns=columns)
    figures = measured(lambda: pacsv.read_csv(path, convert_options=options))
    table = figures["answer"]
    sums = {}
    for name in table.column_names:
        column = table[name]
        if pa.types.is_string(column.type):
            sums[name] = text(pc.sum(pc.binary_length(column)).as_py(), column.null_count)
        else:
            sums[name] = number(pc.sum(pc.cast(column, pa.float64())).as_py(), column.null_count)
else:
    import duckdb

    connection = duckdb.connect(config={"threads": threads})
    chosen = ", ".join(f'"{name}"' for name in columns) if columns else "*"
    # A table in memory; duckdb compresses nothing there, as the others do not.
    query = f"CREATE TABLE data AS SELECT {chosen} FROM read_csv('{path}', nullstr={missing!r})"
    figures = measured(lambda: connection.execute(query))
    kinds = connection.execute("SELECT column_name, column_type FROM (DESCRIBE data)").fetchall()
    sums = {}
    for name, kind in kinds:
        is_text = kind == "VARCHAR"
        value = f'strlen("{name}")' if is_text else f'CAST("{name}" AS DOUBLE)'
        found = connection.execute(f'SELECT sum({value}), count(*) - count("{name}") FROM data').fetchone()
        sums[name] = text(*found) if is_text else number(*found)

report(figures, {"columns": sums})
