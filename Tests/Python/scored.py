"""Trained models, the rows they score and what `gatehouse score` answers for them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

NAMES = ["plain", "gaps", "ties", "tail", "constant", "zeros"]


def features(rows: int, seed: int) -> np.ndarray:
    """Columns that trees find hard: missing values, ten distinct values, heavy tails, a constant, many zeros."""
    chance = np.random.default_rng(seed)
    values = np.column_stack(
        [
            chance.normal(size=rows),
            np.where(chance.random(rows) < 0.3, np.nan, chance.normal(size=rows)),
            chance.integers(0, 10, rows) / 4,
            chance.standard_cauchy(rows) * 1e3,
            np.full(rows, 7.5),
            np.where(chance.random(rows) < 0.6, 0, chance.normal(size=rows)),
        ]
    )
    values[chance.random(values.shape) < 0.03] = np.nan
    return values


def signal(values: np.ndarray, seed: int) -> np.ndarray:
    filled = np.nan_to_num(values)
    noise = np.random.default_rng(seed).normal(size=len(values))
    return filled[:, 0] - filled[:, 1] * filled[:, 5] + 0.5 * filled[:, 2] + np.tanh(filled[:, 3] / 1e3) + 0.3 * noise


def labels(kind: str, values: np.ndarray, seed: int = 5) -> np.ndarray:
    """A label that an objective accepts, made from the features."""
    score = signal(values, seed)
    return {
        "value": score * 10,
        "yes_no": (score > 0.5).astype(float),
        "share": 1 / (1 + np.exp(-score)),
        "count": np.random.default_rng(seed).poisson(np.exp(np.clip(score, -3, 2))).astype(float),
        "positive": np.exp(np.clip(score, -5, 5) / 2),
        "class": np.digitize(score, [-0.3, 1.2]).astype(float),
    }[kind]


TRAINING = features(500, 1)
SCORED = features(120, 2)
SCORED[0] = np.nan
SCORED[1] = [0.0, -0.0, 1e-36, -1e-36, 1e-35, -1e-35]
SCORED[2] = [1.0000000180025095e-35, 1.1e-35, 1e30, -1e30, 1e-30, 3.4e38]


@dataclass(frozen=True)
class Answer:
    """What Gatehouse says: rows × outputs, and rows × trees."""

    document: dict
    predictions: np.ndarray
    leaves: np.ndarray | None


class Scorer:
    """`gatehouse score` on rows that are written as CSV."""

    def __init__(self, run: Callable, folder: Path) -> None:
        self.run = run
        self.folder = folder

    def __call__(self, model: Path, rows: np.ndarray | pd.DataFrame, *options: object) -> Answer:
        table = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=NAMES[: rows.shape[1]])
        data = self.folder / "rows.csv"
        table.to_csv(data, index=False)
        document = json.loads(self.run("score", "--model", model, "--input", data, *options, "--json").stdout)
        predictions = np.array([np.atleast_1d(row) for row in document["predictions"]], dtype=float)
        leaves = np.array(document["leaves"]) if "leaves" in document else None
        return Answer(document, predictions, leaves)

    def refusal(self, model: Path, rows: pd.DataFrame, *options: object) -> str:
        data = self.folder / "rows.csv"
        rows.to_csv(data, index=False)
        finished = self.run("score", "--model", model, "--input", data, *options, check=False)
        assert finished.returncode == 1, finished
        return finished.stderr


def by_row(answer: np.ndarray, rows: int) -> np.ndarray:
    return np.asarray(answer, dtype=float).reshape(rows, -1)


def assert_same_raw(mine: Answer, theirs: np.ndarray) -> None:
    """Sums of leaves have no excuse: the same numbers in the same order give the same bits."""
    np.testing.assert_array_equal(mine.predictions, by_row(theirs, len(mine.predictions)))


def assert_same_predictions(mine: Answer, theirs: np.ndarray) -> None:
    theirs = by_row(theirs, len(mine.predictions))
    assert mine.document["reason"] == (None if np.isfinite(theirs).all() else "not_finite")
    # JSON knows no infinity: an overflow is null.
    np.testing.assert_allclose(mine.predictions, np.where(np.isfinite(theirs), theirs, np.nan), rtol=1e-6, atol=1e-6)


def assert_same_leaves(mine: Answer, theirs: np.ndarray) -> None:
    np.testing.assert_array_equal(mine.leaves, np.asarray(theirs, dtype=int).reshape(len(mine.predictions), -1))
