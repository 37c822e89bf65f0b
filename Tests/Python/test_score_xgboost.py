"""`gatehouse score` answers as XGBoost does, for every objective, booster and kind of tree."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost
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


@pytest.fixture
def score(run: Callable, tmp_path: Path) -> Scorer:
    return Scorer(run, tmp_path)


def matrix(values: np.ndarray = TRAINING, label: np.ndarray | None = None, **options: object) -> xgboost.DMatrix:
    return xgboost.DMatrix(values, label, feature_names=NAMES, **options)


def train(parameters: dict, label: str | np.ndarray, rounds: int = ROUNDS) -> xgboost.Booster:
    data = matrix(label=labels(label, TRAINING) if isinstance(label, str) else label)
    return xgboost.train({"max_depth": 4, "nthread": 1, "seed": 3, **parameters}, data, rounds)


def compare(score: Scorer, booster: xgboost.Booster, *, leaves: bool = True) -> None:
    """In both formats: raw scores to the bit, predictions within 1e-6, leaves exactly."""
    rows = matrix(SCORED)
    for ending in ("json", "ubj"):
        file = score.folder / f"model.{ending}"
        booster.save_model(file)
        raw = score(file, SCORED, "--raw", *(["--leaves"] if leaves else []))
        assert_same_raw(raw, booster.predict(rows, output_margin=True))
        assert_same_predictions(score(file, SCORED), booster.predict(rows))
        if leaves:
            assert_same_leaves(raw, booster.predict(rows, pred_leaf=True))


OBJECTIVES = {
    "reg:squarederror": "value",
    "reg:squaredlogerror": "positive",
    "reg:logistic": "share",
    "reg:pseudohubererror": "value",
    "reg:absoluteerror": "value",
    "binary:logistic": "yes_no",
    "binary:logitraw": "yes_no",
    "binary:hinge": "yes_no",
    "count:poisson": "count",
    "reg:gamma": "positive",
    "reg:tweedie": "positive",
    "survival:cox": "positive",
}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_objective(score: Scorer, objective: str) -> None:
    compare(score, train({"objective": objective}, OBJECTIVES[objective]))


@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
def test_classes(score: Scorer, objective: str) -> None:
    compare(score, train({"objective": objective, "num_class": 3}, "class"))


@pytest.mark.parametrize("objective", ["rank:pairwise", "rank:ndcg", "rank:map"])
def test_ranking(score: Scorer, objective: str) -> None:
    data = matrix(label=labels("yes_no" if objective == "rank:map" else "class", TRAINING))
    data.set_group([25] * (len(TRAINING) // 25))
    compare(score, xgboost.train({"objective": objective, "max_depth": 3, "nthread": 1}, data, ROUNDS))


@pytest.mark.parametrize("distribution", ["normal", "logistic", "extreme"])
def test_accelerated_failure_time(score: Scorer, distribution: str) -> None:
    data = matrix()
    data.set_float_info("label_lower_bound", labels("positive", TRAINING))
    data.set_float_info("label_upper_bound", np.where(TRAINING[:, 2] > 1, np.inf, labels("positive", TRAINING) * 2))
    parameters = {"objective": "survival:aft", "aft_loss_distribution": distribution, "max_depth": 3, "nthread": 1}
    compare(score, xgboost.train(parameters, data, ROUNDS))


@pytest.mark.parametrize("alpha", [0.3, [0.1, 0.5, 0.9]])
def test_quantiles(score: Scorer, alpha: float | list[float]) -> None:
    compare(score, train({"objective": "reg:quantileerror", "quantile_alpha": alpha}, "value"))


@pytest.mark.parametrize("strategy", ["one_output_per_tree", "multi_output_tree"])
@pytest.mark.parametrize("objective", ["reg:squarederror", "binary:logistic"])
def test_several_targets(score: Scorer, strategy: str, objective: str) -> None:
    first = labels("value" if objective.startswith("reg") else "yes_no", TRAINING)
    second = labels("value" if objective.startswith("reg") else "yes_no", TRAINING, seed=8)
    booster = train({"objective": objective, "multi_strategy": strategy}, np.column_stack([first, second, first]))
    compare(score, booster, leaves=strategy == "one_output_per_tree")


BOOSTERS = {
    "dart": {"booster": "dart", "rate_drop": 0.4},
    "dart by forest": {"booster": "dart", "rate_drop": 0.4, "normalize_type": "forest", "one_drop": 1},
    "random forest": {"num_parallel_tree": 6, "subsample": 0.6, "colsample_bynode": 0.6, "eta": 1},
    "boosted forest": {"num_parallel_tree": 3, "subsample": 0.6},
    "exact": {"tree_method": "exact"},
    "approximate": {"tree_method": "approx"},
    "by loss": {"grow_policy": "lossguide", "max_leaves": 13, "max_depth": 0},
    "deep": {"max_depth": 20, "min_child_weight": 0, "lambda": 0},
    "stumps": {"max_depth": 1},
    "no splits": {"gamma": 1e9},
    "pruned": {"gamma": 40, "tree_method": "exact"},
    "base score": {"base_score": 0.2},
    "monotone": {"monotone_constraints": "(1,0,-1,0,0,0)"},
    "linear": {"booster": "gblinear"},
}


@pytest.mark.parametrize("name", BOOSTERS)
@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softprob", "count:poisson"])
def test_booster(score: Scorer, name: str, objective: str) -> None:
    label = {"binary:logistic": "yes_no", "multi:softprob": "class", "count:poisson": "count"}[objective]
    classes = {"num_class": 3} if objective.startswith("multi") else {}
    rounds = 1 if name == "random forest" else ROUNDS
    booster = train({"objective": objective, **classes, **BOOSTERS[name]}, label, rounds)
    compare(score, booster, leaves=name != "linear")


@pytest.mark.parametrize("bounds", [(0, 2), (2, 5), (1, 2), (4, 5)])
@pytest.mark.parametrize("name", ["plain", "dart", "boosted forest"])
def test_iterations(score: Scorer, name: str, bounds: tuple[int, int]) -> None:
    booster = train({"objective": "multi:softprob", "num_class": 3, **BOOSTERS.get(name, {})}, "class")
    file = score.folder / "model.ubj"
    booster.save_model(file)
    chosen = ["--iterations", f"{bounds[0]}:{bounds[1]}"]
    raw = score(file, SCORED, "--raw", "--leaves", *chosen)
    theirs = {"iteration_range": bounds}
    assert_same_raw(raw, booster.predict(matrix(SCORED), output_margin=True, **theirs))
    every = np.asarray(booster.predict(matrix(SCORED), pred_leaf=True)).reshape(len(SCORED), ROUNDS, -1)
    assert_same_leaves(raw, every[:, bounds[0] : bounds[1]])  # the library finds leaves from the first tree on only
    assert_same_predictions(score(file, SCORED, *chosen), booster.predict(matrix(SCORED), **theirs))
    assert raw.document["model"]["iterations"] == list(bounds)


def test_iterations_that_do_not_exist(score: Scorer) -> None:
    file = score.folder / "model.ubj"
    train({}, "value").save_model(file)
    rows = pd.DataFrame(SCORED, columns=NAMES)
    assert "no iterations 0:6; it has 5" in score.refusal(file, rows, "--iterations", "0:6")
    assert "no iterations 3:3" in score.refusal(file, rows, "--iterations", "3:3")


# Categories: words, whole numbers, numbers that are no category.

WORDS = np.array(["north", "east", "south west", "hill", "007", "8", "+1"])


def words(seed: int, rows: int, missing: float = 0.1) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    codes = np.where(chance.random(rows) < missing, -1, chance.integers(0, len(WORDS), rows))
    numbers = np.where(chance.random(rows) < missing, -1, chance.integers(0, 4, rows))
    return pd.DataFrame(
        {
            "region": pd.Categorical.from_codes(codes, WORDS),
            "size": chance.normal(size=rows),
            "grade": pd.Categorical.from_codes(numbers, [30, 10, 20, 40]),
        }
    )


@pytest.mark.parametrize("one_hot", [1, 100])
@pytest.mark.parametrize(
    "parameters", [{}, {"booster": "dart", "rate_drop": 0.3}, {"max_depth": 9, "max_cat_threshold": 3}]
)
def test_categories_by_name(score: Scorer, one_hot: int, parameters: dict) -> None:
    rows, scored = words(1, 600), words(2, 150)
    value = rows.region.cat.codes * 1.7 % 3 + rows["size"] * (rows.grade == 20)
    data = xgboost.DMatrix(rows, value, enable_categorical=True)
    booster = xgboost.train({"max_depth": 4, "max_cat_to_onehot": one_hot, "nthread": 1, **parameters}, data, ROUNDS)
    theirs = xgboost.DMatrix(scored, enable_categorical=True)
    for ending in ("json", "ubj"):
        file = score.folder / f"model.{ending}"
        booster.save_model(file)
        raw = score(file, scored, "--raw", "--leaves")
        assert_same_raw(raw, booster.predict(theirs, output_margin=True))
        assert_same_leaves(raw, booster.predict(theirs, pred_leaf=True))


def test_categories_may_come_in_another_order(score: Scorer) -> None:
    rows = words(1, 600)
    data = xgboost.DMatrix(rows, rows.region.cat.codes, enable_categorical=True)
    booster = xgboost.train({"max_cat_to_onehot": 1, "nthread": 1}, data, ROUNDS)
    booster.save_model(score.folder / "model.json")
    scored = words(2, 100)
    scored["region"] = scored.region.cat.reorder_categories(sorted(WORDS, reverse=True))
    theirs = booster.predict(xgboost.DMatrix(scored, enable_categorical=True), output_margin=True)
    assert_same_raw(score(score.folder / "model.json", scored, "--raw"), theirs)


def test_a_category_that_training_has_not_seen_is_refused(score: Scorer) -> None:
    """XGBoost 3.2 scores such a row as if it held some other category; there is no answer to agree with."""
    rows = words(1, 300)
    booster = xgboost.train({"nthread": 1}, xgboost.DMatrix(rows, rows["size"], enable_categorical=True), 2)
    booster.save_model(score.folder / "model.json")
    scored = words(2, 5, missing=0)
    scored["region"] = scored.region.cat.add_categories("nowhere")
    scored.loc[3, "region"] = "nowhere"
    assert "Row 4 of column 'region' holds the category 'nowhere'" in score.refusal(score.folder / "model.json", scored)


@pytest.mark.parametrize("one_hot", [1, 100])
def test_categories_by_code(score: Scorer, one_hot: int) -> None:
    chance = np.random.default_rng(4)
    kinds = {"feature_types": ["c", "q"], "feature_names": ["code", "size"], "enable_categorical": True}
    codes = chance.integers(0, 70, 800).astype(float)
    codes[::11] = np.nan
    training = np.column_stack([codes, chance.normal(size=800)])
    data = xgboost.DMatrix(training, np.sin(np.nan_to_num(codes) * 2) + training[:, 1], **kinds)
    booster = xgboost.train({"max_depth": 5, "max_cat_to_onehot": one_hot, "nthread": 1}, data, ROUNDS)
    booster.save_model(score.folder / "model.ubj")
    odd = [np.nan, -1, -0.5, 0.9, 3.7, 69.999, 70, 1e6, 2**24 - 1, 2**24, 1e30, -1e30]
    scored = pd.DataFrame({"code": odd + list(range(70)), "size": chance.normal(size=len(odd) + 70)})
    raw = score(score.folder / "model.ubj", scored, "--raw")
    # The library refuses to build a matrix with some of these codes, but scores an array with them.
    theirs = booster.inplace_predict(scored.to_numpy(), predict_type="margin", validate_features=False)
    assert_same_raw(raw, theirs)


def test_text_without_the_names_of_its_categories_is_refused(score: Scorer) -> None:
    file = score.folder / "model.json"
    train({}, "value").save_model(file)
    rows = pd.DataFrame(SCORED, columns=NAMES)
    rows["ties"] = "high"
    assert "'ties' holds text" in score.refusal(file, rows)


# scikit-learn's classes.


def test_sklearn_classifier_with_early_stopping(score: Scorer) -> None:
    model = xgboost.XGBClassifier(n_estimators=60, max_depth=3, learning_rate=0.8, early_stopping_rounds=3, n_jobs=1)
    label = labels("class", TRAINING).astype(int)
    model.fit(TRAINING[:300], label[:300], eval_set=[(TRAINING[300:], label[300:])], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    for ending in ("json", "ubj"):
        file = score.folder / f"model.{ending}"
        model.save_model(file)
        assert_same_raw(score(file, SCORED, "--raw"), model.predict(SCORED, output_margin=True))
        assert_same_predictions(score(file, SCORED), model.predict_proba(SCORED))
        every = score(file, SCORED, "--raw", "--iterations", ":")
        assert_same_raw(every, model.get_booster().predict(xgboost.DMatrix(SCORED), output_margin=True))


@pytest.mark.parametrize("kind", [xgboost.XGBRegressor, xgboost.XGBRFRegressor, xgboost.XGBRFClassifier])
def test_sklearn_wrapper(score: Scorer, kind: type) -> None:
    model = kind(n_estimators=7, max_depth=4, n_jobs=1)
    is_regression = "Regressor" in kind.__name__
    model.fit(TRAINING, labels("value" if is_regression else "yes_no", TRAINING))
    model.save_model(score.folder / "model.json")
    theirs = model.predict(SCORED) if is_regression else model.predict_proba(SCORED)[:, 1]
    assert_same_predictions(score(score.folder / "model.json", SCORED), theirs)


@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    depth=st.integers(0, 12),
    classes=st.integers(1, 4),
    parallel=st.integers(1, 3),
    dart=st.booleans(),
    rows=st.integers(1, 40),
    seed=st.integers(0, 2**20),
    gap=st.sampled_from([0.0, 0.1, 0.9]),
    scale=st.sampled_from([1e-30, 1.0, 1e30]),
)
def test_any_forest(
    run: Callable,
    tmp_path_factory: pytest.TempPathFactory,
    depth: int,
    classes: int,
    parallel: int,
    dart: bool,
    rows: int,
    seed: int,
    gap: float,
    scale: float,
) -> None:
    chance = np.random.default_rng(seed)
    values = chance.normal(size=(rows + 60, 3)).round(1) * scale
    values[chance.random(values.shape) < gap] = np.nan
    parameters = {
        "max_depth": depth,
        "num_parallel_tree": parallel,
        "nthread": 1,
        "seed": seed % 100,
        "subsample": 0.8,
        "max_leaves": 0 if depth else 9,
        "grow_policy": "depthwise" if depth else "lossguide",
        "min_child_weight": 0,
    }
    if dart:
        parameters |= {"booster": "dart", "rate_drop": 0.5}
    if classes > 1:
        parameters |= {"objective": "multi:softprob", "num_class": classes}
    label = chance.integers(0, classes, len(values)) if classes > 1 else chance.normal(size=len(values))
    names = ["a", "b", "c"]
    booster = xgboost.train(parameters, xgboost.DMatrix(values, label, feature_names=names), 3)
    score = Scorer(run, tmp_path_factory.mktemp("forest"))
    booster.save_model(score.folder / "model.ubj")
    mine = score(score.folder / "model.ubj", pd.DataFrame(values[:rows], columns=names), "--raw", "--leaves")
    theirs = xgboost.DMatrix(values[:rows], feature_names=names)
    assert_same_raw(mine, booster.predict(theirs, output_margin=True))
    assert_same_leaves(mine, booster.predict(theirs, pred_leaf=True))
