"""`drift` computes what scipy, numpy, scikit-learn and statsmodels compute, and says what chance explains."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from scipy.spatial.distance import jensenshannon
from scipy.stats.contingency import association
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

EXACT = 1e-9
EMPTY_SHARE = 1e-6

Drift = Callable[..., dict]


@pytest.fixture(scope="session")
def drift(run: Callable, tmp_path_factory: pytest.TempPathFactory) -> Drift:
    """Writes two frames as CSV, compares them, and answers with the JSON object."""
    folder = tmp_path_factory.mktemp("drift")

    def drift(reference: pd.DataFrame, current: pd.DataFrame, *options: object, bins: dict | None = None) -> dict:
        paths = [folder / "reference.csv", folder / "current.csv"]
        for frame, path in zip([reference, current], paths, strict=True):
            frame.to_csv(path, index=False)
        if bins is not None:
            (folder / "bins.json").write_text(json.dumps(bins))
            options = (*options, "--bins", folder / "bins.json")
        return json.loads(run("drift", *paths, *options, "--json").stdout)

    return drift


def by_name(answer: dict) -> dict[str, dict]:
    return {feature["name"]: feature for feature in answer["features"]}


def expected_of_counts(reference: np.ndarray, current: np.ndarray) -> dict[str, float]:
    """The distances between two lists of counts, from their definitions and from scipy."""
    p, q = reference / reference.sum(), current / current.sum()
    filled_p, filled_q = np.where(p == 0, EMPTY_SHARE, p), np.where(q == 0, EMPTY_SHARE, q)
    table = np.array([reference, current])[:, (reference + current) > 0]
    single = table.shape[1] < 2
    chi2 = None if single else stats.chi2_contingency(table, correction=False)
    return {
        "psi": np.sum((filled_q - filled_p) * np.log(filled_q / filled_p)),
        "kl": np.sum(filled_p * np.log(filled_p / filled_q)),
        "kl_current_reference": np.sum(filled_q * np.log(filled_q / filled_p)),
        "js_distance": jensenshannon(p, q),
        "hellinger": np.sqrt(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2) / 2),
        "chi2": 0 if single else chi2.statistic,
        "chi2_p": 1 if single else chi2.pvalue,
        "cramers_v": 0 if single else association(table, method="cramer"),
    }


def expected_of_rows(reference: np.ndarray, current: np.ndarray) -> dict[str, float | None]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ks = stats.ks_2samp(reference, current)
    # Where rounding lifts its exact value above 1, SciPy warns and falls back on an approximation.
    ks_p = 1.0 if any("Exact calculation unsuccessful" in str(warning.message) for warning in caught) else ks.pvalue
    wasserstein = stats.wasserstein_distance(reference, current)
    constant = len(np.unique(reference)) == 1
    return {
        "ks": ks.statistic,
        "ks_p": ks_p,
        "wasserstein": wasserstein,
        "wasserstein_normalized": None if constant else wasserstein / np.std(reference),
    }


def cramer_von_mises_p(statistic: float, n: int, m: int) -> float:
    """SciPy's asymptotic p-value, but from its whole series: SciPy stops at terms below 1e-7."""
    product, rows = n * m, n + m
    variance = (rows + 1) * (4 * product * rows - 3 * (n**2 + m**2) - 2 * product) / (45 * rows**2 * 4 * product)
    x = 1 / 6 + (statistic - (1 + 1 / rows) / 6) / np.sqrt(45 * variance)
    k = np.arange(200)
    q = (4 * k + 1) ** 2 / (16 * x)
    factors = np.exp(special.gammaln(k + 0.5) - special.gammaln(k + 1)) / (np.pi**1.5 * np.sqrt(x))
    return min(1, max(0, 1 - np.sum(factors * np.sqrt(4 * k + 1) * np.exp(-q) * special.kv(0.25, q))))


