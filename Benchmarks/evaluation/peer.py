"""The same five questions with the libraries people use: pandas, lightgbm, scikit-learn, fairlearn, numpy.

usage: peer.py FOLDER
"""
import json
import sys
import time
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from sklearn.metrics import roc_auc_score

folder = Path(sys.argv[1])
data = pd.read_csv(folder / "data.csv")
y = data["y"].to_numpy()
names = [c for c in data.columns if c.startswith("f")]
features = data[names].to_numpy()

# accuracy
models = {name: lgb.Booster(model_file=folder / name / "model.txt") for name in ["candidate", "champion"]}
scores = {name: model.predict(features, num_threads=2) for name, model in models.items()}
auc = {name: roc_auc_score(y, score) for name, score in scores.items()}

# latency
single = []
for row in range(510):
    start = time.perf_counter()
    models["candidate"].predict(features[row : row + 1], num_threads=1)
    single.append(time.perf_counter() - start)
p95 = np.quantile(single[10:], 0.95) * 1000

# fairness: rates by group, by intersection, AUC by group
decision = (scores["candidate"] >= 0.5).astype(int)
metrics = {"selection": selection_rate, "tpr": true_positive_rate, "fpr": false_positive_rate}
for columns in (["age_band"], ["size"], ["age_band", "size"]):
    frame = MetricFrame(metrics=metrics, y_true=y, y_pred=decision, sensitive_features=data[columns])
    ratio = frame.ratio()["selection"]
    MetricFrame(metrics=roc_auc_score, y_true=y, y_pred=scores["candidate"], sensitive_features=data[columns]).difference(method="to_overall")

# drift: PSI over deciles; the current data are read like any other file
stats = json.loads((folder / "feature_stats.json").read_text())
current = pd.read_csv(folder / "data.csv")
psi = {}
for feature in stats["features"]:
    edges, expected = np.array(feature["edges"]), np.array(feature["counts"])
    inside = np.clip(np.searchsorted(edges, current[feature["name"]].to_numpy(), side="right") - 1, 0, len(expected) - 1)
    actual = np.bincount(inside, minlength=len(expected))
    p, q = (np.maximum(c / c.sum(), 1e-6) for c in (expected, actual))
    psi[feature["name"]] = float(((q - p) * np.log(q / p)).sum())

# schema
missing = set(models["candidate"].feature_name()) - {c["name"] for c in json.loads((folder / "pipeline.json").read_text())}
print(json.dumps({"auc": auc["candidate"], "champion_auc": auc["champion"], "p95_ms": p95, "impact_ratio": ratio,
                  "psi_max": max(psi.values()), "missing": sorted(missing)}))
