"""Reads the same files with Gatehouse, pandas, pyarrow and duckdb in turn.

usage: contests.py GATEHOUSE_BENCH FOLDER ROWS
"""
import math
import os
import subprocess
import sys
from pathlib import Path

from contest import Program, contest

bench, folder, rows = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
here = Path(__file__).parent
only = os.environ.get("ONLY", "numbers,mixed,three").split(",")
three = "z,score,region"


def agreement(ours, theirs):
    """Every sum to 12 digits, for readers add in different orders; counts and lengths of text exactly."""
    ours, theirs = ours["columns"], theirs["columns"]
    for name in ours.keys() | theirs.keys():
        a, b = ours.get(name), theirs.get(name)
        if a is None or b is None or a.keys() != b.keys():
            return f"'{name}' is not the same kind of column"
        for key in a:
            if not (math.isclose(a[key], b[key], rel_tol=1e-12, abs_tol=1e-6) if key == "sum" else a[key] == b[key]):
                return f"'{name}' differs: {key} {a[key]} and {b[key]}"
    return "same sums and missing cells"


def race(title, file, columns=None):
    ours = [bench, "csv", file] + (["--columns", columns] if columns else [])
    peers = [Program(name, [sys.executable, here / "peer.py", name, file] + ([columns] if columns else []))
             for name in ("pandas", "pyarrow", "duckdb")]
    with open(file, "rb") as data:
        while data.read(1 << 24):  # Once through the file, so that all find it in the page cache.
            pass
    contest(title, Program("gatehouse", ours), peers, agreement)


subprocess.run([sys.executable, here / "make_data.py", folder, str(rows)], check=True)
titles = {"numbers": "12 columns of numbers", "mixed": "9 columns of numbers, quoted text, booleans and gaps"}
for name, title in titles.items():
    file = folder / f"{name}.csv"
    megabytes = file.stat().st_size / 1e6
    if name in only:
        race(f"{title}: {rows:,} rows, {megabytes:,.0f} MB", file)
    if name == "mixed" and "three" in only:
        race(f"three of those columns ({three})", file, three)
