"""What `drift` expects of a model on unlabelled rows is computed as scikit-learn's calibration and numpy would, and is true."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

EXACT = 1e-9


@pytest.fixture
def expect(run: Callable, tmp_path: Path) -> Callable[..., dict]:
    def expect(labels: np.ndarray, scores: np.ndarray, current: np.ndarray, *options: object) -> dict:
        paths = [tmp_path / "reference.csv", tmp_path / "current.csv"]
        pd.DataFrame({"y": labels.astype(int), "s": scores}).to_csv(paths[0], index=False)
        pd.DataFrame({"s": current}).to_csv(paths[1], index=False)
        answer = json.loads(run("drift", *paths, "--label", "y", "--score", "s", *options, "--json").stdout)
        return answer["expected_performance"]

    return expect


def expected_metrics(scores: np.ndarray, p: np.ndarray, threshold: float = 0.5) -> dict[str, float]:
    """The expectation over labels drawn with probability p, pair by pair."""
    wins = (scores[:, None] > scores[None, :]) + 0.5 * (scores[:, None] == scores[None, :])
    pairs = np.outer(p, 1 - p)
    np.fill_diagonal(pairs, 0)
    answer = {
        "auc_roc": np.sum(pairs * wins) / np.sum(pairs),
        "accuracy": np.mean(np.where(scores >= threshold, p, 1 - p)),
    }
    if scores.min() >= 0 and scores.max() <= 1:
        clipped = np.clip(scores, np.finfo(float).eps, 1 - np.finfo(float).eps)
        answer["log_loss"] = -np.mean(p * np.log(clipped) + (1 - p) * np.log(1 - clipped))
        answer["brier"] = np.mean(p * (1 - scores) ** 2 + (1 - p) * scores**2)
    return answer


def draw(random: np.random.Generator, rows: int, shift: float = 0) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated probabilities and labels."""
    p = 1 / (1 + np.exp(-random.normal(shift, 1.5, size=rows)))
    return p, random.random(rows) < p


def check(found: dict, member: str, expected: dict[str, float]) -> None:
    for name, value in expected.items():
        assert found["metrics"][name][member] == pytest.approx(value, abs=EXACT), (name, member)


@pytest.mark.parametrize("decimals", [1, 2, 17])
def test_margins_are_calibrated_as_scikit_learn_does(expect: Callable, decimals: int) -> None:
    random = np.random.default_rng(decimals)
    p, labels = draw(random, 700)
    scores = np.round(np.log(p / (1 - p)), decimals)
    now = np.round(random.normal(0.5, 1.8, size=400), decimals)
    found = expect(labels, scores, now, "--threshold", "0.25")
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(scores, labels.astype(float))
    assert found["calibrated"] is True
    assert found["score_ece"] is None
    assert found["metrics"]["brier"]["expected"] is None
    assert found["metrics"]["brier"]["reason"] == "scores_are_no_probabilities"
    check(found, "expected", expected_metrics(now, isotonic.predict(now), 0.25))
    check(found, "expected_reference", expected_metrics(scores, isotonic.predict(scores), 0.25))
    check(found, "realized_reference", {"auc_roc": roc_auc_score(labels, scores), "accuracy": np.mean((scores >= 0.25) == labels)})
    outside = np.mean((now < scores.min()) | (now > scores.max()))
    assert found["share_outside_reference"] == pytest.approx(outside, abs=EXACT)


def test_calibrated_probabilities_are_taken_as_they_are(expect: Callable) -> None:
    random = np.random.default_rng(1)
    scores, labels = draw(random, 900)
    now, _ = draw(random, 500, 0.8)
    found = expect(labels, scores, now)
    assert (found["calibrated"], found["believable"], found["doubts"]) == (False, True, [])
    check(found, "expected", expected_metrics(now, now))
    realized = {"auc_roc": roc_auc_score(labels, scores), "log_loss": log_loss(labels, scores)}
    check(found, "realized_reference", realized | {"brier": brier_score_loss(labels, scores)})
    order = np.argsort(scores, kind="stable")
    bins = np.searchsorted(scores[order][[k * 900 // 10 for k in range(1, 10)]], scores, side="right")
    error = sum(abs(np.sum((scores - labels)[bins == b])) for b in range(10)) / 900
    assert found["score_ece"] == pytest.approx(error, abs=EXACT)
    assert found["ece_lower"] <= found["ece_upper"]


def test_the_expectation_comes_true(expect: Callable) -> None:
    """Covariate shift changes the AUC; the estimate without labels finds the one with labels."""
    random = np.random.default_rng(2)
    scores, labels = draw(random, 60_000)
    p, truth = draw(random, 60_000, 0.7)
    now = p**2 / (p**2 + (1 - p) ** 2)
    stretched = scores**2 / (scores**2 + (1 - scores) ** 2)
    found = expect(labels, stretched, now)
    auc = found["metrics"]["auc_roc"]
    assert found["calibrated"] is True
    assert auc["expected"] == pytest.approx(roc_auc_score(truth, now), abs=0.01)
    assert auc["change_lower"] <= auc["change"] <= auc["change_upper"]
    brier = found["metrics"]["brier"]
    assert brier["expected"] == pytest.approx(brier_score_loss(truth, now), abs=0.01)


def test_doubts_are_spoken(expect: Callable) -> None:
    random = np.random.default_rng(3)
    scores, labels = draw(random, 3000)
    assert "scores_outside_reference" in expect(labels, scores, np.append(scores, np.full(900, 0.99999999)))["doubts"]
    few = expect(labels[:60], scores[:60], scores)
    assert few["believable"] is False
    assert "too_few_labels" in few["doubts"]


def test_the_same_digits_every_time(expect: Callable) -> None:
    random = np.random.default_rng(4)
    scores, labels = draw(random, 500)
    assert expect(labels, scores, scores[:200]) == expect(labels, scores, scores[:200])


def test_one_class_is_refused(run: Callable, tmp_path: Path) -> None:
    data = tmp_path / "one.csv"
    pd.DataFrame({"y": [1, 1, 1], "s": [0.1, 0.2, 0.3]}).to_csv(data, index=False)
    refused = run("drift", data, data, "--label", "y", "--score", "s", check=False)
    assert refused.returncode == 1
    assert "single class" in refused.stderr