def counts(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """[e_i, e_i+1), the last one closed, the ends taking what lies outside."""
    return np.bincount(np.searchsorted(edges[1:-1], values, side="right"), minlength=len(edges) - 1)


def deciles(values: np.ndarray) -> np.ndarray:
    return np.unique(np.quantile(values, np.linspace(0, 1, 11)))


def check(feature: dict, expected: dict, tolerance: float = EXACT) -> None:
    for name, value in expected.items():
        scale = 1 if value is None else max(1, abs(value))
        found = feature[name]
        same = found is None if value is None else found == pytest.approx(value, abs=tolerance * scale)
        assert same, (feature["name"], name, found, value)


def check_numeric(feature: dict, reference: np.ndarray, current: np.ndarray, edges: np.ndarray) -> None:
    first, second = counts(reference, edges), counts(current, edges)
    assert feature["buckets"]["reference"] == first.tolist()
    assert feature["buckets"]["current"] == second.tolist()
    check(feature, expected_of_counts(first, second))
    check(feature, expected_of_rows(reference, current))


def test_published_reference_values(drift: Drift, shared_data: Path) -> None:
    rows = pd.read_csv(shared_data / "german-credit" / "german_credit.csv")
    published = json.loads((shared_data / "reference-stats.json").read_text())
    features = published["german_credit"]["drift_rows_1_500_vs_501_1000"]["features"]
    answer = drift(rows[:500], rows[500:], bins={name: feature["edges"] for name, feature in features.items()})
    for name, feature in features.items():
        found = by_name(answer)[name]
        assert found["buckets"]["reference"] == feature["counts_ref"]
        assert found["buckets"]["current"] == feature["counts_prod"]
        names = {"psi": "psi_eps_1e_6", "kl": "kl_ref_prod", "ks": "ks_statistic", "ks_p": "ks_p", "wasserstein": "wasserstein"}
        check(found, {ours: feature[theirs] for ours, theirs in names.items()})


@pytest.mark.parametrize(
    ("file", "group"), [("german-credit/german_credit.csv", "sex"), ("compas-two-years/compas_two_years.csv", "race")]
)
def test_every_column_of_real_data(drift: Drift, shared_data: Path, file: str, group: str) -> None:
    rows = pd.read_csv(shared_data / file)
    most = rows[group].value_counts().index[0]
    reference, current = rows[rows[group] == most], rows[rows[group] != most]
    answer = drift(reference, current)
    assert [feature["name"] for feature in answer["features"]] == list(rows.columns)
    for feature in answer["features"]:
        first, second = reference[feature["name"]].dropna(), current[feature["name"]].dropna()
        if feature["type"] == "numeric":
            first, second = first.to_numpy(float), second.to_numpy(float)
            if len(np.unique(first)) > 1:
                check_numeric(feature, first, second, np.array(feature["buckets"]["edges"]))
        else:
            names = sorted(set(first) | set(second))
            tables = [side.value_counts().reindex(names, fill_value=0).to_numpy() for side in (first, second)]
            check(feature, expected_of_counts(*tables))
    assert by_name(answer)[group]["verdict"] == "drift"


def test_edges_are_numpys_deciles_to_the_bit(drift: Drift) -> None:
    random = np.random.default_rng(3)
    columns = {f"n{size}": random.normal(size=size) for size in (11, 101, 1001, 5001)}
    columns["ties"] = np.round(random.normal(size=3000), 1)
    columns["heavy"] = random.standard_cauchy(20_000) ** 3
    frame = pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})
    found = by_name(drift(frame, frame))
    for name, values in columns.items():
        assert found[name]["buckets"]["edges"] == deciles(values).tolist(), name


@pytest.mark.parametrize(
    ("n", "m"),
    [(7, 5), (60, 60), (500, 137), (1000, 999), (9999, 10_000), (10_000, 10_000), (10_001, 9), (10_001, 300), (20_000, 15_000)],
)
@pytest.mark.parametrize("shift", [0, 0.05, 1])
def test_distances_of_rows_are_scipys(drift: Drift, n: int, m: int, shift: float) -> None:
    random = np.random.default_rng(n + m)
    reference, current = random.normal(size=n), random.normal(shift, size=m)
    columns = {
        "continuous": (reference, current),
        "tied": (np.round(reference, 1), np.round(current, 1)),
        "heavy": (np.sinh(4 * reference), np.sinh(4 * current)),
    }
    frames = [pd.DataFrame({name: sides[side] for name, sides in columns.items()}) for side in (0, 1)]
    found = by_name(drift(*frames))
    for name, (first, second) in columns.items():
        check_numeric(found[name], first, second, np.array(found[name]["buckets"]["edges"]))
    if max(n, m) > 20:
        statistic = stats.cramervonmises_2samp(reference, current).statistic
        check(found["continuous"], {"cramer_von_mises": statistic})
        check(found["continuous"], {"cramer_von_mises_p": cramer_von_mises_p(statistic, n, m)})


def test_small_p_values_keep_their_digits(drift: Drift) -> None:
    random = np.random.default_rng(11)
    for n, m in [(800, 800), (800, 500), (30_000, 20_000)]:
        reference, current = random.normal(size=n), random.normal(0.7, size=m)
        found = drift(pd.DataFrame({"x": reference}), pd.DataFrame({"x": current}))["features"][0]
        assert found["ks_p"] < 1e-20
        assert found["ks_p"] == pytest.approx(stats.ks_2samp(reference, current).pvalue, rel=1e-6)


