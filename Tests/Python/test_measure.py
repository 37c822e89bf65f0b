"""`gatehouse measure` on two classes gives scikit-learn's, SciPy's and statsmodels' numbers, or a reason."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from measured import EXACT, Measure, delong, two_sided

BOUNDED = settings(max_examples=40, derandomize=True, deadline=None)
SHARES = {"accuracy", "precision", "recall", "fpr", "specificity", "npv", "selection_rate", "base_rate"}


@pytest.fixture(scope="module")
def measure(run: Callable, tmp_path_factory: pytest.TempPathFactory) -> Measure:
    return Measure(run, tmp_path_factory.mktemp("measure"))


def rows(seed: int, count: int, *, decimals: int | None = None, skill: float = 1.0) -> pd.DataFrame:
    """Labels, two models' probabilities and weights; few decimals make ties."""
    random = np.random.default_rng(seed)
    y = (random.random(count) < 0.35).astype(int)
    y[:2] = [0, 1]
    one, other = (1 / (1 + np.exp(-(skill * (2 * y - 1) + random.normal(0, 1.5, count)))) for _ in range(2))
    if decimals is not None:
        one, other = one.round(decimals), other.round(decimals)
    return pd.DataFrame({"y": y, "s": one, "b": 0.5 * one + 0.5 * other, "w": random.gamma(1, 1, count)})


def german(folder: Path) -> pd.DataFrame:
    people = pd.read_csv(folder / "german-credit" / "german_credit.csv")
    return pd.DataFrame(
        {
            "y": people.label,
            "s": people.score_candidate,
            "b": people.score_production,
            "w": np.random.default_rng(1).uniform(0.1, 3, len(people)),
        }
    )


def compas(folder: Path) -> pd.DataFrame:
    people = pd.read_csv(folder / "compas-two-years" / "compas_two_years.csv")
    return pd.DataFrame(
        {
            "y": people.two_year_recid,
            "s": people.score_candidate,
            "b": (people.decile_score / 10).clip(0.05, 0.95),
            "w": np.random.default_rng(2).uniform(0.1, 3, len(people)),
        }
    )


CASES = {
    "german": german,
    "compas": compas,
    "smooth": lambda _: rows(3, 500),
    "ten values": lambda _: rows(4, 700, decimals=1),
    "two values": lambda _: rows(5, 300, decimals=0),
    "no skill": lambda _: rows(6, 400, skill=0),
    "tiny": lambda _: rows(7, 12),
    "constant scores": lambda _: rows(8, 50).assign(s=0.3, b=0.7),
}


@pytest.fixture(params=CASES)
def data(request: pytest.FixtureRequest) -> pd.DataFrame:
    needs_files = request.param in ("german", "compas")
    return CASES[request.param](request.getfixturevalue("shared_data") if needs_files else None)


