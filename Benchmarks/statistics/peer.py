"""One computation with the library people use for it, on arrays that are in memory before the clock starts.

usage: peer.py auc STEM | groups STEM 8|40 | bootstrap STEM REPLICATES | psi FOLDER FEATURES | evidently FOLDER FEATURES
"""
import sys

import numpy as np
from contest import measured, report

task, stem = sys.argv[1:3]


def scored():
    return np.fromfile(f"{stem}.labels", dtype=np.uint8), np.fromfile(f"{stem}.scores")


def auc():
    from sklearn.metrics import roc_auc_score

    labels, scores = scored()
    figures = measured(lambda: roc_auc_score(labels, scores))
    report(figures, {"auc": float(figures["answer"])})


def groups():
    import pandas as pd
    from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
    from sklearn.metrics import accuracy_score, precision_score

    labels, scores = scored()
    predictions = (scores >= 0.5).astype(np.uint8)
    codes = np.fromfile(f"{stem}.{sys.argv[3]}.codes", dtype=np.int32)
    features = pd.DataFrame({"a": codes} if sys.argv[3] == "8" else {"a": codes // 5, "b": codes % 5})
    metrics = {
        "accuracy": accuracy_score, "precision": precision_score, "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate, "selection_rate": selection_rate}
    figures = measured(
        lambda: MetricFrame(metrics=metrics, y_true=labels, y_pred=predictions, sensitive_features=features).by_group)
    table = figures["answer"]
    report(figures, {name: [float(value) for value in table[name]] for name in metrics})


def bootstrap():
    from sklearn.metrics import roc_auc_score

    labels, scores = scored()
    rng = np.random.default_rng(1)

    def resample():
        values = []
        for _ in range(int(sys.argv[3])):
            drawn = rng.integers(0, len(labels), len(labels))
            values.append(roc_auc_score(labels[drawn], scores[drawn]))
        return np.quantile(values, [0.025, 0.975])

    figures = measured(resample)
    report(figures, {"lower": float(figures["answer"][0]), "upper": float(figures["answer"][1])})


def sides():
    return (np.fromfile(f"{stem}/{name}.f64").reshape(int(sys.argv[3]), -1) for name in ("reference", "current"))


def psi():
    reference, current = sides()

    def drift():
        values = []
        for before, now in zip(reference, current):
            edges = np.unique(np.quantile(before, np.linspace(0, 1, 11)))
            shares = []
            for column in (before, now):
                bucket = np.clip(np.searchsorted(edges, column, side="right") - 1, 0, len(edges) - 2)
                counts = np.bincount(bucket, minlength=len(edges) - 1)
                share = counts / counts.sum()
                shares.append(np.where(share == 0, 1e-6, share))
            p, q = shares
            values.append(float(((q - p) * np.log(q / p)).sum()))
        return values

    figures = measured(drift)
    report(figures, {"psi": figures["answer"]})


def evidently():
    import pandas as pd
    from evidently import Report
    from evidently.presets import DataDriftPreset

    reference, current = (pd.DataFrame(dict(zip((f"f{i}" for i in range(len(side))), side))) for side in sides())

    def drift():
        return Report([DataDriftPreset(method="psi")]).run(current, reference).dict()

    figures = measured(drift)
    counts = next(m["value"] for m in figures["answer"]["metrics"] if "DriftedColumnsCount" in str(m))
    report(figures, {"drifted": counts["count"]})


{"auc": auc, "groups": groups, "bootstrap": bootstrap, "psi": psi, "evidently": evidently}[task]()