def test_smoothed_index_and_its_law(drift: Drift) -> None:
    random = np.random.default_rng(5)
    reference, current = random.normal(size=4000), random.normal(0.2, size=1500)
    found = drift(pd.DataFrame({"x": reference}), pd.DataFrame({"x": current}))["features"][0]
    first, second = (np.array(found["buckets"][side]) for side in ("reference", "current"))
    p, q = (first + 0.5) / (first.sum() + 5), (second + 0.5) / (second.sum() + 5)
    index, scale = np.sum((q - p) * np.log(q / p)), 1 / 4000 + 1 / 1500
    check(
        found,
        {"psi_smoothed": index, "psi_p": stats.chi2.sf(index / scale, 9), "psi_null_limit": scale * stats.chi2.ppf(0.95, 9)},
    )
    for end, level in [("psi_lower", 0.975), ("psi_upper", 0.025)]:
        assert stats.ncx2.cdf(index / scale, 9, found[end] / scale) == pytest.approx(level, abs=1e-8)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("holm", "holm"), ("bonferroni", "bonferroni"), ("bh", "fdr_bh"), ("by", "fdr_by"), ("none", None)]
)
def test_corrections_are_statsmodels(drift: Drift, ours: str, theirs: str | None) -> None:
    random = np.random.default_rng(6)
    shifts = np.linspace(0, 0.3, 12)
    sides = [
        pd.DataFrame({f"f{i}": random.normal(shift * side, size=1500) for i, shift in enumerate(shifts)}) for side in (0, 1)
    ]
    features = drift(*sides, "--correction", ours)["features"]
    plain = [feature["psi_p"] for feature in features]
    expected = multipletests(plain, method=theirs)[1] if theirs else plain
    assert [feature["psi_p_adjusted"] for feature in features] == pytest.approx(list(expected), abs=EXACT)


def test_missing_values_are_counted_and_compared_as_two_proportions(drift: Drift) -> None:
    random = np.random.default_rng(7)
    reference, current = random.normal(size=900), random.normal(size=400)
    reference[:30], current[:61] = np.nan, np.nan
    found = drift(pd.DataFrame({"x": reference, "y": 1}), pd.DataFrame({"x": current, "y": 1}))["features"][0]
    assert [found[name] for name in ("n_reference", "n_current", "missing_reference", "missing_current")] == [870, 339, 30, 61]
    check(found, {"missing_p": proportions_ztest([30, 61], [900, 400])[1]})
    check_numeric(found, reference[30:], current[61:], deciles(reference[30:]))


def test_chance_is_told_from_drift(drift: Drift) -> None:
    """Of comparisons without drift, about one in twenty has a p-value below 0.05, and no verdict says so."""
    random = np.random.default_rng(8)
    sides = [pd.DataFrame({f"f{i}": random.normal(size=rows) for i in range(400)}) for rows in (1000, 300)]
    features = drift(*sides, "--correction", "none")["features"]
    small = sum(feature["psi_p"] < 0.05 for feature in features)
    assert stats.binomtest(small, 400, 0.05).pvalue > 1e-4, small
    # Large by chance is not called drift, and not called its absence either.
    assert {feature["verdict"] for feature in drift(*sides)["features"]} == {"no_drift", "inconclusive"}
    assert sum(feature["point_verdict"] != "no_drift" for feature in drift(*sides)["features"]) > 0


def test_verdict_needs_size_and_significance(drift: Drift) -> None:
    random = np.random.default_rng(9)
    reference = pd.DataFrame({"x": random.normal(size=5000)})

    def verdict(shift: float, rows: int) -> tuple[str, str, str | None]:
        found = drift(reference, pd.DataFrame({"x": random.normal(shift, size=rows)}))["features"][0]
        return found["verdict"], found["point_verdict"], found["reason"]

    assert verdict(0, 5000) == ("no_drift", "no_drift", None)
    assert verdict(0.05, 100_000) == ("no_drift", "no_drift", None)
    assert verdict(0.4, 3000) == ("moderate", "moderate", None)
    assert verdict(0.8, 3000) == ("drift", "drift", None)
    assert verdict(0.8, 40)[0::2] == ("inconclusive", "too_few_rows (n < 50)")
    assert verdict(0, 60)[0] == "inconclusive"


numbers = st.one_of(
    st.integers(-3, 3).map(float),
    st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda value: round(value, 4)),
    st.sampled_from([0.0, 0.1, 0.2, 1e-12, 1e12]),
)


@given(reference=st.lists(numbers, min_size=1, max_size=60), current=st.lists(numbers, min_size=1, max_size=60))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_any_numbers(drift: Drift, reference: list[float], current: list[float]) -> None:
    found = drift(pd.DataFrame({"x": reference}), pd.DataFrame({"x": current}))["features"][0]
    edges = np.array(found["buckets"]["edges"])
    if len(deciles(np.array(reference))) > 2:
        assert edges.tolist() == deciles(np.array(reference)).tolist()
    check_numeric(found, np.array(reference), np.array(current), edges)


words = st.sampled_from(["a", "b", "c", "d", "ä", "a,b", 'say "a"', " a"])


@given(reference=st.lists(words, min_size=1, max_size=40), current=st.lists(words, min_size=1, max_size=40))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_any_categories(drift: Drift, reference: list[str], current: list[str]) -> None:
    found = drift(pd.DataFrame({"x": reference}), pd.DataFrame({"x": current}))["features"][0]
    names = sorted(set(reference) | set(current), key=lambda name: name.encode())
    tables = [np.array([side.count(name) for name in names]) for side in (reference, current)]
    assert sorted(found["buckets"]["categories"]) == sorted(names)
    assert sorted(found["buckets"]["new"]) == sorted(set(current) - set(reference))
    assert sorted(found["buckets"]["gone"]) == sorted(set(reference) - set(current))
    check(found, expected_of_counts(*tables))