def expected(y: np.ndarray, s: np.ndarray, w: np.ndarray | None) -> dict[str, float]:
    """What scikit-learn says; a metric that divides 0 by 0 is left out."""
    d = (s >= 0.5).astype(int)
    weights = np.ones(len(y)) if w is None else w
    tn, fp, fn, tp = metrics.confusion_matrix(y, d, sample_weight=w, labels=[0, 1]).ravel()
    calibration = [abs((weights * (s - y))[np.minimum((s * 10).astype(int), 9) == k].sum()) for k in range(10)]
    found = {
        "auc_roc": metrics.roc_auc_score(y, s, sample_weight=w),
        "pr_auc": metrics.average_precision_score(y, s, sample_weight=w),
        "log_loss": metrics.log_loss(y, s, sample_weight=w),
        "brier": metrics.brier_score_loss(y, s, sample_weight=w),
        "ece": sum(calibration) / weights.sum(),
        "accuracy": metrics.accuracy_score(y, d, sample_weight=w),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, d, sample_weight=w),
        "recall": metrics.recall_score(y, d, sample_weight=w),
        "fpr": fp / (fp + tn),
        "specificity": tn / (fp + tn),
        "f1": metrics.f1_score(y, d, sample_weight=w),
        "kappa": metrics.cohen_kappa_score(y, d, sample_weight=w),
        "selection_rate": np.average(d, weights=w),
        "base_rate": np.average(y, weights=w),
    }
    fpr, tpr, _ = metrics.roc_curve(y, s, sample_weight=w)
    found["ks"] = np.abs(tpr - fpr).max()
    if tp + fp > 0:
        found["precision"] = metrics.precision_score(y, d, sample_weight=w)
    if tn + fn > 0:
        found["npv"] = metrics.precision_score(1 - y, 1 - d, sample_weight=w)
    if tp + fp > 0 and tn + fn > 0:
        found["mcc"] = metrics.matthews_corrcoef(y, d, sample_weight=w)
    return found


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_every_metric_is_scikit_learns(data: pd.DataFrame, weighted: bool, measure: Measure) -> None:
    options = {"weight": "w"} if weighted else {}
    answer = measure(data, label="y", score="s", baseline_score="b", **options)
    weights = data.w.to_numpy() if weighted else None
    for model, column in [(answer, "s"), (answer["baseline"], "b")]:
        known = expected(data.y.to_numpy(), data[column].to_numpy(), weights)
        for name, value in known.items():
            assert model["metrics"][name]["value"] == pytest.approx(value, abs=EXACT), name
        for name in set(model["metrics"]) - set(known):
            assert model["metrics"][name]["value"] is None, name
            assert model["metrics"][name]["reason"] in ("nothing_selected", "nothing_rejected"), name
    assert (answer["rows"], answer["positives"]) == (len(data), int(data.y.sum()))


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_intervals_are_delongs_wilsons_and_students(data: pd.DataFrame, weighted: bool, measure: Measure) -> None:
    answer = measure(data, label="y", score="s", **({"weight": "w"} if weighted else {}))["metrics"]
    y, s = data.y.to_numpy(), data.s.to_numpy()
    w = data.w.to_numpy() if weighted else np.ones(len(data))
    auc, error = delong(y, s, w)
    if 0 < auc < 1 and error > 0:
        ends = 1 / (
            1 + np.exp(-(np.log(auc / (1 - auc)) + np.array([-1, 1]) * stats.norm.ppf(0.975) * error / auc / (1 - auc)))
        )
        assert [answer["auc_roc"]["lower"], answer["auc_roc"]["upper"]] == pytest.approx(ends, abs=EXACT)
    d = s >= 0.5
    over = {
        "accuracy": (d == y, np.full(len(y), True)), "precision": (y == 1, d), "recall": (d, y == 1),
        "fpr": (d, y == 0), "specificity": (~d, y == 0), "npv": (y == 0, ~d),
        "selection_rate": (d, np.full(len(y), True)),
    }  # fmt: skip
    for name, (hit, among) in over.items():
        if not among.any():
            continue
        effective = w[among].sum() ** 2 / (w[among] ** 2).sum()
        share = (w * (hit & among)).sum() / w[among].sum()
        ends = proportion_confint(share * effective, effective, method="wilson")
        assert answer[name]["method"] == "wilson"
        assert [answer[name]["lower"], answer[name]["upper"]] == pytest.approx(ends, abs=EXACT), name
    effective = w.sum() ** 2 / (w**2).sum()
    given = np.where(y == 1, s, 1 - s).clip(np.finfo(float).eps, 1 - np.finfo(float).eps)
    for name, losses in [("brier", (s - y) ** 2), ("log_loss", -np.log(given))]:
        mean = np.average(losses, weights=w)
        error = np.sqrt((w**2 * (losses - mean) ** 2).sum()) / w.sum() * np.sqrt(effective / (effective - 1))
        ends = mean + np.array([-1, 1]) * stats.t.ppf(0.975, effective - 1) * error
        assert [answer[name]["lower"], answer[name]["upper"]] == pytest.approx(ends, abs=EXACT), name
    for name, found in answer.items():
        if found["value"] is not None and found["lower"] is not None:
            assert found["lower"] - EXACT <= found["value"] <= found["upper"] + EXACT, name
        assert (found["lower"] is None) == ("reason" in found), name


def test_f1_and_balanced_accuracy_have_wilsons_honesty(measure: Measure) -> None:
    y = np.array([1] * 6 + [0] * 9)
    answer = measure({"y": y, "s": y * 0.8 + 0.1}, label="y", score="s")["metrics"]
    # F1 = 2J/(1 + J) with J the share of the six rows that are positive or selected which are both.
    jaccard = proportion_confint(6, 6, method="wilson")[0]
    assert answer["f1"]["lower"] == pytest.approx(2 * jaccard / (1 + jaccard), abs=EXACT)
    below = [1 - proportion_confint(n, n, method="wilson")[0] for n in (6, 9)]
    assert answer["balanced_accuracy"]["lower"] == pytest.approx(1 - np.hypot(*below) / 2, abs=EXACT)
    for name in ("f1", "balanced_accuracy", "mcc", "kappa", "auc_roc"):
        assert answer[name]["value"] == 1 and answer[name]["lower"] < 0.9 and answer[name]["upper"] == 1, name


