"""`gatehouse score` answers as LightGBM does, for every objective, way of boosting and kind of tree."""

from collections.abc import Callable
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scored import (
    NAMES,
    SCORED,
    TRAINING,
    Scorer,
    assert_same_leaves,
    assert_same_predictions,
    assert_same_raw,
    labels,
)

ROUNDS = 5
BASE = {"num_leaves": 9, "num_threads": 1, "verbose": -1, "deterministic": True, "seed": 3, "min_data_in_leaf": 5}


@pytest.fixture
def score(run: Callable, tmp_path: Path) -> Scorer:
    return Scorer(run, tmp_path)


def train(
    parameters: dict, label: str | np.ndarray, rounds: int = ROUNDS, values: np.ndarray = TRAINING, **options: object
) -> lightgbm.Booster:
    parameters = {**BASE, **parameters}
    label = labels(label, values) if isinstance(label, str) else label
    return lightgbm.train(
        parameters, lightgbm.Dataset(values, label, feature_name=NAMES, params=parameters, **options), rounds
    )


def compare(
    score: Scorer,
    booster: lightgbm.Booster,
    rows: np.ndarray | pd.DataFrame = SCORED,
    chosen: dict | None = None,
    scored: pd.DataFrame | None = None,
) -> None:
    """Raw scores to the bit, predictions within 1e-6, leaves exactly."""
    chosen = chosen or {}
    first = chosen.get("start_iteration", 0)
    options = ["--iterations", f"{first}:{first + chosen['num_iteration']}"] if chosen else []
    file = score.folder / "model.txt"
    booster.save_model(file)
    scored = rows if scored is None else scored
    raw = score(file, scored, "--raw", "--leaves", *options)
    assert_same_raw(raw, booster.predict(rows, raw_score=True, **chosen))
    assert_same_predictions(score(file, scored, *options), booster.predict(rows, **chosen))
    assert_same_leaves(raw, booster.predict(rows, pred_leaf=True, **chosen))


OBJECTIVES = {
    "regression": "value",
    "regression_l1": "value",
    "huber": "value",
    "fair": "value",
    "poisson": "count",
    "quantile": "value",
    "mape": "positive",
    "gamma": "positive",
    "tweedie": "positive",
    "binary": "yes_no",
    "cross_entropy": "share",
    "cross_entropy_lambda": "share",
}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_objective(score: Scorer, objective: str) -> None:
    compare(score, train({"objective": objective}, OBJECTIVES[objective]))


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
def test_classes(score: Scorer, objective: str) -> None:
    compare(score, train({"objective": objective, "num_class": 3, "sigmoid": 0.7}, "class"))


