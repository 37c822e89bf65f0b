"""The same three questions about scored rows with pandas, scikit-learn, fairlearn and numpy.

usage: peer_scored.py FOLDER
"""
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from sklearn.metrics import roc_auc_score

folder = Path(sys.argv[1])
data = pd.read_csv(folder / "data.csv")
y, scores = data["y"].to_numpy(), {name: data[name].to_numpy() for name in ["candidate", "champion"]}

# accuracy
auc = {name: roc_auc_score(y, score) for name, score in scores.items()}

# fairness: rates by group, by intersection, AUC by group
decision = (scores["candidate"] >= 0.5).astype(int)
metrics = {"selection": selection_rate, "tpr": true_positive_rate, "fpr": false_positive_rate}
for columns in (["age_band"], ["size"], ["age_band", "size"]):
    frame = MetricFrame(metrics=metrics, y_true=y, y_pred=decision, sensitive_features=data[columns])
    ratio = frame.ratio()["selection"]
    MetricFrame(metrics=roc_auc_score, y_true=y, y_pred=scores["candidate"], sensitive_features=data[columns]).difference(method="to_overall")

# drift of the scores: PSI over deciles; the current data are read like any other file
stats = json.loads((folder / "feature_stats.json").read_text())
current = pd.read_csv(folder / "data.csv", usecols=["candidate", "champion"])
psi = {}
for feature in stats["features"]:
    edges, expected = np.array(feature["edges"]), np.array(feature["counts"])
    inside = np.clip(np.searchsorted(edges, current[feature["name"]].to_numpy(), side="right") - 1, 0, len(expected) - 1)
    actual = np.bincount(inside, minlength=len(expected))
    p, q = (np.maximum(c / c.sum(), 1e-6) for c in (expected, actual))
    psi[feature["name"]] = float(((q - p) * np.log(q / p)).sum())
print(json.dumps({"auc": auc["candidate"], "champion_auc": auc["champion"], "impact_ratio": ratio, "psi_max": max(psi.values())}))
