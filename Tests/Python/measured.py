"""Runs `gatehouse measure` on rows made in a test; references that no library has."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

EXACT = 1e-9


class Measure:
    """`measure(columns, label=…, score=…)` writes the columns to a file and answers the object that --json prints."""

    def __init__(self, run: Callable, folder: Path) -> None:
        self.run = run
        self.file = folder / "rows.csv"

    def __call__(self, columns: dict | pd.DataFrame | Path, *flags: str, **options: object) -> dict:
        return json.loads(self.process(columns, *flags, "--json", **options).stdout)

    def process(self, columns: dict | pd.DataFrame | Path, *flags: str, check: bool = True, **options: object):
        file = columns
        if not isinstance(columns, Path):
            file = self.file
            pd.DataFrame(columns).to_csv(file, index=False)
        words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
        return self.run("measure", file, *words, *flags, check=check)


def placements(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None):
    """For each positive the share of negatives below it, for each negative of positives above it; ties half."""
    weights = np.ones(len(scores)) if weights is None else weights
    positive, negative = scores[labels == 1], scores[labels == 0]
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    ofnegatives, ofpositives = weights[labels == 0], weights[labels == 1]
    return wins @ ofnegatives / ofnegatives.sum(), ofpositives @ wins / ofpositives.sum()


def spread(values: np.ndarray, weights: np.ndarray) -> float:
    """The variance of a weighted mean: with equal weights s²/n."""
    mean = np.average(values, weights=weights)
    return float((weights**2 * (values - mean) ** 2).sum() / (weights.sum() ** 2 - (weights**2).sum()))


def delong(labels, scores, weights=None, baseline=None) -> tuple[float, float]:
    """The AUC, or the difference of two on the same rows, and its standard error: DeLong's definition, quadratic."""
    labels, scores = np.asarray(labels), np.asarray(scores, float)
    weights = np.ones(len(labels)) if weights is None else np.asarray(weights, float)
    columns = [placements(labels, scores, weights)]
    if baseline is not None:
        columns.append(placements(labels, np.asarray(baseline, float), weights))
    own = columns[0] if baseline is None else tuple(a - b for a, b in zip(*columns))
    value = np.average(own[0], weights=weights[labels == 1])
    variance = spread(own[0], weights[labels == 1]) + spread(own[1], weights[labels == 0])
    return float(value), float(np.sqrt(variance))


def two_sided(z: float) -> float:
    return float(2 * stats.norm.sf(abs(z)))