@pytest.mark.parametrize("metric", ["mcc", "kappa"])
def test_mcc_and_kappa_intervals_are_the_delta_methods(metric: str, measure: Measure) -> None:
    data = rows(11, 300)
    found = measure(data, label="y", score="s", weight="w")["metrics"][metric]
    y, d, w = data.y.to_numpy(), (data.s >= 0.5).astype(int).to_numpy(), data.w.to_numpy()
    value = {"mcc": metrics.matthews_corrcoef, "kappa": metrics.cohen_kappa_score}[metric]
    # How the metric moves with the weight of one row in each cell, by central differences.
    variance = 0.0
    for label in (0, 1):
        for decision in (0, 1):
            cell = (y == label) & (d == decision)
            row, step = np.flatnonzero(cell)[0], 1e-4
            up, down = w.copy(), w.copy()
            up[row] += step
            down[row] -= step
            slope = (value(y, d, sample_weight=up) - value(y, d, sample_weight=down)) / (2 * step)
            variance += slope**2 * (w[cell] ** 2).sum()
    centre = value(y, d, sample_weight=w)
    half = stats.norm.ppf(0.975) * np.sqrt(variance) / (1 - centre**2)
    ends = np.tanh(np.arctanh(centre) + np.array([-half, half]))
    assert [found["lower"], found["upper"]] == pytest.approx(ends, abs=1e-7)


def test_a_comparison_is_delong_mcnemar_and_the_paired_t_test(data: pd.DataFrame, measure: Measure) -> None:
    answer = measure(data, label="y", score="s", baseline_score="b")["comparison"]
    y, s, b = data.y.to_numpy(), data.s.to_numpy(), data.b.to_numpy()
    difference, error = delong(y, s, baseline=b)
    found = answer["auc_roc"]
    assert found["difference"] == pytest.approx(difference, abs=EXACT)
    assert found["standard_error"] == pytest.approx(error, abs=EXACT)
    if error > 0:
        z = difference / error
        assert (found["z"], found["p"]) == pytest.approx((z, two_sided(z)), abs=1e-8)
        half = stats.norm.ppf(0.975) * error
        assert (found["lower"], found["upper"]) == pytest.approx((difference - half, difference + half), abs=EXACT)
    right, wrong = (s >= 0.5) == y, (b >= 0.5) == y
    table = [[(right & wrong).sum(), (right & ~wrong).sum()], [(~right & wrong).sum(), (~right & ~wrong).sum()]]
    found = answer["mcnemar"]
    assert (found["b"], found["c"]) == (table[0][1], table[1][0])
    assert found["p_exact"] == pytest.approx(mcnemar(table, exact=True).pvalue, abs=EXACT)
    if found["b"] + found["c"] > 0:
        plain, corrected = (mcnemar(table, exact=False, correction=flag) for flag in (False, True))
        assert (found["chi2"], found["p_chi2"]) == pytest.approx((plain.statistic, plain.pvalue), abs=EXACT)
        if found["b"] != found["c"]:
            numbers = (corrected.statistic, corrected.pvalue)
            assert (found["chi2_corrected"], found["p_chi2_corrected"]) == pytest.approx(numbers, abs=EXACT)
    assert answer["disagreement_rate"] == pytest.approx(((s >= 0.5) != (b >= 0.5)).mean(), abs=EXACT)
    clip = np.finfo(float).eps

    def log_losses(p: np.ndarray) -> np.ndarray:
        return -np.log(np.clip(np.where(y == 1, p, 1 - p), clip, 1 - clip))

    for name, losses in [("brier", ((s - y) ** 2, (b - y) ** 2)), ("log_loss", (log_losses(s), log_losses(b)))]:
        if np.std(losses[0] - losses[1]) == 0:
            continue
        test = stats.ttest_rel(*losses)
        found = answer[name]
        assert (found["t"], found["p"], found["degrees_of_freedom"]) == pytest.approx(
            (test.statistic, test.pvalue, test.df), abs=1e-8
        )
        assert (found["lower"], found["upper"]) == pytest.approx(tuple(test.confidence_interval()), abs=EXACT)


