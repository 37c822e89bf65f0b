"""Trains one model of each library and lets Gatehouse and the library predict the same rows.

usage: contests.py GATEHOUSE_BENCH FOLDER
"""
import os
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import xgboost as xgb
from contest import Program, contest

bench, folder = sys.argv[1], Path(sys.argv[2])
peer = Path(__file__).with_name("peer.py")
rows, features, trees, depth = (
    int(os.environ.get(name, default))
    for name, default in [("ROWS", "1_000_000"), ("FEATURES", "50"), ("TREES", "100"), ("DEPTH", "8")])
rng = np.random.default_rng(1)
data = rng.normal(size=(rows, features))
data.T.tofile(folder / "columns.f64")  # ours: column by column
data.tofile(folder / "rows.f64")  # LightGBM: row by row
data.astype(np.float32).tofile(folder / "rows.f32")  # XGBoost reads 32 bits
part = slice(0, min(rows, 200_000))
logit = data[part] @ (rng.normal(size=features) * 0.4) + data[part, 0] * data[part, 1]
labels = (rng.random(len(logit)) < 1 / (1 + np.exp(-logit))).astype(int)

booster = xgb.train(
    {"objective": "binary:logistic", "max_depth": depth, "eta": 0.1, "nthread": 2, "seed": 1},
    xgb.DMatrix(data[part], labels), trees)
booster.save_model(folder / "xgboost.json")
lgb.train(
    {"objective": "binary", "max_depth": depth, "num_leaves": 2**depth - 1, "learning_rate": 0.1, "verbose": -1,
     "num_threads": 2, "seed": 1},
    lgb.Dataset(data[part], labels), trees).save_model(folder / "lightgbm.txt")
del data


def answers(result):
    return np.fromfile(result["file"])


# Which of XGBoost's two calls is the faster one depends on its version.
calls = {"xgboost": {"xgboost inplace": "inplace", "xgboost DMatrix": "dmatrix"}, "lightgbm": {"lightgbm": "lightgbm"}}
for library, model in [("xgboost", "xgboost.json"), ("lightgbm", "lightgbm.txt")]:
    for threads in map(int, os.environ.get("THREADS", "1,2").split(",")):
        contest(
            f"{library}: {rows:,} rows × {features} features, {trees} trees of depth {depth}, "
            f"{threads} thread{'s' * (threads > 1)}",
            Program("gatehouse", [bench, "score", "--model", folder / model, "--data", folder / "columns.f64",
                                  "--features", features, "--threads", threads, "--output", folder / "gatehouse.answers"]),
            [Program(name, [sys.executable, peer, call, folder, features, threads, folder / f"{call}.answers"])
             for name, call in calls[library].items()],
            lambda ours, theirs: f"greatest difference {np.abs(answers(ours) - answers(theirs)).max():.1e}")