@pytest.mark.parametrize("objective", ["lambdarank", "rank_xendcg"])
def test_ranking(score: Scorer, objective: str) -> None:
    compare(score, train({"objective": objective}, "class", group=[25] * (len(TRAINING) // 25)))


def test_an_objective_of_its_users_own(score: Scorer) -> None:
    def squared(predictions: np.ndarray, data: lightgbm.Dataset) -> tuple[np.ndarray, np.ndarray]:
        return predictions - data.get_label(), np.ones_like(predictions)

    compare(score, train({"objective": squared}, "value"))


WAYS = {
    "random forest": {"boosting": "rf", "bagging_fraction": 0.6, "bagging_freq": 1, "feature_fraction": 0.7},
    "dart": {"boosting": "dart", "drop_rate": 0.4},
    "xgboost's dart": {"boosting": "dart", "drop_rate": 0.4, "xgboost_dart_mode": True},
    "one side": {"data_sample_strategy": "goss", "top_rate": 0.3, "other_rate": 0.2},
    "extra trees": {"extra_trees": True},
    "few bins": {"max_bin": 4},
    "smooth": {"path_smooth": 3.0},
    "quantized": {"use_quantized_grad": True, "quant_train_renew_leaf": True},
    "zero is missing": {"zero_as_missing": True},
    "nothing is missing": {"use_missing": False},
    "no average": {"boost_from_average": False},
    "no splits": {"min_data_in_leaf": 10_000},
    "linear": {"linear_tree": True},
    "linear and small": {"linear_tree": True, "num_leaves": 3, "linear_lambda": 0.5},
    "deep": {"num_leaves": 200, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0},
}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("objective", ["regression", "binary", "multiclass"])
def test_way_of_boosting(score: Scorer, name: str, objective: str) -> None:
    label = {"regression": "value", "binary": "yes_no", "multiclass": "class"}[objective]
    classes = {"num_class": 3} if objective == "multiclass" else {}
    compare(score, train({"objective": objective, **classes, **WAYS[name]}, label))


@pytest.mark.parametrize(
    "parameters",
    [
        {"reg_sqrt": True},
        {"objective": "binary", "sigmoid": 2.5},
        {"objective": "binary", "is_unbalance": True},
        {"objective": "quantile", "alpha": 0.1},
    ],
)
def test_parameters_of_objectives(score: Scorer, parameters: dict) -> None:
    compare(score, train(parameters, "yes_no" if parameters.get("objective") == "binary" else "value"))


@pytest.mark.parametrize(
    "chosen",
    [{"num_iteration": 2}, {"start_iteration": 2, "num_iteration": 3}, {"start_iteration": 4, "num_iteration": 1}],
)
@pytest.mark.parametrize("name", ["random forest", "dart", "linear", "few bins"])
def test_iterations(score: Scorer, name: str, chosen: dict) -> None:
    compare(score, train({"objective": "multiclass", "num_class": 3, **WAYS[name]}, "class"), chosen=chosen)


def test_early_stopping_saves_the_best_iterations(score: Scorer) -> None:
    parameters = {**BASE, "objective": "binary", "learning_rate": 0.7}
    label = labels("yes_no", TRAINING)
    training = lightgbm.Dataset(TRAINING[:300], label[:300], feature_name=NAMES)
    held_out = training.create_valid(TRAINING[300:], label[300:])
    booster = lightgbm.train(
        parameters, training, 60, valid_sets=[held_out], callbacks=[lightgbm.early_stopping(3, verbose=False)]
    )
    assert 0 < booster.best_iteration < 60
    compare(score, booster)


def test_training_that_went_on_from_a_saved_model(score: Scorer) -> None:
    first = train({}, "value", 2)
    data = lightgbm.Dataset(TRAINING, labels("value", TRAINING), feature_name=NAMES)
    compare(score, lightgbm.train(BASE, data, 3, init_model=first))


def test_sklearn_class(score: Scorer) -> None:
    model = lightgbm.LGBMClassifier(n_estimators=6, num_leaves=8, n_jobs=1, verbose=-1)
    model.fit(TRAINING, labels("class", TRAINING).astype(int))
    file = score.folder / "model.txt"
    model.booster_.save_model(file)
    assert_same_raw(score(file, SCORED, "--raw"), model.predict(SCORED, raw_score=True))
    assert_same_predictions(score(file, SCORED), model.predict_proba(SCORED))


# Splits between numbers that LightGBM takes for zero.


def test_numbers_next_to_zero_are_zero(score: Scorer) -> None:
    text = train({"num_leaves": 2}, "value", 1).model_to_string()
    threshold = next(line for line in text.splitlines() if line.startswith("threshold="))
    feature = NAMES[int(next(line for line in text.splitlines() if line.startswith("split_feature=")).split("=")[1])]
    for border in ["0", "-1e-40", "1e-36", "-1.0000000180025095e-35", "inf", "-inf", "1e300"]:
        edited = lightgbm.Booster(model_str=text.replace(threshold, f"threshold={border}"))
        rows = pd.DataFrame(0.0, index=range(14), columns=NAMES)
        rows[feature] = [
            0,
            -0.0,
            1e-36,
            -1e-36,
            1e-35,
            -1e-35,
            1.1e-35,
            -1.1e-35,
            1e-300,
            -1e-300,
            1e300,
            -1e300,
            5,
            np.nan,
        ]
        file = score.folder / "model.txt"
        file.write_text(edited.model_to_string())
        assert_same_raw(score(file, rows, "--raw"), edited.predict(rows, raw_score=True))


# Categories: codes, numbers that are no code, pandas columns.


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"max_cat_to_onehot": 100},
        {"boosting": "dart", "drop_rate": 0.4},
        {"linear_tree": True},
        {"zero_as_missing": True},
        {"use_missing": False},
    ],
)
def test_categories_by_code(score: Scorer, parameters: dict) -> None:
    chance = np.random.default_rng(4)
    codes = chance.integers(0, 70, 800).astype(float)
    codes[::11] = np.nan
    training = np.column_stack([codes, chance.normal(size=800)])
    data = lightgbm.Dataset(
        training,
        np.sin(np.nan_to_num(codes) * 2) + training[:, 1],
        feature_name=["code", "size"],
        categorical_feature=["code"],
        params=parameters,
    )
    settings = {**BASE, "min_data_per_group": 5, "cat_smooth": 1, **parameters}
    odd = [np.nan, -1, -0.5, 0.9, 3.7, 69.999, 70, 1e6, 2**31 - 1, 2**31, 2**33 + 3, 1e30, -1e30]
    scored = pd.DataFrame({"code": odd + list(range(70)), "size": chance.normal(size=len(odd) + 70)})
    compare(score, lightgbm.train(settings, data, ROUNDS), scored)