def test_weighted_delong_and_mcnemar(measure: Measure) -> None:
    data = rows(21, 400, decimals=2)
    answer = measure(data, label="y", score="s", baseline_score="b", weight="w")["comparison"]
    value, error = delong(data.y, data.s, data.w, data.b)
    assert (answer["auc_roc"]["difference"], answer["auc_roc"]["standard_error"]) == pytest.approx(
        (value, error), abs=EXACT
    )
    right, wrong = (data.s >= 0.5) == data.y, (data.b >= 0.5) == data.y
    b, c = data.w[right & ~wrong], data.w[~right & wrong]
    assert answer["mcnemar"]["chi2"] == pytest.approx(
        (b.sum() - c.sum()) ** 2 / ((b**2).sum() + (c**2).sum()), abs=EXACT
    )
    assert (answer["mcnemar"]["p_exact"], answer["mcnemar"]["reason"]) == (None, "weighted")


@pytest.mark.parametrize("name", ["accuracy", "precision", "recall", "balanced_accuracy", "f1", "mcc", "kappa"])
def test_differences_of_decisions_are_the_paired_delta_methods(name: str, measure: Measure) -> None:
    data = rows(22, 350)
    found = measure(data, label="y", score="s", baseline_score="b")["comparison"][name]
    score = {
        "accuracy": metrics.accuracy_score, "precision": metrics.precision_score, "recall": metrics.recall_score,
        "balanced_accuracy": metrics.balanced_accuracy_score, "f1": metrics.f1_score, "mcc": metrics.matthews_corrcoef,
        "kappa": metrics.cohen_kappa_score,
    }[name]  # fmt: skip
    y, s, b = data.y.to_numpy(), (data.s >= 0.5).astype(int).to_numpy(), (data.b >= 0.5).astype(int).to_numpy()

    def difference(weights: np.ndarray) -> float:
        return score(y, s, sample_weight=weights) - score(y, b, sample_weight=weights)

    variance = 0.0
    for cell in {(a, c, d) for a, c, d in zip(y, s, b)}:
        places = np.flatnonzero((y == cell[0]) & (s == cell[1]) & (b == cell[2]))
        up, down = np.ones(len(y)), np.ones(len(y))
        up[places[0]] += 1e-4
        down[places[0]] -= 1e-4
        variance += len(places) * ((difference(up) - difference(down)) / 2e-4) ** 2
    assert found["difference"] == pytest.approx(difference(np.ones(len(y))), abs=EXACT)
    assert found["standard_error"] == pytest.approx(np.sqrt(variance), abs=1e-7)
    assert found["p"] == pytest.approx(two_sided(found["difference"] / found["standard_error"]), abs=EXACT)


def test_golden_values(shared_data: Path, measure: Measure) -> None:
    golden = json.loads((shared_data / "reference-stats.json").read_text())["german_credit"]["all_rows"]
    answer = measure(german(shared_data), label="y", score="s", baseline_score="b")
    for model, known in [(answer, golden["candidate"]), (answer["baseline"], golden["production"])]:
        for ours, theirs in [
            ("auc_roc", "auc"), ("pr_auc", "average_precision"), ("log_loss", "log_loss"), ("brier", "brier"),
            ("ks", "ks"), ("accuracy", "accuracy"),
        ]:  # fmt: skip
            assert model["metrics"][ours]["value"] == pytest.approx(known[theirs], abs=EXACT), ours
    found, known = answer["comparison"]["auc_roc"], golden["delong"]
    assert found["difference"] == pytest.approx(known["diff"], abs=EXACT)
    assert found["standard_error"] == pytest.approx(known["se_diff"], abs=EXACT)
    assert (found["z"], found["p"]) == pytest.approx((known["z"], known["p_two_sided"]), abs=EXACT)
    assert [found["lower"], found["upper"]] == pytest.approx(known["ci_diff"], abs=EXACT)


@pytest.mark.parametrize("count", [502, 703, 8])
def test_equal_mass_bins_are_scikit_learns(count: int, measure: Measure) -> None:
    data = rows(31, count, decimals=2)
    found = measure(data, label="y", score="s")["reliability"]["equal_mass"]
    observed, mean = calibration_curve(data.y, data.s, n_bins=10, strategy="quantile")
    assert [bin["mean_score"] for bin in found["bins"]] == pytest.approx(mean, abs=EXACT)
    assert [bin["observed"] for bin in found["bins"]] == pytest.approx(observed, abs=EXACT)
    share = np.array([bin["n"] for bin in found["bins"]]) / count
    assert found["ece"] == pytest.approx((share * np.abs(observed - mean)).sum(), abs=EXACT)
    assert found["mce"] == pytest.approx(np.abs(observed - mean).max(), abs=EXACT)
    assert sum(bin["n"] for bin in found["bins"]) == count


