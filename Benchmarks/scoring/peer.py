"""Predicts with one call of a library on an array that is in memory, as that call likes it, before the clock starts.

usage: peer.py inplace|dmatrix|lightgbm FOLDER FEATURES THREADS OUTPUT
"""
import sys
from pathlib import Path

import numpy as np
from contest import measured, report

call, folder, features, threads, output = sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:5]), sys.argv[5]

if call != "lightgbm":
    import xgboost as xgb

    booster = xgb.Booster({"nthread": threads})
    booster.load_model(folder / "xgboost.json")
    booster.set_param({"nthread": threads})
    data = np.fromfile(folder / "rows.f32", dtype=np.float32).reshape(-1, features)
    if call == "inplace":
        figures = measured(lambda: booster.inplace_predict(data))
    else:
        matrix = xgb.DMatrix(data, nthread=threads)
        figures = measured(lambda: booster.predict(matrix))
else:
    import lightgbm as lgb

    booster = lgb.Booster(model_file=folder / "lightgbm.txt")
    data = np.fromfile(folder / "rows.f64").reshape(-1, features)
    figures = measured(lambda: booster.predict(data, num_threads=threads))

predictions = np.asarray(figures["answer"], dtype=np.float64)
predictions.tofile(output)
report(figures, {"file": output})