def pandas_rows(seed: int, rows: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)

    def column(categories: list, missing: float = 0.1) -> pd.Categorical:
        codes = np.where(chance.random(rows) < missing, -1, chance.integers(0, len(categories), rows))
        return pd.Categorical.from_codes(codes, categories)

    return pd.DataFrame(
        {
            "region": column(["north", "east", "süd west", "höhe", "007", "8", "Null "]),
            "size": chance.normal(size=rows),
            "grade": column([30, 10, 20, 40]),
            "share": column([0.5, 0.25, 0.125]),
            "flag": column([True, False]),
        }
    )


def pandas_model(rows: pd.DataFrame, **parameters: object) -> lightgbm.Booster:
    value = (
        rows.region.cat.codes * 1.7 % 3
        + (rows["size"] + 2) * (rows.grade == 20)
        + rows.flag.cat.codes
        - rows.share.cat.codes
    )
    return lightgbm.train(
        {**BASE, "min_data_per_group": 5, "cat_smooth": 1, **parameters}, lightgbm.Dataset(rows, value), 9
    )


def test_pandas_categories(score: Scorer) -> None:
    booster = pandas_model(pandas_rows(1, 700))
    assert {"region", "grade"} <= {booster.feature_name()[i] for i in np.flatnonzero(booster.feature_importance())}
    compare(score, booster, pandas_rows(2, 200))


def test_a_category_that_training_has_not_seen_is_missing_as_in_lightgbm(score: Scorer) -> None:
    booster = pandas_model(pandas_rows(1, 700))
    rows = pandas_rows(2, 60)
    rows["region"] = rows.region.cat.add_categories(["nowhere"])
    rows["grade"] = rows.grade.cat.add_categories([50])
    rows.loc[::7, "region"] = "nowhere"
    rows.loc[::5, "grade"] = 50
    compare(score, booster, rows)


def test_ordered_categories_are_numbers_of_their_order(score: Scorer) -> None:
    def rows(seed: int, count: int) -> pd.DataFrame:
        chance = np.random.default_rng(seed)
        sizes = pd.Categorical.from_codes(
            chance.integers(0, 4, count), ["small", "middle", "large", "huge"], ordered=True
        )
        towns = pd.Categorical.from_codes(chance.integers(0, 3, count), ["Ulm", "Bonn", "Kiel"])
        return pd.DataFrame({"town": towns, "length": chance.normal(size=count), "size": sizes})

    training = rows(1, 500)
    value = training["size"].cat.codes * training.length + (training.town == "Bonn")
    booster = lightgbm.train({**BASE, "min_data_per_group": 5}, lightgbm.Dataset(training, value), ROUNDS)
    compare(score, booster, rows(2, 100))


def test_text_without_the_names_of_its_categories_is_refused(score: Scorer) -> None:
    file = score.folder / "model.txt"
    train({}, "value").save_model(file)
    rows = pd.DataFrame(SCORED, columns=NAMES)
    rows["ties"] = "high"
    assert "'ties' holds text" in score.refusal(file, rows)


@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    leaves=st.integers(2, 40),
    classes=st.integers(1, 4),
    boosting=st.sampled_from(["gbdt", "rf", "dart"]),
    linear=st.booleans(),
    categorical=st.booleans(),
    missing=st.sampled_from([{}, {"use_missing": False}, {"zero_as_missing": True}]),
    rows=st.integers(1, 40),
    seed=st.integers(0, 2**20),
    gap=st.sampled_from([0.0, 0.1, 0.9]),
)
def test_any_forest(
    run: Callable,
    tmp_path_factory: pytest.TempPathFactory,
    leaves: int,
    classes: int,
    boosting: str,
    linear: bool,
    categorical: bool,
    missing: dict,
    rows: int,
    seed: int,
    gap: float,
) -> None:
    chance = np.random.default_rng(seed)
    values = chance.normal(size=(rows + 80, 3)).round(1)
    values[:, 2] = chance.integers(0, 5, len(values))
    values[chance.random(values.shape) < gap] = np.nan
    linear = linear and "zero_as_missing" not in missing  # LightGBM refuses both together
    parameters = {
        **BASE,
        "num_leaves": leaves,
        "boosting": boosting,
        "linear_tree": linear,
        "seed": seed % 100,
        "min_data_in_leaf": 1,
        "min_data_in_bin": 1,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "min_data_per_group": 2,
        **missing,
    }
    if classes > 1:
        parameters |= {"objective": "multiclass", "num_class": classes}
    label = chance.integers(0, classes, len(values)) if classes > 1 else chance.normal(size=len(values))
    data = lightgbm.Dataset(
        values, label, feature_name=["a", "b", "c"], params=parameters, categorical_feature=["c"] if categorical else []
    )
    booster = lightgbm.train(parameters, data, 3)
    score = Scorer(run, tmp_path_factory.mktemp("forest"))
    compare(score, booster, pd.DataFrame(values[:rows], columns=["a", "b", "c"]))
