"""Every cell of a CSV file is read as Python reads it: numbers to the last bit, text to the last byte."""

import csv
import io
import json
import math
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

MISSING_WORDS = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"]
MISSING_SCORE = 987654321.5

# Answers 0 + 1·x, in double arithmetic, on either side of its split, and MISSING_SCORE where x is missing: what it
# predicts for a row is the number that was read.
TREE = f"""Tree=0
num_leaves=2
num_cat=0
split_feature=0
split_gain=1
threshold=0.5
decision_type=8
left_child=-1
right_child=-2
leaf_value={MISSING_SCORE} {MISSING_SCORE}
leaf_weight=1 1
leaf_count=1 1
internal_value=0
internal_weight=2
internal_count=2
is_linear=1
leaf_const=0 0
num_features=1 1
leaf_features=0 0
leaf_coeff=1 1
shrinkage=1


"""
IDENTITY = f"""tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=0
objective=regression
feature_names=x
feature_infos=[-5:5]
tree_sizes={len(TREE)}

{TREE}end of trees
"""

many = settings(max_examples=40, derandomize=True, deadline=None)


@pytest.fixture(scope="module")
def numbers(run: Callable, tmp_path_factory: pytest.TempPathFactory) -> Callable:
    """The numbers Gatehouse reads from the column x of a CSV text; None where one is missing."""
    folder = tmp_path_factory.mktemp("numbers")
    (folder / "identity.txt").write_text(IDENTITY)

    def read(text: str) -> list[float | None]:
        (folder / "data.csv").write_bytes(text.encode())
        done = run("score", "--model", folder / "identity.txt", "--input", folder / "data.csv", "--raw", "--json")
        predictions = json.loads(done.stdout, parse_int=float)["predictions"]
        scores = [row[0] if isinstance(row, list) else row for row in predictions]
        return [None if score == MISSING_SCORE else score for score in scores]

    return read


@pytest.fixture(scope="module")
def texts(run: Callable, tmp_path_factory: pytest.TempPathFactory) -> Callable:
    """How often each text stands in the column x of a CSV text, and how many cells are missing."""
    folder = tmp_path_factory.mktemp("texts")

    def read(text: str) -> tuple[Counter, int]:
        (folder / "data.csv").write_bytes(text.encode())
        profile = json.loads(run("profile", folder / "data.csv", "--text-column", "x").stdout)
        feature = next(feature for feature in profile["features"] if feature["name"] == "x")
        return Counter(feature["counts"]), feature["missing"]

    return read


def same(ours: list[float | None], cells: list[str]) -> None:
    """Bit by bit, but for what the model does: LightGBM takes up to 1e-35 for 0, and adding to 0 makes -0 a 0."""
    theirs = [None if cell in MISSING_WORDS else float(cell) for cell in cells]
    theirs = [0.0 if number is not None and abs(number) <= 1e-35 else number for number in theirs]
    assert len(ours) == len(theirs)
    wrong = [(cell, a, b) for cell, a, b in zip(cells, ours, theirs) if a != b]
    assert not wrong, wrong[:5]


def hard_numbers(count: int) -> list[str]:
    chance = random.Random(5)
    cells = ["0", "-0.0", "5.", ".5", "1e22", "1e23", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324"]
    cells += ["2.2250738585072011e-308", "2.2250738585072014e-308", "1.7976931348623157e308", "1e-400"]
    cells += ["9007199254740993.0", "9007199254740993.00000000000000000001"]
    while len(cells) < count:
        kind = chance.randrange(6)
        if kind == 0:  # any double at all, in its shortest form
            value = np.frombuffer(chance.randbytes(8))[0]
            cells.append(repr(float(value)) if math.isfinite(value) and abs(value) < 1e300 else "1")
        elif kind == 1:  # exactly halfway between two doubles, and one digit beside it
            half = chance.getrandbits(53) * 2 + 1
            cells.append(f"{half << 10}.{chance.choice(['0', '000', '00000000000000000000001'])}")
        elif kind == 2:
            fraction = chance.getrandbits(chance.randrange(1, 90))
            cells.append(f"{chance.choice(['', '-', '+'])}{chance.getrandbits(60)}.{fraction}")
        elif kind == 3:
            cells.append(f"{chance.gauss(0, 10 ** chance.randrange(8)):.{chance.randrange(1, 21)}f}")
        elif kind == 4:
            cells.append(f"{chance.gauss(0, 1):.{chance.randrange(20)}e}")
        else:
            cells.append(str(chance.randrange(-(2**53), 2**53)))
    return cells


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("shape", ["alone", "first", "last", "quoted", "spaced"])
def test_numbers_are_read_to_the_last_bit(numbers: Callable, shape: str, end: str) -> None:
    cells = hard_numbers(20_000)
    header, row = {
        "alone": ("x", "{}"), "first": ("x,other", "{},text"), "last": ("other,x", '"a, b",{}'),
        "quoted": ("x,y", '"{}",1'), "spaced": ("x,y", " {}\t,1"),
    }[shape]
    same(numbers(end.join([header, *map(row.format, cells)]) + end), cells)


def test_numbers_equal_those_of_pandas_with_a_byte_order_mark_and_missing_words(numbers: Callable) -> None:
    cells = hard_numbers(5_000)
    cells[::7] = [MISSING_WORDS[i % len(MISSING_WORDS)] for i in range(len(cells[::7]))]
    text = "\ufeffx,y\n" + "".join(f"{cell},1\n" for cell in cells)
    same(numbers(text), cells)
    theirs = pd.read_csv(io.BytesIO(text.encode()), keep_default_na=False, na_values=MISSING_WORDS)
    same(numbers(text), ["" if math.isnan(value) else repr(value) for value in theirs["x"]])


def written(rows: list[list[str]], end: str, quoting: int) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


letters = st.sampled_from("aé日,\"\n\r x#-1\t")
cell_text = st.text(letters, min_size=1, max_size=40) | st.sampled_from(["NA", "None", "1"])
line_ends = st.sampled_from(["\n", "\r\n"])


@many
@given(cells=st.lists(cell_text, min_size=1, max_size=60), end=line_ends, all_quoted=st.booleans())
def test_text_is_what_the_csv_module_wrote(texts: Callable, cells: list[str], end: str, all_quoted: bool) -> None:
    if not all_quoted:  # The csv module leaves a lone carriage return without quotes.
        cells = [cell.replace("\r", "-") for cell in cells]
    quoting = csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    text = written([["x", "y"], *([cell, "1"] for cell in cells)], end, quoting)
    kept = [cell for cell in cells if cell.strip(" \t") and (all_quoted or cell not in MISSING_WORDS)]
    counts, missing = texts(text)
    assert missing == len(cells) - len(kept)
    assert counts == Counter(kept)


@many
@given(
    cells=st.lists(
        st.floats(allow_nan=False, allow_infinity=False, max_value=1e300, min_value=-1e300).map(repr)
        | st.decimals(-(10**15), 10**15, places=6).map(str)
        | st.integers(-(2**53), 2**53).map(str)
        | st.sampled_from(MISSING_WORDS),
        min_size=1, max_size=100),
    end=line_ends)
def test_any_numbers_are_read_as_python_reads_them(numbers: Callable, cells: list[str], end: str) -> None:
    if all(cell in MISSING_WORDS for cell in cells):
        cells = [*cells, "1.5"]
    same(numbers(end.join(["x,y", *(f"{cell},z" for cell in cells)]) + end), cells)