def test_weighted_reliability(measure: Measure) -> None:
    data = rows(32, 600)
    answer = measure(data, label="y", score="s", weight="w")
    cuts = np.quantile(data.s, np.arange(1, 10) / 10, weights=data.w, method="inverted_cdf")
    bins = np.searchsorted(cuts, data.s)
    for place, found in enumerate(answer["reliability"]["equal_mass"]["bins"]):
        these = data[bins == place]
        assert found["n"] == len(these)
        assert found["mean_score"] == pytest.approx(np.average(these.s, weights=these.w), abs=EXACT)
        assert found["observed"] == pytest.approx(np.average(these.y, weights=these.w), abs=EXACT)
    assert answer["metrics"]["ece"]["value"] == pytest.approx(answer["reliability"]["equal_width"]["ece"], abs=EXACT)


def test_the_calibration_line_is_statsmodels(data: pd.DataFrame, measure: Measure) -> None:
    found = measure(data, label="y", score="s")["calibration"]
    inside = data.s.clip(np.finfo(float).eps, 1 - np.finfo(float).eps)
    logit = np.log(inside) - np.log1p(-inside)
    if logit.nunique() == 1:
        assert found == {"slope": None, "intercept": None, "reason": "no_variance"}
        return
    if data.s.isin([0, 1]).any():
        pytest.skip("certain scores have logits of ±36, where statsmodels stops early")
    fit = sm.Logit(data.y, sm.add_constant(logit)).fit(disp=0, method="newton", tol=1e-14, cov_type="HC0")
    for place, name in enumerate(["intercept", "slope"]):
        assert found[name]["value"] == pytest.approx(fit.params.iloc[place], abs=1e-8)
        ends = fit.conf_int().iloc[place]
        assert [found[name]["lower"], found[name]["upper"]] == pytest.approx(list(ends), abs=1e-7)


scores = st.one_of(
    st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), st.integers(0, 10).map(lambda k: k / 10)
)
cells = st.tuples(st.integers(0, 1), scores, scores, st.one_of(st.floats(0.01, 100), st.just(1.0)))


@BOUNDED
@given(rows=st.lists(cells, min_size=2, max_size=60), weighted=st.booleans())
def test_any_rows_agree_with_scikit_learn(measure: Measure, rows: list, weighted: bool) -> None:
    data = pd.DataFrame(rows, columns=["y", "s", "b", "w"])
    answer = measure(data, label="y", score="s", baseline_score="b", **({"weight": "w"} if weighted else {}))
    y, s, w = data.y.to_numpy(), data.s.to_numpy(), data.w.to_numpy() if weighted else None
    found = answer["metrics"]
    if data.y.nunique() == 1:
        for name in ("auc_roc", "pr_auc", "ks", "balanced_accuracy"):
            assert (found[name]["value"], found[name]["reason"]) == (None, "single_class"), name
        decided = (s >= 0.5).astype(int)
        assert found["accuracy"]["value"] == pytest.approx(
            metrics.accuracy_score(y, decided, sample_weight=w), abs=EXACT
        )
        assert answer["comparison"]["auc_roc"]["reason"] == "single_class"
        return
    for name, value in expected(y, s, w).items():
        assert found[name]["value"] == pytest.approx(value, abs=EXACT, rel=EXACT), name
    one, other = (metrics.roc_auc_score(y, data[name], sample_weight=w) for name in ("s", "b"))
    assert answer["comparison"]["auc_roc"]["difference"] == pytest.approx(one - other, abs=EXACT)
    for name in found:
        lower, upper = found[name]["lower"], found[name]["upper"]
        assert (lower is None) == (upper is None) and (lower is not None or found[name]["reason"]), name


def test_a_baseline_that_is_the_model_differs_by_nothing(measure: Measure) -> None:
    data = rows(41, 200)
    answer = measure(data.assign(b=data.s), label="y", score="s", baseline_score="b")["comparison"]
    for name in ("auc_roc", "log_loss", "brier", "accuracy", "mcc", "f1"):
        found = answer[name]
        assert (found["difference"], found["lower"], found["upper"], found["p"]) == (0, 0, 0, 1), name
    assert (answer["mcnemar"]["p_exact"], answer["mcnemar"]["p_chi2"], answer["disagreement_rate"]) == (1, 1, 0)


