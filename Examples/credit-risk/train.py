"""Trains the four versions of the credit-risk model and writes them as MLflow model directories.

    gatehouse demo data --kind training --rows 30000 --seed 7 > training.csv
    python train.py training.csv

The same data and library versions give the same files, byte for byte. MLflow is not needed: a model directory is
the model's own file and a description, `MLmodel`.
"""

import argparse
import json
import string
import sys
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy
import pandas
import xgboost
from sklearn.metrics import roc_auc_score

HERE = Path(__file__).parent
LABEL = "defaulted"
# The first three quarters of the extract are learned from, the rest is what the cards call "our own split".
LEARNED_SHARE = 0.75

FIRST_FEATURES = [
    "debt_to_turnover",
    "utilisation",
    "late_payments_12m",
    "years_trading",
    "inquiries_6m",
    "loan_to_turnover",
]
MORE_FEATURES = FIRST_FEATURES + ["term_months", "turnover_growth", "returned_debits_6m"]
COUNTS = {"late_payments_12m", "inquiries_6m", "term_months", "returned_debits_6m", "statement_lag_days"}


@dataclass(frozen=True)
class Version:
    number: int
    flavor: str
    file: str
    features: list[str]
    trees: int
    # How many rows of the extract existed when the version was trained; None: all that are learned from.
    rows: int | None
    created: str
    # XGBoost only.
    depth: int = 4
    learning_rate: float = 0.12
    # How many repaid loans one default counts as.
    default_weight: float = 1


VERSIONS = [
    Version(1, "xgboost", "model.json", FIRST_FEATURES, 40, 10_000, "2025-03-11 09:20:00.000000"),
    Version(2, "lightgbm", "model.lgb", MORE_FEATURES + ["statement_lag_days"], 70, None, "2026-01-14 16:05:00.000000"),
    Version(3, "xgboost", "model.ubj", MORE_FEATURES + ["cash_buffer_days"], 70, None, "2026-02-02 10:40:00.000000"),
    Version(4, "xgboost", "model.ubj", MORE_FEATURES + ["cash_buffer_days"], 300, None, "2026-05-18 08:15:00.000000",
            depth=2, learning_rate=0.15, default_weight=6),
]


def learned_rows(version, training):
    """The rows a version learns from."""
    learned = training.head(int(len(training) * LEARNED_SHARE))
    return learned if version.rows is None else learned.head(version.rows)


def own_split(training):
    """The rows of the extract that no version learns from."""
    return training.iloc[int(len(training) * LEARNED_SHARE) :]


def fit(version, training):
    """A booster, the same for the same rows: one thread, fixed seeds, no sampling of rows or columns."""
    rows = learned_rows(version, training)
    inputs, labels = rows[version.features], rows[LABEL]
    if version.flavor == "xgboost":
        settings = {
            "objective": "binary:logistic",
            "max_depth": version.depth,
            "eta": version.learning_rate,
            "scale_pos_weight": version.default_weight,
            "min_child_weight": 10,
            "tree_method": "hist",
            "nthread": 1,
            "seed": 1,
        }
        return xgboost.train(settings, xgboost.DMatrix(inputs, labels), version.trees)
    settings = {
        "objective": "binary",
        "num_leaves": 16,
        "max_depth": 5,
        "learning_rate": 0.1,
        "min_data_in_leaf": 50,
        "num_threads": 1,
        "seed": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(inputs, labels), version.trees)


def predict(version, booster, rows):
    """The probability of default, row by row."""
    inputs = rows[version.features]
    return booster.predict(xgboost.DMatrix(inputs) if version.flavor == "xgboost" else inputs)


def feature_stats(version, training):
    """What training saw: per feature the deciles, the rows between them and the missing values."""
    rows = learned_rows(version, training)
    features = []
    for name in version.features:
        values = rows[name].dropna().to_numpy(float)
        edges = numpy.unique(numpy.quantile(values, numpy.linspace(0, 1, 11)).round(6))
        counts, _ = numpy.histogram(values, edges)
        features.append({
            "name": name,
            "type": "numeric",
            "edges": edges.tolist(),
            "counts": counts.tolist(),
            "missing": int(rows[name].isna().sum()),
        })
    return {"format": "gatehouse.feature_stats/1", "rows": len(rows), "features": features}


def mlmodel(version):
    """The text of `MLmodel`. Inputs are named and typed; the output is the probability of default."""
    inputs = [
        {"type": "long" if name in COUNTS else "double", "name": name, "required": True} for name in version.features
    ]
    outputs = [{"type": "double", "name": "default_probability", "required": True}]
    if version.flavor == "xgboost":
        flavor = [
            "  xgboost:",
            "    code: null",
            f"    data: {version.file}",
            "    model_class: xgboost.core.Booster",
            f"    model_format: {version.file.rpartition('.')[2]}",
            f"    xgb_version: {xgboost.__version__}",
        ]
    else:
        flavor = [
            "  lightgbm:",
            "    code: null",
            f"    data: {version.file}",
            f"    lgb_version: {lightgbm.__version__}",
            "    model_class: lightgbm.basic.Booster",
        ]
    python = ".".join(str(part) for part in sys.version_info[:3])
    lines = [
        "flavors:",
        *flavor,
        "  python_function:",
        f"    data: {version.file}",
        f"    loader_module: mlflow.{version.flavor}",
        f"    python_version: {python}",
        "signature:",
        f"  inputs: '{json.dumps(inputs)}'",
        f"  outputs: '{json.dumps(outputs)}'",
        "  params: null",
        f"utc_time_created: '{version.created}'",
    ]
    return "\n".join(lines) + "\n"


def own_auc(version, booster, training):
    """AUC on the part of the extract that no version learned from: what its author sees."""
    rows = own_split(training)
    return roc_auc_score(rows[LABEL], predict(version, booster, rows))


def write(version, booster, training, facts, folder):
    """One model directory."""
    folder.mkdir(parents=True, exist_ok=True)
    booster.save_model(folder / version.file)
    (folder / "MLmodel").write_text(mlmodel(version))
    (folder / "feature_stats.json").write_text(json.dumps(feature_stats(version, training), indent=1) + "\n")
    card = string.Template((HERE / "cards" / f"v{version.number}.md").read_text())
    (folder / "model_card.md").write_text(card.substitute(facts))


def main():
    parser = argparse.ArgumentParser(description="Train the versions of the credit-risk example.")
    parser.add_argument("training", type=Path, help="CSV made by 'gatehouse demo data --kind training'")
    parser.add_argument("--out", type=Path, default=HERE / "models", help="folder for v1 to v4")
    arguments = parser.parse_args()
    training = pandas.read_csv(arguments.training)
    boosters = {version.number: fit(version, training) for version in VERSIONS}
    facts = {
        "extract_rows": f"{len(training):,}",
        "own_rows": f"{len(own_split(training)):,}",
        "own_default_rate": f"{own_split(training)[LABEL].mean():.1%}",
    }
    for version in VERSIONS:
        name = f"v{version.number}"
        auc = own_auc(version, boosters[version.number], training)
        facts[f"{name}_rows"] = f"{len(learned_rows(version, training)):,}"
        facts[f"{name}_auc"] = f"{auc:.3f}"
        print(f"{name}: {version.flavor}, {version.trees} trees, AUC {auc:.4f} on its authors' own split")
    for version in VERSIONS:
        write(version, boosters[version.number], training, facts, arguments.out / f"v{version.number}")


if __name__ == "__main__":
    main()
