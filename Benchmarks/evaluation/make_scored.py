"""Scored rows and a policy for the evaluation benchmark without models, the same for the same arguments.

usage: make_scored.py FOLDER ROWS
"""
import sys
from pathlib import Path

import numpy as np
import pandas as pd

folder, rows = Path(sys.argv[1]), int(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(1)
y = (rng.random(rows) < 0.1).astype(int)
truth = rng.normal(size=rows) + 1.5 * y
frame = {
    name: (1 / (1 + np.exp(2 - truth - noise * rng.normal(size=rows)))).round(6)
    for name, noise in {"candidate": 0.3, "champion": 0.5}.items()
}
frame |= {
    "age_band": np.char.add("a", rng.integers(0, 4, rows).astype(str)),
    "size": np.char.add("s", rng.integers(0, 3, rows).astype(str)), "y": y}
pd.DataFrame(frame).to_csv(folder / "data.csv", index=False)

(folder / "policy.yaml").write_text("""model: benchmark
evaluation: {label: y, groups: [age_band, size], intersections: true, runner: {predictions: candidate}}
gates:
  accuracy: {min_absolute_auc: 0.7, min_delta: 0}
  fairness: {}
  data_drift: {current: dataset recent}
""")
