"""Rows, two models and a policy for the five-gate evaluation benchmark, the same for the same arguments.

usage: make_data.py FOLDER ROWS FEATURES TREES
"""
import json
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np

folder, rows, features, trees = Path(sys.argv[1]), *map(int, sys.argv[2:5])
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(1)
x = rng.normal(size=(rows, features))
weights = rng.normal(size=features) * (rng.random(features) < 0.5)
logit = x @ weights * 0.5 + 0.5 * x[:, 0] * x[:, 1] - 1.5
y = (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(int)
age, size = rng.integers(0, 4, rows), rng.integers(0, 3, rows)
names = [f"f{i:02d}" for i in range(features)]

for name, part in {"candidate": slice(0, rows // 5), "champion": slice(rows // 5, rows * 3 // 10)}.items():
    parameters = dict(objective="binary", num_leaves=127, max_depth=8, learning_rate=0.1, verbose=-1, num_threads=2, seed=1)
    model = lgb.train(parameters, lgb.Dataset(x[part], y[part], feature_name=names), trees)
    (folder / name).mkdir(exist_ok=True)
    model.save_model(folder / name / "model.txt")
    inputs = json.dumps([{"type": "double", "name": n, "required": True} for n in names])
    outputs = json.dumps([{"type": "double", "required": True}])
    (folder / name / "MLmodel").write_text(
        "flavors:\n  lightgbm:\n    data: model.txt\n  python_function:\n    loader_module: mlflow.lightgbm\n"
        f"signature:\n  inputs: '{inputs}'\n  outputs: null\n")

with open(folder / "data.csv", "w") as out:
    out.write(",".join(names) + ",age_band,size,y\n")
    line = ",".join(["%.6f"] * features) + ",a%d,s%d,%d\n"
    for i in range(rows):
        out.write(line % (*x[i], age[i], size[i], y[i]))

(folder / "pipeline.json").write_text(json.dumps([{"name": n, "type": "double"} for n in names]))
(folder / "policy.yaml").write_text("""model: benchmark
evaluation: {label: y, groups: [age_band, size], intersections: true}
gates:
  accuracy: {min_absolute_auc: 0.7, min_delta: 0}
  latency: {requests: 500, mode: sequential}
  fairness: {}
  data_drift: {current: dataset recent}
  schema: {pipeline: features}
""")
