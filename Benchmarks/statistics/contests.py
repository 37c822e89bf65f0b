"""Makes the arrays and lets Gatehouse and its peers compute the same from them.

usage: contests.py GATEHOUSE_BENCH FOLDER EVIDENTLY_PYTHON
"""
import os
import sys
from pathlib import Path

import numpy as np
from contest import Program, contest, greatest_difference

bench, folder, evidently = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
peer = Path(__file__).with_name("peer.py")
rows = int(os.environ.get("ROWS", "10_000_000"))
bootstrap_rows = int(os.environ.get("BOOTSTRAP_ROWS", "100_000"))
replicates = 1000  # what Gatehouse makes of up to 100,000 rows
drift_rows = int(os.environ.get("DRIFT_ROWS", "1_000_000"))
only = os.environ.get("ONLY", "auc,groups,bootstrap,drift").split(",")


def scored(name, count, seed=1):
    """Labels, 10 % of them positive, and probabilities of a model with an AUC of about 0.86."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(count) < 0.1).astype(np.uint8)
    scores = 1 / (1 + np.exp(2 - 1.5 * labels - rng.normal(size=count)))
    labels.tofile(folder / f"{name}.labels")
    scores.tofile(folder / f"{name}.scores")
    return ["--labels", folder / f"{name}.labels", "--scores", folder / f"{name}.scores"]


def auc():
    files = scored("auc", rows)
    contest(
        f"exact AUC with DeLong interval of {rows:,} rows (scikit-learn: the AUC alone)",
        Program("gatehouse", [bench, "auc", *files]),
        [Program("scikit-learn", [sys.executable, peer, "auc", folder / "auc"])],
        lambda ours, theirs: f"AUC differs by {abs(ours['auc'] - theirs['auc']):.1e}")
    # Rounded scores tie: fewer distinct values, and a different path through both programs.
    np.round(np.fromfile(folder / "auc.scores"), 3).tofile(folder / "tied.scores")
    os.link(folder / "auc.labels", folder / "tied.labels")
    contest(
        f"the same with scores rounded to three decimals",
        Program("gatehouse", [bench, "auc", "--labels", folder / "tied.labels", "--scores", folder / "tied.scores"]),
        [Program("scikit-learn", [sys.executable, peer, "auc", folder / "tied"])],
        lambda ours, theirs: f"AUC differs by {abs(ours['auc'] - theirs['auc']):.1e}")


def groups():
    files = scored("groups", rows)
    rng = np.random.default_rng(2)
    first, second = rng.integers(0, 8, rows).astype(np.int32), rng.integers(0, 5, rows).astype(np.int32)
    for name, codes, count in [("8", first, 8), ("40", first * 5 + second, 40)]:
        codes.astype(np.int32).tofile(folder / f"groups.{name}.codes")
        contest(
            f"5 metrics in {count} groups of {rows:,} rows",
            Program("gatehouse", [bench, "groups", *files, "--codes", folder / f"groups.{name}.codes", "--groups", count]),
            [Program("fairlearn", [sys.executable, peer, "groups", folder / "groups", name], runs=1)],
            lambda ours, theirs: "greatest difference "
            f"{max(greatest_difference(ours[key], theirs[key]) for key in theirs):.1e}")


def bootstrap():
    files = scored("bootstrap", bootstrap_rows)
    contest(
        f"{replicates:,} bootstrap AUCs of {bootstrap_rows:,} rows",
        Program("gatehouse", [bench, "bootstrap", *files]),
        [Program("scikit-learn loop", [sys.executable, peer, "bootstrap", folder / "bootstrap", replicates], runs=1)],
        lambda ours, theirs: f"95 % interval {theirs['lower']:.5f}…{theirs['upper']:.5f}, ours "
        f"{ours['lower']:.5f}…{ours['upper']:.5f} (other random numbers)")


def drift():
    features = 50
    for name, seed, shift in [("reference", 3, 0.0), ("current", 4, 0.5)]:
        rng = np.random.default_rng(seed)
        columns = rng.normal(size=(features, drift_rows))
        columns[:8] += shift
        columns[40:] = np.floor(columns[40:] * 2)
        columns.tofile(folder / f"{name}.f64")
    sides = ["--reference", folder / "reference.f64", "--current", folder / "current.f64", "--features", features]
    peers = [Program("numpy", [sys.executable, peer, "psi", folder, features])]
    if evidently:
        peers.append(Program("evidently", [evidently, peer, "evidently", folder, features], runs=1))
    contest(
        f"PSI of {features} features over deciles, {drift_rows:,} rows on each side",
        Program("gatehouse", [bench, "psi", *sides]), peers,
        lambda ours, theirs: f"greatest difference {greatest_difference(ours['psi'], theirs['psi']):.1e}"
        if "psi" in theirs else f"its own buckets; {theirs['drifted']:g} drifted")


for task in (auc, groups, bootstrap, drift):
    if task.__name__ in only:
        task()
