"""Two files of about 1 GB, the same for the same arguments: numbers only, and what a business table holds.

usage: make_data.py FOLDER ROWS
"""
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

folder, rows = Path(sys.argv[1]), int(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
chunk_rows = 500_000
rng = np.random.default_rng(1)

regions = np.array(["north", "south", "east", "west", "north-east", "overseas", "islands", "unknown"])
places = np.array([f"Town {i}, County {i % 37}" if i % 2 else f"The \"{i}\" Quarter" for i in range(300)])
products = np.array([f"product-{i:05d}" for i in range(5000)])


def numbers(n):
    table = {"income": rng.integers(0, 1_000_000, n), "age": rng.integers(18, 91, n)}
    table |= {"amount": rng.uniform(0, 100_000, n).round(2)}
    table |= {f"z{i}": rng.normal(size=n).round(4) for i in range(6)}
    return table | {"share": rng.random(n).round(6), "rate": rng.random(n).round(3), "label": rng.integers(0, 2, n)}


def mixed(n):
    gaps = rng.normal(size=n).round(4)
    gaps[rng.random(n) < 0.05] = np.nan
    return {
        "id": rng.integers(0, 1 << 40, n), "z": rng.normal(size=n).round(3), "gaps": pa.array(gaps, from_pandas=True),
        "score": rng.random(n), "region": regions[rng.integers(0, len(regions), n)],
        "place": places[rng.integers(0, len(places), n)], "product": products[rng.integers(0, len(products), n)],
        "active": rng.random(n) < 0.5, "label": rng.integers(0, 2, n),
    }


for name, make in {"numbers": numbers, "mixed": mixed}.items():
    with open(folder / f"{name}.csv", "wb") as out:
        for start in range(0, rows, chunk_rows):
            # Written by pyarrow because numpy's savetxt takes minutes for a gigabyte.
            table = pa.table(make(min(chunk_rows, rows - start)))
            options = pacsv.WriteOptions(include_header=start == 0, quoting_style="needed")
            pacsv.write_csv(table, out, options)