def test_scores_that_are_no_probabilities_still_rank(measure: Measure) -> None:
    data = rows(42, 200)
    answer = measure(data.assign(s=data.s * 10 - 3), label="y", score="s", baseline_score="b", threshold=0)
    for name in ("log_loss", "brier", "ece"):
        assert answer["metrics"][name]["reason"] == "not_probabilities"
        assert answer["baseline"]["metrics"][name]["value"] is not None
        assert answer["comparison"][name]["reason"] == "not_probabilities"
    assert answer["reliability"] is None
    assert answer["metrics"]["auc_roc"]["value"] == pytest.approx(metrics.roc_auc_score(data.y, data.s), abs=EXACT)


def test_the_threshold_selects_scores_at_it(measure: Measure) -> None:
    answer = measure({"y": [0, 1, 1, 0], "s": [0.2, 0.3, 0.31, 0.29]}, label="y", score="s", threshold=0.3)
    assert answer["confusion"] == {"tp": 2, "fp": 0, "tn": 2, "fn": 0}


def test_labels_may_be_booleans(measure: Measure) -> None:
    data = rows(43, 100)
    booleans = measure(data.assign(y=data.y == 1), label="y", score="s")
    assert booleans == measure(data, label="y", score="s")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"y": [0, 1, 2, 0]}, "2 in row 3 of 'y' is not 0, 1, true or false"),
        ({"y": ["no", "yes", "no", "no"]}, "'no' in row 1 of 'y' is not 0, 1, true or false"),
        ({"y": [0, None, 1, 0]}, "'y' has no value in row 2"),
        ({"s": [0.1, 0.2, None, 0.4]}, "'s' has no value in row 3"),
        ({"s": ["a", "b", "c", "d"]}, "'s' holds text"),
        ({"w": [1, 1, 1, -1]}, "1 weight is negative, NaN or infinite, first in row 4"),
        ({"w": [0, 0, 0, 0]}, "all weights are 0"),
    ],
)
def test_rows_that_cannot_be_measured_are_named(change: dict, said: str, measure: Measure) -> None:
    data = {"y": [0, 1, 1, 0], "s": [0.1, 0.2, 0.3, 0.4], "w": [1, 1, 1, 1], **change}
    finished = measure.process(data, "--json", label="y", score="s", weight="w", check=False)
    assert finished.returncode == 1 and not finished.stdout
    assert said in finished.stderr and "fix:" in finished.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"score": "t"}, "has no column 't'"),
        ({"score": "s,"}, "--score has an empty name"),
        ({"score": "s", "baseline_score": "s,w"}, "--score names 1 column and --baseline-score 2 columns"),
        ({"score": "s", "groups": "s"}, "'s' is read as numbers and cannot be a group"),
        ({"score": "s", "min_group_size": 0}, "--min-group-size is below 1"),
        ({"score": "s", "threshold": "nan"}, "--threshold is not a number"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict, said: str, measure: Measure) -> None:
    data = {"y": [0, 1], "s": [0.1, 0.2], "w": [1, 1]}
    finished = measure.process(data, label="y", check=False, **options)
    assert finished.returncode == 1 and said in finished.stderr


def test_the_report_says_the_finding_first(shared_data: Path, measure: Measure, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    data = shared_data / "german-credit" / "german_credit.csv"
    options = {"label": "label", "score": "score_candidate", "baseline_score": "score_production", "groups": "sex"}
    said = measure.process(data, report=page, **options).stdout
    assert (
        "AUC 0.775 (0.743…0.805) on 1,000 rows; 0.020 better than the baseline, and the data can tell (p = 0.015)."
        in said
    )
    assert "<svg" in page.read_text()


def test_newcombes_interval_is_statsmodels(measure: Measure) -> None:
    data = rows(51, 300).assign(g=np.where(np.arange(300) % 3 == 0, "a", "b"))
    answer = measure(data, label="y", score="s", groups="g")
    chosen = [(data[data.g == name].s >= 0.5) for name in "ab"]
    ends = confint_proportions_2indep(
        chosen[0].sum(), len(chosen[0]), chosen[1].sum(), len(chosen[1]), compare="diff", method="newcomb"
    )
    found = answer["groups"][0]["complement"]["selection_rate"]
    assert [found["lower"], found["upper"]] == pytest.approx(ends, abs=EXACT)
