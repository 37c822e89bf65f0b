"""`gatehouse measure` on several classes and on numbers gives scikit-learn's numbers, paired by row."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from measured import EXACT, Measure, two_sided

BOUNDED = settings(max_examples=30, derandomize=True, deadline=None)


@pytest.fixture(scope="module")
def measure(run: Callable, tmp_path_factory: pytest.TempPathFactory) -> Measure:
    return Measure(run, tmp_path_factory.mktemp("tasks"))


def classes(seed: int, count: int, k: int, *, decimals: int | None = None) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    y = np.concatenate([np.arange(k), random.integers(0, k, count - k)])
    columns = {"y": y, "w": random.uniform(0.1, 3, count)}
    for prefix, skill in [("p", 1.2), ("q", 0.6)]:
        raw = np.exp(random.normal(size=(count, k)) + skill * np.eye(k)[y])
        shares = raw / raw.sum(axis=1, keepdims=True)
        if decimals is not None:
            parts = 10**decimals
            shares = np.array([random.multinomial(parts, row) for row in shares]) / parts
        columns |= {f"{prefix}{j}": shares[:, j] for j in range(k)}
    return pd.DataFrame(columns)


CLASS_CASES = {
    "three": classes(1, 300, 3),
    "ties": classes(2, 400, 4, decimals=1),
    "two": classes(3, 150, 2),
    "many": classes(4, 600, 12),
    "tiny": classes(5, 9, 3),
}


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("case", CLASS_CASES)
def test_metrics_of_several_classes_are_scikit_learns(case: str, weighted: bool, measure: Measure) -> None:
    data = CLASS_CASES[case]
    k = sum(name.startswith("p") for name in data)
    names = [f"p{j}" for j in range(k)]
    options = {"weight": "w"} if weighted else {}
    answer = measure(data, task="multiclass", label="y", score=",".join(names), **options)
    y, p, w = data.y.to_numpy(), data[names].to_numpy(), data.w.to_numpy() if weighted else None
    d = p.argmax(axis=1)
    expected = {
        "accuracy": metrics.accuracy_score(y, d, sample_weight=w),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, d, sample_weight=w),
        "f1_macro": metrics.f1_score(y, d, average="macro", sample_weight=w),
        "f1_weighted": metrics.f1_score(y, d, average="weighted", sample_weight=w),
        "f1_micro": metrics.f1_score(y, d, average="micro", sample_weight=w),
        "kappa": metrics.cohen_kappa_score(y, d, sample_weight=w),
        "mcc": metrics.matthews_corrcoef(y, d, sample_weight=w),
        "log_loss": metrics.log_loss(y, p, sample_weight=w),
    }
    for average in ("macro", "weighted"):
        # Two columns of probabilities are a binary problem to scikit-learn.
        ovr = [metrics.roc_auc_score(y == j, p[:, j], sample_weight=w) for j in range(k)]
        shares = [(y == j).sum() if w is None else w[y == j].sum() for j in range(k)]
        expected[f"auc_ovr_{average}"] = np.average(ovr, weights=shares if average == "weighted" else None)
        if k > 2 and w is None:
            expected[f"auc_ovo_{average}"] = metrics.roc_auc_score(y, p, multi_class="ovo", average=average)
            ovr = metrics.roc_auc_score(y, p, multi_class="ovr", average=average)
            assert answer["metrics"][f"auc_ovr_{average}"]["value"] == pytest.approx(ovr, abs=EXACT)
    for name, value in expected.items():
        assert answer["metrics"][name]["value"] == pytest.approx(value, abs=EXACT), name
    table = metrics.precision_recall_fscore_support(y, d, labels=range(k), sample_weight=w, zero_division=np.nan)
    for j, found in enumerate(answer["classes"]):
        assert (found["class"], found["n"], found["decided"]) == (str(j), (y == j).sum(), (d == j).sum())
        for place, name in enumerate(["precision", "recall", "f1"]):
            value = table[place][j]
            assert found[name]["value"] == (None if np.isnan(value) else pytest.approx(value, abs=EXACT)), (j, name)


@pytest.mark.parametrize("name", ["balanced_accuracy", "f1_macro", "f1_weighted", "kappa", "mcc"])
def test_class_intervals_and_differences_are_the_delta_methods(name: str, measure: Measure) -> None:
    data = CLASS_CASES["three"]
    options = {"label": "y", "score": "p0,p1,p2", "baseline_score": "q0,q1,q2", "weight": "w"}
    answer = measure(data, **options)
    score = {
        "balanced_accuracy": metrics.balanced_accuracy_score, "kappa": metrics.cohen_kappa_score,
        "mcc": metrics.matthews_corrcoef,
        "f1_macro": lambda *a, **k: metrics.f1_score(*a, average="macro", **k),
        "f1_weighted": lambda *a, **k: metrics.f1_score(*a, average="weighted", **k),
    }[name]  # fmt: skip
    y, w = data.y.to_numpy(), data.w.to_numpy()
    d, e = (data[[f"{prefix}{j}" for j in range(3)]].to_numpy().argmax(axis=1) for prefix in "pq")

    def spread(value: Callable) -> float:
        """The delta method: rows with the same label and decisions move the metric alike, each by its weight."""
        variance = 0.0
        for cell in set(zip(y, d, e)):
            these = (y == cell[0]) & (d == cell[1]) & (e == cell[2])
            up, down = w.copy(), w.copy()
            up[these.argmax()] += 1e-4
            down[these.argmax()] -= 1e-4
            variance += ((value(up) - value(down)) / 2e-4) ** 2 * (w[these] ** 2).sum()
        return float(np.sqrt(variance))

    error = spread(lambda weights: score(y, d, sample_weight=weights))
    found = answer["metrics"][name]
    value, z = found["value"], stats.norm.ppf(0.975)
    if name in ("kappa", "mcc"):
        ends = np.tanh(np.arctanh(value) + np.array([-z, z]) * error / (1 - value**2))
    else:
        logit = np.log(value / (1 - value)) + np.array([-z, z]) * error / value / (1 - value)
        ends = 1 / (1 + np.exp(-logit))
    assert [found["lower"], found["upper"]] == pytest.approx(ends, abs=1e-7)
    paired = spread(lambda weights: score(y, d, sample_weight=weights) - score(y, e, sample_weight=weights))
    found = answer["comparison"][name]
    assert found["standard_error"] == pytest.approx(paired, abs=1e-7)
    assert found["p"] == pytest.approx(two_sided(found["difference"] / found["standard_error"]), abs=EXACT)
    assert found["difference"] == pytest.approx(score(y, d, sample_weight=w) - score(y, e, sample_weight=w), abs=EXACT)


def test_classes_may_have_names(measure: Measure) -> None:
    data = CLASS_CASES["three"].assign(y=lambda frame: frame.y.map({0: "cat", 1: "dog", 2: "emu"}))
    named = measure(data, label="y", score="p0,p1,p2", classes="cat,dog,emu")
    assert [found["class"] for found in named["classes"]] == ["cat", "dog", "emu"]
    assert named["metrics"] == measure(CLASS_CASES["three"], label="y", score="p0,p1,p2")["metrics"]
    finished = measure.process(data, label="y", score="p0,p1,p2", classes="cat,dog,ant", check=False)
    assert finished.returncode == 1 and "'emu' in row 3 of 'y' is not one of the classes" in finished.stderr
    finished = measure.process(data, label="y", score="p0,p1,p2", check=False)
    assert finished.returncode == 1 and "--classes" in finished.stderr


def test_a_class_that_does_not_occur_leaves_the_auc_open(measure: Measure) -> None:
    data = CLASS_CASES["three"].query("y != 2")
    found = measure(data, label="y", score="p0,p1,p2")["metrics"]
    for name in ("auc_ovr_macro", "auc_ovr_weighted", "auc_ovo_macro"):
        assert (found[name]["value"], found[name]["reason"]) == (None, "missing_classes")
    assert found["accuracy"]["value"] is not None


def test_a_label_that_is_no_class_is_named(measure: Measure) -> None:
    data = CLASS_CASES["three"].assign(y=lambda frame: frame.y + 1)
    finished = measure.process(data, label="y", score="p0,p1,p2", check=False)
    assert finished.returncode == 1 and "3 in row 3 of 'y' is not a class from 0 to 2" in finished.stderr


def numbers(seed: int, count: int, draw: Callable) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    y = draw(random, count)
    a, b = (y * np.exp(random.normal(0, 0.3, count)) + 0.01 for _ in range(2))
    return pd.DataFrame({"y": y, "a": a, "b": b, "w": random.gamma(1, 1, count)})


NUMBER_CASES = {
    "gamma": numbers(1, 400, lambda random, n: random.gamma(2, 3, n)),
    "heavy tails": numbers(2, 500, lambda random, n: random.pareto(1.2, n) + 0.1),
    "counts": numbers(3, 301, lambda random, n: random.poisson(2, n).astype(float)),
    "negative": numbers(4, 200, lambda random, n: random.normal(0, 5, n)),
    "ten values": numbers(5, 300, lambda random, n: random.integers(1, 11, n).astype(float)).round(0),
    "tiny": numbers(6, 3, lambda random, n: random.gamma(2, 3, n)),
    "far from zero": numbers(7, 200, lambda random, n: 1e9 + random.normal(0, 1, n)).assign(
        a=lambda frame: frame.y + 0.5, b=lambda frame: frame.y.round(0)
    ),
}


def numbers_expected(y: np.ndarray, a: np.ndarray, w: np.ndarray | None, quantile: float) -> dict[str, float | None]:
    options = {"sample_weight": w}
    positive = (y > 0).all() and (a > 0).all()
    counts = (y >= 0).all() and (a > 0).all()
    return {
        "rmse": metrics.root_mean_squared_error(y, a, **options),
        "mae": metrics.mean_absolute_error(y, a, **options),
        "r2": metrics.r2_score(y, a, **options),
        "explained_variance": metrics.explained_variance_score(y, a, **options),
        "median_absolute_error": metrics.median_absolute_error(y, a, **options),
        "max_error": metrics.max_error(y, a),
        "mean_error": np.average(a - y, weights=w),
        "mape": metrics.mean_absolute_percentage_error(y, a, **options) if (y != 0).all() else None,
        "pinball_loss": metrics.mean_pinball_loss(y, a, alpha=quantile, **options),
        "poisson_deviance": metrics.mean_poisson_deviance(y, a, **options) if counts else None,
        "gamma_deviance": metrics.mean_gamma_deviance(y, a, **options) if positive else None,
    }


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("case", NUMBER_CASES)
def test_metrics_of_numbers_are_scikit_learns(case: str, weighted: bool, measure: Measure) -> None:
    data = NUMBER_CASES[case]
    options = {"weight": "w"} if weighted else {}
    answer = measure(data, task="regression", label="y", score="a", baseline_score="b", quantile=0.8, **options)
    w = data.w.to_numpy() if weighted else None
    for model, column in [(answer, "a"), (answer["baseline"], "b")]:
        for name, value in numbers_expected(data.y.to_numpy(), data[column].to_numpy(), w, 0.8).items():
            found = model["metrics"][name]
            if case == "far from zero" and name.endswith("deviance"):
                # scikit-learn subtracts numbers near 1e10 here; to six digits the deviance is this.
                power = {"poisson_deviance": 1, "gamma_deviance": 2}[name]
                value = np.average((data[column] - data.y) ** 2 / data.y**power, weights=w)
                assert found["value"] == pytest.approx(value, rel=1e-6), name
            elif value is None:
                assert (found["value"], found["reason"]) == (None, "outside_domain"), name
            else:
                assert found["value"] == pytest.approx(value, rel=EXACT, abs=EXACT), name


def test_means_of_numbers_have_students_interval_and_paired_test(measure: Measure) -> None:
    data = NUMBER_CASES["gamma"]
    answer = measure(data, task="regression", label="y", score="a", baseline_score="b")
    y, a, b = data.y, data.a, data.b
    losses = {
        "mae": lambda x: abs(x - y), "mape": lambda x: abs(x - y) / y, "mean_error": lambda x: x - y,
        "gamma_deviance": lambda x: 2 * (np.log(x / y) + y / x - 1),
        "poisson_deviance": lambda x: 2 * (y * np.log(y / x) - y + x),
    }  # fmt: skip
    for name, loss in losses.items():
        one, other = loss(a), loss(b)
        ends = stats.t.interval(0.95, len(y) - 1, one.mean(), stats.sem(one))
        found = answer["metrics"][name]
        assert [found["lower"], found["upper"]] == pytest.approx(ends, abs=EXACT), name
        test = stats.ttest_rel(one, other)
        found = answer["comparison"][name]
        assert (found["t"], found["p"]) == pytest.approx((test.statistic, test.pvalue), abs=1e-8), name
        assert (found["lower"], found["upper"]) == pytest.approx(tuple(test.confidence_interval()), abs=EXACT), name


def test_the_interval_of_explained_variance_is_that_of_its_influences(measure: Measure) -> None:
    data = NUMBER_CASES["gamma"]
    found = measure(data, task="regression", label="y", score="a", weight="w")["metrics"]["explained_variance"]
    y, a, w = data.y.to_numpy(), data.a.to_numpy(), data.w.to_numpy()
    moves = np.empty(len(y))
    for row in range(len(y)):
        up, down = w.copy(), w.copy()
        up[row] *= 1 + 1e-4
        down[row] *= 1 - 1e-4
        one, other = (metrics.explained_variance_score(y, a, sample_weight=weights) for weights in (up, down))
        moves[row] = (one - other) / 2e-4
    effective = w.sum() ** 2 / (w**2).sum()
    half = stats.t.ppf(0.975, effective - 1) * np.sqrt((moves**2).sum() * effective / (effective - 1))
    assert [found["lower"], found["upper"]] == pytest.approx([found["value"] - half, found["value"] + half], abs=1e-6)


def test_labels_that_do_not_vary_have_no_r2(measure: Measure) -> None:
    found = measure({"y": [2, 2, 2], "a": [1, 2, 4]}, task="regression", label="y", score="a")["metrics"]
    for name in ("r2", "explained_variance"):
        assert (found[name]["value"], found[name]["reason"]) == (None, "constant_label")
    assert found["mae"]["value"] == 1


def test_one_row_has_values_and_no_intervals(measure: Measure) -> None:
    found = measure({"y": [2], "a": [1]}, task="regression", label="y", score="a")["metrics"]
    for name in ("mae", "rmse", "median_absolute_error", "max_error"):
        assert (found[name]["value"], found[name]["lower"]) == (1, None), name
        assert found[name]["reason"], name


values = st.one_of(st.floats(-1e6, 1e6), st.integers(-5, 5).map(float))


@BOUNDED
@given(rows=st.lists(st.tuples(values, values, st.floats(0.01, 50)), min_size=2, max_size=60), weighted=st.booleans())
def test_any_numbers_agree_with_scikit_learn(measure: Measure, rows: list, weighted: bool) -> None:
    data = pd.DataFrame(rows, columns=["y", "a", "w"])
    options = {"weight": "w"} if weighted else {}
    found = measure(data, task="regression", label="y", score="a", **options)["metrics"]
    y, a, w = data.y.to_numpy(), data.a.to_numpy(), data.w.to_numpy() if weighted else None
    for name, value in numbers_expected(y, a, w, 0.5).items():
        if value is None or name in ("r2", "explained_variance") and np.ptp(y) == 0:
            assert found[name]["value"] is None and found[name]["reason"], name
        elif name not in ("mape", "r2", "explained_variance") or np.ptp(y) > 1e-6 and abs(y).min() > 1e-6:
            assert found[name]["value"] == pytest.approx(value, rel=EXACT, abs=EXACT), name
