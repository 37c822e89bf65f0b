"""Trains models with old versions of the libraries; run by their own Python, which has neither pytest nor Gatehouse.

    python train_old.py FOLDER

Writes, for each model, its file, the rows as `rows.csv` and what the library answers as `<name>.expected.json`. An option
that the installed version lacks is left out.
"""

import json
import sys
from pathlib import Path

import numpy as np
import xgboost

try:
    import lightgbm
except ImportError:
    lightgbm = None

FOLDER = Path(sys.argv[1])
NAMES = ["a", "b", "code"]
VERSION = tuple(int(part) for part in xgboost.__version__.split(".")[:2])


def features(rows, seed):
    chance = np.random.default_rng(seed)
    values = np.column_stack([chance.normal(size=(rows, 2)).round(2), chance.integers(0, 40, rows)])
    values[chance.random(values.shape) < 0.15] = np.nan
    return values


TRAINING, SCORED = features(500, 1), features(80, 2)
VALUE = np.nansum(TRAINING[:, :2], axis=1) + np.sin(np.nan_to_num(TRAINING[:, 2]))
LABELS = {
    "value": VALUE,
    "yes_no": (VALUE > 0).astype(float),
    "class": np.digitize(VALUE, [-0.5, 0.8]).astype(float),
    "targets": np.column_stack([VALUE, VALUE**2]),
}


def write(name, raw, predictions, leaves):
    def rows(values):
        return np.asarray(values, dtype=float).reshape(len(SCORED), -1).tolist()

    document = {"raw": rows(raw), "predictions": rows(predictions), "leaves": None if leaves is None else rows(leaves)}
    (FOLDER / f"{name}.expected.json").write_text(json.dumps(document))


def xgboost_model(name, label, leaves=True, kinds=("q", "q", "q"), **options):
    settings = {"feature_names": NAMES, "feature_types": list(kinds), "enable_categorical": "c" in kinds}
    parameters = {"max_depth": 4, "nthread": 1, "tree_method": "hist", "seed": 3, **options}
    booster = xgboost.train(parameters, xgboost.DMatrix(TRAINING, LABELS[label], **settings), 5)
    scored = xgboost.DMatrix(SCORED, **settings)
    for ending in ("json", "ubj"):
        booster.save_model(FOLDER / f"{name}.{ending}")
    write(
        name,
        booster.predict(scored, output_margin=True),
        booster.predict(scored),
        booster.predict(scored, pred_leaf=True) if leaves else None,
    )


def lightgbm_model(name, label, **options):
    parameters = {
        "num_leaves": 9,
        "num_threads": 1,
        "verbose": -1,
        "deterministic": True,
        "seed": 3,
        "min_data_in_leaf": 5,
        "min_data_per_group": 5,
        **options,
    }
    data = lightgbm.Dataset(
        TRAINING, LABELS[label], feature_name=NAMES, params=parameters, categorical_feature=["code"]
    )
    booster = lightgbm.train(parameters, data, 5)
    booster.save_model(FOLDER / f"{name}.txt")
    write(
        name, booster.predict(SCORED, raw_score=True), booster.predict(SCORED), booster.predict(SCORED, pred_leaf=True)
    )


np.savetxt(FOLDER / "rows.csv", SCORED, delimiter=",", header=",".join(NAMES), comments="", fmt="%.17g")
xgboost_model("binary", "yes_no", objective="binary:logistic")
xgboost_model("classes", "class", objective="multi:softprob", num_class=3)
xgboost_model("class index", "class", objective="multi:softmax", num_class=3, base_score=0.3)
xgboost_model("dart", "class", objective="multi:softprob", num_class=3, booster="dart", rate_drop=0.5)
xgboost_model("forest", "class", objective="multi:softprob", num_class=3, num_parallel_tree=4, subsample=0.5)
xgboost_model(
    "linear", "class", leaves=False, objective="multi:softprob", num_class=3, booster="gblinear", tree_method="auto"
)
xgboost_model("targets", "targets")
xgboost_model("one category", "value", kinds=("q", "q", "c"), max_cat_to_onehot=100)
xgboost_model("category sets", "value", kinds=("q", "q", "c"), max_cat_to_onehot=1)
if VERSION >= (2, 0):
    xgboost_model("vector leaves", "targets", leaves=False, multi_strategy="multi_output_tree")
    xgboost_model("quantiles", "value", objective="reg:quantileerror", quantile_alpha=[0.2, 0.8])
if lightgbm:
    lightgbm_model("light binary", "yes_no", objective="binary")
    lightgbm_model("light classes", "class", objective="multiclass", num_class=3)
    lightgbm_model("light one versus all", "class", objective="multiclassova", num_class=3)
    lightgbm_model("light linear", "value", linear_tree=True)
    lightgbm_model("light forest", "yes_no", objective="binary", boosting="rf", bagging_fraction=0.6, bagging_freq=1)
    lightgbm_model("light dart", "value", boosting="dart", drop_rate=0.4)
    lightgbm_model("light zero", "value", zero_as_missing=True)
