"""Trains one model each with the oldest file formats that are read, beside those of `make_fixtures.py`.

    pip install 'numpy<2' 'scipy<1.14' 'scikit-learn<1.4' lightgbm==3.3.5 xgboost==1.7.6
    python make_old_fixtures.py
"""

import json
import pathlib

import lightgbm
import numpy
import xgboost

HERE = pathlib.Path(__file__).parent
NAMES = ["income", "debt_ratio", "utilisation", "late_payments"]

chance = numpy.random.default_rng(20_240_602)


def features(rows):
    values = chance.normal(size=(rows, len(NAMES))).round(3)
    values[chance.random(values.shape) < 0.12] = numpy.nan
    return values


TRAINING = features(600)
SCORED = features(40)
SCORED[0] = numpy.nan
LABEL = (numpy.nan_to_num(TRAINING).sum(axis=1) > 0.3).astype(float)


def rows(values):
    values = numpy.asarray(values, dtype=numpy.float64).reshape(len(SCORED), -1)
    return [[None if numpy.isnan(cell) else float(cell) for cell in row] for row in values]


def write_expected(name, raw, predictions):
    document = {"columns": NAMES, "rows": rows(SCORED), "raw": rows(raw), "predictions": rows(predictions)}
    (HERE / f"{name}.expected.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


settings = {"objective": "binary:logistic", "max_depth": 3, "base_score": 0.4, "nthread": 1, "seed": 7}
booster = xgboost.train(settings, xgboost.DMatrix(TRAINING, LABEL, feature_names=NAMES), 4)
booster.save_model(HERE / "xgboost_1_7_binary.json")
booster.save_model(HERE / "xgboost_1_7_binary.ubj")
scored = xgboost.DMatrix(SCORED, feature_names=NAMES)
write_expected("xgboost_1_7_binary", booster.predict(scored, output_margin=True), booster.predict(scored))

settings = {"objective": "binary", "num_leaves": 7, "num_threads": 1, "verbose": -1, "seed": 7, "deterministic": True}
booster = lightgbm.train(settings, lightgbm.Dataset(TRAINING, LABEL, feature_name=NAMES, params=settings), 4)
booster.save_model(HERE / "lightgbm_3_3_binary.txt")
write_expected("lightgbm_3_3_binary", booster.predict(SCORED, raw_score=True), booster.predict(SCORED))
