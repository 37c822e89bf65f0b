"""Groups in `gatehouse measure`: fairlearn's numbers, comparisons with the rest and the baseline, minimums."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fairness
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from measured import EXACT, Measure, delong, two_sided

BOUNDED = settings(max_examples=30, derandomize=True, deadline=None)


@pytest.fixture(scope="module")
def measure(run: Callable, tmp_path_factory: pytest.TempPathFactory) -> Measure:
    return Measure(run, tmp_path_factory.mktemp("groups"))


def german(folder: Path) -> tuple[pd.DataFrame, list[str]]:
    people = pd.read_csv(folder / "german-credit" / "german_credit.csv")
    names = {"label": "y", "score_candidate": "s", "score_production": "b"}
    return people.rename(columns=names), ["foreign_worker", "age_group"]


def compas(folder: Path) -> tuple[pd.DataFrame, list[str]]:
    people = pd.read_csv(folder / "compas-two-years" / "compas_two_years.csv")
    people["b"] = (people.decile_score / 10).clip(0.05, 0.95)
    return people.rename(columns={"two_year_recid": "y", "score_candidate": "s"}), ["race", "sex"]


def made(_: object) -> tuple[pd.DataFrame, list[str]]:
    random = np.random.default_rng(7)
    count = 900
    y = (random.random(count) < 0.4).astype(int)
    s, b = ((y + random.normal(0.3, 0.8, count)).clip(0, 1).round(2) for _ in range(2))
    # One group of few rows, one without positives, one large.
    g = random.choice(["large", "middle", "few", "none"], count, p=[0.6, 0.25, 0.02, 0.13])
    y[g == "none"] = 0
    return pd.DataFrame({"y": y, "s": s, "b": b, "g": g, "h": random.choice(["x", "y"], count)}), ["g", "h"]


@pytest.fixture(params=[german, compas, made])
def data(request: pytest.FixtureRequest) -> tuple[pd.DataFrame, list[str]]:
    return request.param(None if request.param is made else request.getfixturevalue("shared_data"))


def by(answer: dict, columns: list[str]) -> dict[tuple, dict]:
    return {tuple(group["group"]): group for group in answer["groups"] if group["by"] == columns}


def members(frame: pd.DataFrame, columns: list[str], names: tuple) -> pd.Series:
    return (frame[columns].astype(str) == pd.Series(names, index=columns)).all(axis=1)


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_every_group_and_combination_is_there_with_its_numbers(data: tuple, weighted: bool, measure: Measure) -> None:
    frame, columns = data[0].assign(w=np.random.default_rng(3).uniform(0.1, 2, len(data[0]))), data[1][:2]
    options = {"weight": "w"} if weighted else {}
    answer = measure(frame, "--intersections", label="y", score="s", groups=",".join(columns), **options)
    weights = frame.w if weighted else pd.Series(1.0, index=frame.index)
    overall = roc_auc_score(frame.y, frame.s, sample_weight=weights)
    for grouping in [[columns[0]], [columns[1]], columns]:
        found = by(answer, grouping)
        assert set(found) == set(product(*(frame[column].astype(str).unique() for column in grouping)))
        for names, group in found.items():
            these = members(frame, grouping, names)
            part, w = frame[these], weights[these]
            assert (group["n"], group["positives"]) == (len(part), int(part.y.sum()))
            if part.empty:
                assert group["reason"] == "empty" and group["selection_rate"] is None and group["auc_roc"] is None
                continue
            assert group["selection_rate"] == pytest.approx(np.average(part.s >= 0.5, weights=w), abs=EXACT)
            for name, label in [("tpr", 1), ("fpr", 0)]:
                among = part.y == label
                rate = np.average(part.s[among] >= 0.5, weights=w[among]) if among.any() else None
                assert group[name] == (rate if rate is None else pytest.approx(rate, abs=EXACT))
            if part.y.nunique() == 2:
                auc = roc_auc_score(part.y, part.s, sample_weight=w)
                assert group["auc_roc"] == pytest.approx(auc, abs=EXACT)
                assert group["auc_gap"] == pytest.approx(abs(auc - overall), abs=EXACT)
            else:
                assert group["auc_roc"] is None and group["reason"] in ("single_class", "too_small")


def defined(frame: pd.DataFrame, grouping: pd.Series) -> bool:
    """Whether every group has both classes: elsewhere fairlearn puts 0 where there is no rate."""
    return bool((frame.groupby(grouping, observed=True).y.nunique() == 2).all())


def test_disparities_are_fairlearns(data: tuple, measure: Measure) -> None:
    frame, columns = data
    answer = measure(frame, "--intersections", label="y", score="s", groups=",".join(columns))
    decisions = (frame.s >= 0.5).astype(int)
    for found in answer["fairness"]:
        grouping = frame[found["by"]].astype(str).agg("|".join, axis=1)
        sensitive = {"y_true": frame.y, "y_pred": decisions, "sensitive_features": grouping}
        expected = {
            "demographic_parity_difference": fairness.demographic_parity_difference(**sensitive),
            "demographic_parity_ratio": fairness.demographic_parity_ratio(**sensitive),
            "impact_ratio": fairness.demographic_parity_ratio(**sensitive),
        }
        if defined(frame, grouping):
            expected |= {
                "equalized_odds_difference": fairness.equalized_odds_difference(**sensitive),
                "equalized_odds_ratio": fairness.equalized_odds_ratio(**sensitive),
                "equal_opportunity_difference": fairness.equal_opportunity_difference(**sensitive),
                "equal_opportunity_ratio": fairness.equal_opportunity_ratio(**sensitive),
            }
            auc = fairness.MetricFrame(
                metrics=roc_auc_score, y_true=frame.y, y_pred=frame.s, sensitive_features=grouping
            )
            expected["max_auc_gap"] = (auc.by_group - auc.overall).abs().max()
        for name, value in expected.items():
            assert found[name] == pytest.approx(value, abs=EXACT), (found["by"], name)
        assert found["groups"] == grouping.nunique()


def test_disparities_over_groups_large_enough_are_fairlearns_over_those(measure: Measure) -> None:
    frame, _ = made(None)
    found = measure(frame, label="y", score="s", groups="g", min_group_size=60)["fairness"][0]
    large = frame[frame.groupby("g").y.transform("size") >= 60]
    assert found["groups_judged"] == large.g.nunique() == found["groups"] - 1
    expected = fairness.demographic_parity_difference(large.y, (large.s >= 0.5).astype(int), sensitive_features=large.g)
    assert found["without_small_groups"]["demographic_parity_difference"] == pytest.approx(expected, abs=EXACT)
    # A group without positives has no true positive rate; it takes no part in that comparison and is counted.
    assert found["groups_undefined"] == {"auc_roc": 1, "selection_rate": 0, "tpr": 1, "fpr": 0}


def judged(part: pd.DataFrame, minimum: int = 30) -> bool:
    return len(part) >= minimum and min((part.y == 1).sum(), (part.y == 0).sum()) >= 10


def holm(values: dict) -> dict:
    asked = [name for name, p in values.items() if p is not None]
    adjusted = multipletests([values[name] for name in asked], method="holm")[1] if asked else []
    return {name: None for name in values} | dict(zip(asked, adjusted))


@pytest.mark.parametrize("place", [0, 1])
def test_a_group_is_compared_with_all_other_rows(data: tuple, place: int, measure: Measure) -> None:
    frame, column = data[0], data[1][place]
    answer = measure(frame, label="y", score="s", groups=column)
    found = by(answer, [column])
    p = {"auc_roc": {}, "selection_rate": {}, "tpr": {}, "fpr": {}}
    for (name,), group in found.items():
        these = frame[column].astype(str) == name
        own, rest = frame[these], frame[~these]
        if own.y.nunique() == 2 and judged(own) and judged(rest):
            (one, one_error), (other, other_error) = (delong(part.y, part.s) for part in (own, rest))
            error = np.hypot(one_error, other_error)
            assert group["complement"]["auc_roc"]["difference"] == pytest.approx(one - other, abs=EXACT)
            assert group["complement"]["auc_roc"]["standard_error"] == pytest.approx(error, abs=EXACT)
            p["auc_roc"][name] = two_sided((one - other) / error)
        else:
            p["auc_roc"][name] = None
            assert group["complement"]["auc_roc"]["reason"]
        for metric, label in [("selection_rate", None), ("tpr", 1), ("fpr", 0)]:
            parts = [part if label is None else part[part.y == label] for part in (own, rest)]
            counts = [len(part) for part in parts]
            least = 30 if label is None else 10
            if len(own) < 30 or min(counts) < least:
                p[metric][name] = None
                continue
            chosen = [int((part.s >= 0.5).sum()) for part in parts]
            difference = group["complement"][metric]
            assert difference["difference"] == pytest.approx(chosen[0] / counts[0] - chosen[1] / counts[1], abs=EXACT)
            ends = confint_proportions_2indep(
                chosen[0], counts[0], chosen[1], counts[1], compare="diff", method="newcomb"
            )
            assert [difference["lower"], difference["upper"]] == pytest.approx(ends, abs=EXACT)
            alike = sum(chosen) in (0, sum(counts))
            p[metric][name] = 1.0 if alike else proportions_ztest(chosen, counts)[1]
    for metric, values in p.items():
        for (name,), group in found.items():
            expected = None if values[name] is None else pytest.approx(values[name], abs=EXACT)
            assert group["complement"][metric]["p"] == expected, (metric, name)
        # Two groups are each other's rest: one question, nothing to adjust.
        adjusted = values if len(found) == 2 else holm(values)
        for (name,), group in found.items():
            expected = None if adjusted[name] is None else pytest.approx(adjusted[name], abs=EXACT)
            assert group["complement"][metric]["p_holm"] == expected, (metric, name)


@pytest.mark.parametrize("place", [0, 1])
def test_a_group_is_compared_with_itself_under_the_baseline(data: tuple, place: int, measure: Measure) -> None:
    frame, column = data[0], data[1][place]
    found = by(measure(frame, label="y", score="s", baseline_score="b", groups=column), [column])
    p = {}
    for (name,), group in found.items():
        part = frame[frame[column].astype(str) == name]
        difference = group["baseline"]["auc_roc"]
        p[name] = None
        if part.y.nunique() == 2:
            value, error = delong(part.y, part.s, baseline=part.b)
            assert difference["difference"] == pytest.approx(value, abs=EXACT)
            assert difference["standard_error"] == pytest.approx(error, abs=EXACT)
            if judged(part):
                p[name] = two_sided(value / error)
        rate = group["baseline"]["selection_rate"]["difference"]
        assert rate == pytest.approx((part.s >= 0.5).mean() - (part.b >= 0.5).mean(), abs=EXACT)
    for (name,), group in found.items():
        difference, adjusted = group["baseline"]["auc_roc"], holm(p)[name]
        assert difference["p"] == (None if p[name] is None else pytest.approx(p[name], abs=EXACT))
        assert difference["p_holm"] == (None if adjusted is None else pytest.approx(adjusted, abs=EXACT))
        expected = "not_judged" if adjusted is None else "cannot_tell" if adjusted >= 0.05 else None
        expected = expected or ("worse" if difference["difference"] < 0 else "better")
        assert group["baseline"]["verdict"] == expected
        assert (difference["reason"] is None) == (adjusted is not None)


def test_a_group_that_the_candidate_ranks_worse_is_found(measure: Measure) -> None:
    random = np.random.default_rng(5)
    count = 2000
    y = random.integers(0, 2, count)
    g = np.where(np.arange(count) % 4 == 0, "harmed", "helped")
    s, b = y + random.normal(0, 1.5, count), y + random.normal(0, 1.5, count)
    s[g == "harmed"] -= 0.9 * y[g == "harmed"]
    s[g == "helped"] += y[g == "helped"]
    data = pd.DataFrame({"y": y, "s": 1 / (1 + np.exp(-s)), "b": 1 / (1 + np.exp(-b)), "g": g})
    answer = measure(data, label="y", score="s", baseline_score="b", groups="g")
    # Better over all rows, and that hides what it does to a quarter of them.
    assert answer["comparison"]["auc_roc"]["lower"] > 0
    assert {name: group["baseline"]["verdict"] for (name,), group in by(answer, ["g"]).items()} == {
        "harmed": "worse",
        "helped": "better",
    }


def test_a_reason_stands_beside_what_is_not_judged(measure: Measure) -> None:
    random = np.random.default_rng(9)
    parts = {"fine": (60, 30), "small": (20, 10), "one": (40, 0), "thin": (40, 5)}
    data = pd.concat(
        pd.DataFrame({"y": [1] * positives + [0] * (n - positives), "s": random.random(n), "g": name})
        for name, (n, positives) in parts.items()
    )
    found = by(measure(data, label="y", score="s", groups="g"), ["g"])
    reasons = {name: group["reason"] for (name,), group in found.items()}
    assert reasons == {"fine": None, "small": "too_small", "one": "single_class", "thin": "too_few_of_a_class"}
    assert found["small",]["auc_roc"] is not None and found["one",]["auc_roc"] is None
    assert found["one",]["complement"]["tpr"]["reason"] == "no_positives"
    assert by(measure(data, label="y", score="s", groups="g", min_group_size=20), ["g"])["small",]["reason"] is None


def test_rows_without_a_group_are_a_group(measure: Measure) -> None:
    data = {"y": [0, 1, 0, 1], "s": [0.1, 0.9, 0.4, 0.6], "g": ["a", None, "a", None]}
    found = by(measure(data, label="y", score="s", groups="g"), ["g"])
    assert {names: group["n"] for names, group in found.items()} == {("a",): 2, (None,): 2}


def test_nobody_selected_is_no_perfect_parity(measure: Measure) -> None:
    data = {"y": [0, 1, 0, 1], "s": [0.1, 0.2, 0.3, 0.4], "g": ["a", "a", "b", "b"]}
    found = measure(data, label="y", score="s", groups="g")["fairness"][0]
    assert (found["demographic_parity_ratio"], found["reasons"]["demographic_parity_ratio"]) == (
        None,
        "nothing_selected",
    )
    assert found["demographic_parity_difference"] == 0


def test_a_column_of_identifiers_is_no_grouping(measure: Measure) -> None:
    data = {"y": [0, 1] * 600, "s": [0.5] * 1200, "g": [f"id{k}" for k in range(1200)]}
    finished = measure.process(data, label="y", score="s", groups="g", check=False)
    assert finished.returncode == 1 and "'g' has 1200 groups; the most is 999" in finished.stderr


people = st.tuples(
    st.integers(0, 1), st.integers(0, 10).map(lambda k: k / 10), st.sampled_from("abc"), st.sampled_from("xy")
)


@BOUNDED
@given(rows=st.lists(people, min_size=2, max_size=80))
def test_any_groups_agree_with_fairlearn(measure: Measure, rows: list) -> None:
    frame = pd.DataFrame(rows, columns=["y", "s", "g", "h"])
    answer = measure(frame, "--intersections", label="y", score="s", groups="g,h", min_group_size=1)
    decisions = (frame.s >= 0.5).astype(int)
    for found in answer["fairness"]:
        grouping = frame[found["by"]].agg("|".join, axis=1)
        rates = decisions.groupby(grouping).mean()
        assert found["demographic_parity_difference"] == pytest.approx(rates.max() - rates.min(), abs=EXACT)
        if rates.max() > 0:
            ratio = fairness.demographic_parity_ratio(frame.y, decisions, sensitive_features=grouping)
            assert found["demographic_parity_ratio"] == pytest.approx(ratio, abs=EXACT)
        if defined(frame, grouping):
            odds = fairness.equalized_odds_difference(frame.y, decisions, sensitive_features=grouping)
            assert found["equalized_odds_difference"] == pytest.approx(odds, abs=EXACT)
        else:
            assert sum(found["groups_undefined"].values()) > 0
    assert sum(group["n"] for group in answer["groups"] if group["by"] == ["g", "h"]) == len(frame)
