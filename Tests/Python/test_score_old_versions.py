"""`gatehouse score` answers as old versions of the libraries do, for the files these versions save."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

TRAIN = Path(__file__).parent / "train_old.py"
TRAIN_SECONDS_MAX = 120


def pythons() -> Iterator[str]:
    """Interpreters with old libraries: `GATEHOUSE_OLD_PYTHONS=/a/bin/python:/b/bin/python`."""
    return filter(None, os.environ.get("GATEHOUSE_OLD_PYTHONS", "").split(":"))


@pytest.fixture(params=list(pythons()) or [None])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param is None:
        pytest.skip(
            "GATEHOUSE_OLD_PYTHONS is not set: python3 -m venv old && old/bin/pip install -r "
            "Tests/Python/requirements-old.txt, then GATEHOUSE_OLD_PYTHONS=old/bin/python"
        )
    subprocess.run([request.param, TRAIN, tmp_path], check=True, capture_output=True, timeout=TRAIN_SECONDS_MAX)
    return tmp_path


def test_every_option_of_an_old_version(run: Callable, folder: Path) -> None:
    expected = sorted(folder.glob("*.expected.json"))
    assert len(expected) >= 9
    for file in expected:
        theirs = json.loads(file.read_text())
        name = file.name.removesuffix(".expected.json")
        for model in sorted(folder.glob(f"{name}.[jut]*")):
            check(run, model, folder / "rows.csv", theirs)


def check(run: Callable, model: Path, rows: Path, theirs: dict) -> None:
    def answer(*options: str) -> dict:
        return json.loads(run("score", "--model", model, "--input", rows, *options, "--json").stdout)

    def by_row(values: list) -> np.ndarray:
        return np.array([np.atleast_1d(row) for row in values], dtype=float)

    raw = answer("--raw", *(["--leaves"] if theirs["leaves"] else []))
    # Old versions add up the trees of dart in another order, so the last bits may differ.
    np.testing.assert_allclose(by_row(raw["predictions"]), theirs["raw"], rtol=1e-6, atol=1e-6, err_msg=model.name)
    np.testing.assert_allclose(
        by_row(answer()["predictions"]), theirs["predictions"], rtol=1e-6, atol=1e-6, err_msg=model.name
    )
    if theirs["leaves"]:
        np.testing.assert_array_equal(raw["leaves"], theirs["leaves"], err_msg=model.name)
