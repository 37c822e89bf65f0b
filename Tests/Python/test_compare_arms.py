"""compare-arms computes what SciPy, statsmodels and a few lines of numpy compute."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import special, stats
from scipy.optimize import brentq
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

EXACT = 1e-9
ALPHA = 0.05
CASES = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def close(value: float, tolerance: float = EXACT) -> object:
    return pytest.approx(value, rel=tolerance, abs=tolerance)


@pytest.fixture(scope="session")
def counted(run: Callable) -> Callable[..., dict]:
    """The answer for two counts."""

    def counted(control: tuple[int, int], treatment: tuple[int, int], *options: object) -> dict:
        arms = ["--control", f"{control[0]}/{control[1]}", "--treatment", f"{treatment[0]}/{treatment[1]}"]
        return json.loads(run("compare-arms", *arms, *options, "--json").stdout)

    return counted


@pytest.fixture(scope="session")
def compared(run: Callable, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict]:
    """The answer for a table of rows."""
    file = tmp_path_factory.mktemp("arms") / "outcomes.csv"

    def compared(rows: pd.DataFrame, *options: object) -> dict:
        rows.to_csv(file, index=False)
        return json.loads(run("compare-arms", file, *options, "--json").stdout)

    return compared


def table(control: np.ndarray, treatment: np.ndarray, **columns: np.ndarray) -> pd.DataFrame:
    arms = ["control"] * len(control) + ["treatment"] * len(treatment)
    return pd.DataFrame({"arm": arms, "value": np.concatenate([control, treatment]), **columns})


# Counts


def check_proportions(found: dict, control: tuple[int, int], treatment: tuple[int, int]) -> None:
    (x, n), (y, m) = control, treatment
    if 0 < x + y < n + m:
        z, p = proportions_ztest([y, x], [m, n])
        assert found["z"] == close(z)
        assert found["p"] == close(p)
    else:
        assert (found["z"], found["p"], found["reason"]) == (None, 1, "no_variance")
    if (0 < x < n) or (0 < y < m):
        a, b = x / n, y / m
        z = (b - a) / math.sqrt(a * (1 - a) / n + b * (1 - b) / m)
        assert found["z_unpooled"] == close(z)
        assert found["p_unpooled"] == close(2 * stats.norm.sf(abs(z)))
    assert found["difference"] == close(y / m - x / n)
    newcombe = confint_proportions_2indep(y, m, x, n, method="newcomb", compare="diff", alpha=ALPHA)
    assert (found["lower"], found["upper"]) == close(newcombe)


@pytest.mark.parametrize(
    ("control", "treatment"),
    [
        ((120, 1000), (150, 1000)),
        ((100, 1000), (120, 1000)),
        ((0, 50), (0, 60)),
        ((50, 50), (60, 60)),
        ((0, 50), (7, 40)),
        ((50, 50), (0, 3)),
        ((1, 1), (0, 1)),
        ((123456789, 1000000000), (123500000, 1000000000)),
        ((3, 10), (299, 1000)),
    ],
)
def test_two_proportions_are_statsmodels(counted: Callable, control: tuple[int, int], treatment: tuple[int, int]) -> None:
    check_proportions(counted(control, treatment)["two_proportions"], control, treatment)


@CASES
@given(st.data())
def test_two_proportions_on_any_counts(counted: Callable, data: st.DataObject) -> None:
    n, m = data.draw(st.integers(1, 3000)), data.draw(st.integers(1, 3000))
    control, treatment = (data.draw(st.integers(0, n)), n), (data.draw(st.integers(0, m)), m)
    check_proportions(counted(control, treatment)["two_proportions"], control, treatment)


def score_statistic(control: tuple[int, int], treatment: tuple[int, int], delta: float) -> float:
    """Miettinen and Nurminen's z of a difference of `delta`, the likeliest rates found by solving the likelihood equation.

    statsmodels 0.15 offers the same statistic, but its rates do not solve that equation."""
    (x, n), (y, m) = control, treatment
    p = brentq(
        lambda p: x / p - (n - x) / (1 - p) + y / (p + delta) - (m - y) / (1 - p - delta),
        max(0, -delta) + 1e-15,
        min(1, 1 - delta) - 1e-15,
        xtol=1e-16,
    )
    q = p + delta
    variance = (q * (1 - q) / m + p * (1 - p) / n) * (n + m) / (n + m - 1)
    return (y / m - x / n - delta) / math.sqrt(variance)


@pytest.mark.parametrize(("control", "treatment"), [((120, 1000), (150, 1000)), ((7, 40), (3, 60)), ((30, 31), (5, 900))])
def test_the_score_interval_ends_where_the_score_test_rejects(
    counted: Callable, control: tuple[int, int], treatment: tuple[int, int]
) -> None:
    found = counted(control, treatment)["two_proportions"]["miettinen_nurminen"]
    quantile = stats.norm.ppf(1 - ALPHA / 2)
    assert score_statistic(control, treatment, found["lower"]) == close(quantile)
    assert score_statistic(control, treatment, found["upper"]) == close(-quantile)


def test_lift_is_the_delta_methods(counted: Callable) -> None:
    found = counted((120, 1000), (150, 1000))["two_proportions"]["lift"]
    a, b, n = 0.12, 0.15, 1000
    error = math.sqrt(b * (1 - b) / n / a**2 + b**2 * a * (1 - a) / n / a**4)
    assert found["value"] == close(b / a - 1)
    assert found["lower"] == close(b / a - 1 - stats.norm.ppf(0.975) * error)
    assert counted((0, 10), (1, 10))["two_proportions"]["lift"]["reason"] == "no_baseline"


def test_counts_leave_row_statistics_open(counted: Callable) -> None:
    found = counted((12, 100), (15, 100))
    assert (found["mann_whitney"]["p"], found["mann_whitney"]["reason"]) == (None, "no_rows")
    assert found["cuped"]["reason"] == "no_rows"
    assert found["ordered_by_time"] is False


# Means


def check_means(found: dict, control: np.ndarray, treatment: np.ndarray) -> None:
    welch = found["welch"]
    expected = stats.ttest_ind(treatment, control, equal_var=False)
    assert welch["t"] == close(expected.statistic)
    assert welch["df"] == close(expected.df)
    assert welch["p"] == close(expected.pvalue)
    interval = CompareMeans(DescrStatsW(treatment), DescrStatsW(control)).tconfint_diff(usevar="unequal")
    scale = max(1, abs(interval[0]), abs(interval[1]))
    assert welch["lower"] == pytest.approx(interval[0], abs=EXACT * scale)
    assert welch["upper"] == pytest.approx(interval[1], abs=EXACT * scale)


def check_ranks(found: dict, control: np.ndarray, treatment: np.ndarray) -> None:
    ranks = found["mann_whitney"]
    expected = stats.mannwhitneyu(treatment, control, method="asymptotic")
    assert ranks["u"] == close(expected.statistic)
    if len(set(control) | set(treatment)) == 1:
        assert ranks["p_asymptotic"] == 1
    else:
        assert ranks["p_asymptotic"] == close(expected.pvalue)
    if ranks["p_exact_reason"] is None:
        assert ranks["p_exact"] == close(stats.mannwhitneyu(treatment, control, method="exact").pvalue)
    differences = np.subtract.outer(treatment, control).ravel()
    assert ranks["shift"] == close(np.median(differences))


GENERATED = {
    "normal": lambda r, n: r.normal(10, 3, n),
    "ties": lambda r, n: r.integers(0, 4, n).astype(float),
    "ten values": lambda r, n: np.round(r.random(n), 1),
    "heavy tails": lambda r, n: r.standard_t(1.5, n) * 100,
    "tiny": lambda r, n: r.normal(0, 1e-9, n),
    "huge": lambda r, n: r.normal(1e12, 1e11, n),
    "skewed": lambda r, n: r.lognormal(0, 2, n),
}


@pytest.mark.parametrize("kind", GENERATED)
@pytest.mark.parametrize(("n", "m"), [(5, 7), (40, 300), (2500, 2000)])
def test_means_and_ranks_are_scipys(compared: Callable, kind: str, n: int, m: int) -> None:
    generator = np.random.default_rng(n)
    control, treatment = GENERATED[kind](generator, n), GENERATED[kind](generator, m)
    found = compared(table(control, treatment), "--metric", "mean")
    check_means(found, control, treatment)
    check_ranks(found, control, treatment)


FINITE = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3))


@CASES
@given(st.lists(FINITE, min_size=2, max_size=40), st.lists(FINITE, min_size=2, max_size=40))
def test_means_and_ranks_on_any_values(compared: Callable, control: list[float], treatment: list[float]) -> None:
    found = compared(table(np.array(control), np.array(treatment)), "--metric", "mean")
    check_ranks(found, np.array(control), np.array(treatment))
    if np.ptp(control) > 0 or np.ptp(treatment) > 0:
        check_means(found, np.array(control), np.array(treatment))
    else:
        assert (found["welch"]["p"], found["welch"]["reason"]) == (None, "no_variance")


def test_the_interval_of_the_shift_takes_order_statistics(compared: Callable) -> None:
    generator = np.random.default_rng(4)
    control, treatment = generator.normal(0, 1, 60), generator.normal(0.5, 1, 50)
    found = compared(table(control, treatment))["mann_whitney"]
    differences = np.sort(np.subtract.outer(treatment, control).ravel())
    sigma = math.sqrt(60 * 50 * 111 / 12)
    rank = int(60 * 50 / 2 - stats.norm.ppf(0.975) * sigma)
    assert found["lower"] == close(differences[rank - 1])
    assert found["upper"] == close(differences[len(differences) - rank])


def test_means_on_public_data(compared: Callable, shared_data: Path) -> None:
    people = pd.read_csv(shared_data / "german-credit" / "german_credit.csv")
    rows = people.rename(columns={"amount": "value", "sex": "arm"})[["arm", "value"]]
    found = compared(rows, "--control", "male")
    control, treatment = (rows.value[rows.arm == sex].to_numpy(float) for sex in ["male", "female"])
    check_means(found, control, treatment)
    check_ranks(found, control, treatment)


# Split


@pytest.mark.parametrize(
    ("counts", "split"), [((900, 100), (0.9, 0.1)), ((1680, 1320), (1, 1)), ((3, 0), (0.5, 0.5)), ((5, 5), (0.999, 0.001))]
)
def test_the_split_is_tested_as_scipy_does(counted: Callable, counts: tuple[int, int], split: tuple[float, float]) -> None:
    found = counted((0, counts[0]), (0, counts[1]), "--split", f"{split[0]},{split[1]}")["srm"]
    expected = np.array(split) / sum(split) * sum(counts)
    chi2, p = stats.chisquare(counts, expected)
    assert found["chi2"] == close(chi2)
    assert found["p"] == close(p)
    assert found["mismatch"] == (p < 0.001)


def log_bayes_factor(counts: np.ndarray, shares: np.ndarray, concentration: float) -> float:
    prior = concentration * shares
    return (
        special.gammaln(concentration)
        - special.gammaln(concentration + counts.sum())
        + (special.gammaln(prior + counts) - special.gammaln(prior)).sum()
        - special.xlogy(counts, shares).sum()
    )


@pytest.mark.parametrize("concentration", [1, 2, 100, 10_000])
@pytest.mark.parametrize("arms", [2, 4])
def test_the_split_is_followed_over_time(compared: Callable, concentration: float, arms: int) -> None:
    generator = np.random.default_rng(arms)
    chosen = generator.choice(arms, 1200, p=[0.4] + [0.6 / (arms - 1)] * (arms - 1))
    names = np.array(["control", "b", "c", "d"])
    rows = pd.DataFrame({"arm": names[chosen], "value": 0, "time": np.arange(1200)})
    rows = rows.sample(frac=1, random_state=1)
    options = ["--treatment", "b"] if arms > 2 else []
    found = compared(rows, *options, "--concentration", concentration)["srm_sequential"]
    shares = np.full(arms, 1 / arms)
    counts = np.cumsum(np.eye(arms)[chosen], axis=0)
    logs = np.array([log_bayes_factor(row, shares, concentration) for row in counts])
    assert found["log_bayes_factor"] == close(logs[-1])
    assert found["p"] == close(min(1, np.exp(-logs.max())))
    below = np.flatnonzero(np.exp(-logs) < 0.001)
    assert found["first_mismatch_at"] == (below[0] + 1 if len(below) else None)


def test_a_uniform_prior_finds_a_split_of_56_to_44_at_row_1434(compared: Callable) -> None:
    # The published figure for a concentration of 2, Dirichlet(1, 1); rows interleaved as evenly as whole numbers allow.
    steps = np.floor(np.arange(3001) * 0.56 + 1e-9)
    rows = pd.DataFrame({"arm": np.where(np.diff(steps) > 0, "control", "treatment"), "value": 0, "time": np.arange(3000)})
    found = compared(rows, "--concentration", 2)
    assert found["srm_sequential"]["first_mismatch_at"] == 1434
    assert (found["verdict"], found["reason"]) == ("not_decided", "sample_ratio_mismatch")
    assert found["needed"]["reason"] == "sample_ratio_mismatch"


# At any time


def differences(control: np.ndarray, treatment: np.ndarray, order: np.ndarray, binary: bool) -> list[tuple[float, float, int]]:
    """Difference, squared standard error and rows after each row that leaves both arms with a variance."""
    arms = np.r_[np.zeros(len(control), int), np.ones(len(treatment), int)][order]
    values = np.concatenate([control, treatment])[order]
    found = []
    for end in range(1, len(values) + 1):
        a, b = values[:end][arms[:end] == 0], values[:end][arms[:end] == 1]
        if min(len(a), len(b)) < (1 if binary else 30):
            continue
        ddof = 0 if binary else 1
        found.append((b.mean() - a.mean(), a.var(ddof=ddof) / len(a) + b.var(ddof=ddof) / len(b), end))
    return found


def mixture(theta: float, variance: float, tau2: float) -> float:
    """ln of the mixture likelihood ratio."""
    if variance == 0:
        return 0
    total = variance + tau2
    return 0.5 * math.log(variance / total) + tau2 * theta**2 / (2 * variance * total)


def robbins(theta: float, variance: float, tau2: float) -> tuple[float, float]:
    total = variance + tau2
    half = math.sqrt(variance * total / tau2 * (math.log(total / variance) - 2 * math.log(ALPHA)))
    return theta - half, theta + half


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("effect", [0.02, 0.1])
def test_the_msprt_and_confidence_sequences_follow_the_rows(compared: Callable, binary: bool, effect: float) -> None:
    generator = np.random.default_rng(11)
    if binary:
        control, treatment = (generator.random(500) < 0.2).astype(float), (generator.random(450) < 0.3).astype(float)
    else:
        control, treatment = generator.normal(0, 1, 300), generator.normal(0.3, 1.5, 250)
    order = generator.permutation(len(control) + len(treatment))
    times = np.empty(len(order))
    times[order] = np.arange(len(order))
    burn_in = ("--burn-in", 1) if binary else ()
    found = compared(table(control, treatment, time=times), "--effect", effect, *burn_in)
    path = differences(control, treatment, order, binary)
    logs = [mixture(theta, variance, effect**2) for theta, variance, _ in path]
    assert found["msprt"]["p"] == close(min(1, math.exp(-max(logs))))
    assert found["msprt"]["p_now"] == close(min(1, math.exp(-logs[-1])))
    assert found["msprt"]["looks"] == len(path)

    sequence = found["confidence_sequence"]
    intervals = [robbins(theta, variance, effect**2) for theta, variance, _ in path if variance > 0]
    assert sequence["lower"] == close(max(lower for lower, _ in intervals))
    assert sequence["upper"] == close(min(upper for _, upper in intervals))
    assert (sequence["now"]["lower"], sequence["now"]["upper"]) == close(intervals[-1])

    theta, variance, rows = path[-1]
    rho2 = (-2 * math.log(ALPHA) + math.log(1 - 2 * math.log(ALPHA))) / 5000
    half = math.sqrt(
        rows * variance * 2 * (rows * rho2 + 1) / (rows**2 * rho2) * math.log(math.sqrt(rows * rho2 + 1) / ALPHA)
    )
    assert sequence["asymptotic"]["lower"] == close(theta - half)
    assert sequence["asymptotic"]["upper"] == close(theta + half)


def test_rates_are_not_looked_at_before_both_arms_have_five_of_either_outcome(compared: Callable) -> None:
    # An arm without a success has variance 0: one success in the other would look certain.
    control, treatment = np.tile([0, 0, 0, 1], 25), np.r_[np.zeros(10), np.ones(10), np.zeros(80)]
    times = np.r_[np.arange(0, 200, 2), np.arange(1, 200, 2)]
    found = compared(table(control, treatment, time=times))["msprt"]
    # The control's fifth success is its row 20, before the treatment's row 20.
    assert (found["rows_per_arm_min"], found["looks"]) == (20, 161)


@pytest.mark.parametrize("arms", [((0, 1), (150, 1000)), ((4, 500), (60, 500)), ((496, 500), (400, 500))])
def test_an_arm_with_too_few_of_an_outcome_does_not_decide_at_any_time(counted: Callable, arms: tuple) -> None:
    control, treatment = arms
    shares = ["--split", f"{control[1]},{treatment[1]}"]
    found = counted(control, treatment, "--decide-by", "always-valid", *shares)
    assert (found["verdict"], found["reason"]) == ("not_decided", "too_few_rows")
    assert (found["msprt"]["looks"], found["msprt"]["reason"]) == (0, "too_few_rows")
    assert found["confidence_sequence"]["lower"] is None


def test_counts_are_one_look_of_the_msprt(counted: Callable) -> None:
    found = counted((120, 1000), (150, 1000), "--effect", 0.02)["msprt"]
    # The two-arm form with n rows in each arm.
    n, v, tau2, theta = 1000, 0.12 * 0.88 + 0.15 * 0.85, 0.0004, 0.03
    ratio = math.sqrt(v / (v + n * tau2)) * math.exp(n**2 * tau2 * theta**2 / (2 * v * (v + n * tau2)))
    assert found["p"] == close(min(1, 1 / ratio))
    assert found["looks"] == 1


def test_the_bounded_sequence_inverts_a_uniform_mixture_of_bets(counted: Callable) -> None:
    found = counted((3, 200), (11, 150))["confidence_sequence"]["bounded"]

    def ends(s: int, n: int) -> tuple[float, float]:
        grid = np.linspace(1e-7, 1 - 1e-7, 2_000_001)
        evidence = special.betaln(1 + s, 1 + n - s) - special.xlogy(s, grid) - special.xlog1py(n - s, -grid)
        kept = grid[evidence < math.log(2 / ALPHA)]
        return kept[0], kept[-1]

    a, b = ends(3, 200), ends(11, 150)
    assert found["lower"] == pytest.approx(b[0] - a[1], abs=2e-6)
    assert found["upper"] == pytest.approx(b[1] - a[0], abs=2e-6)


# Published bounds (Lan-DeMets spending functions, two-sided .05, equally spaced looks); four looks of the first kind have
# also been computed independently for this project.
PUBLISHED = {
    ("obrien-fleming", 2): [2.963, 1.969],
    ("obrien-fleming", 3): [3.710, 2.511, 1.993],
    ("obrien-fleming", 4): [4.3326, 2.9631, 2.3590, 2.0141],
    ("obrien-fleming", 5): [4.877, 3.357, 2.680, 2.290, 2.031],
    ("pocock", 2): [2.157, 2.201],
    ("pocock", 5): [2.438, 2.427, 2.410, 2.397, 2.386],
}


@pytest.mark.parametrize(("spending", "looks"), PUBLISHED)
def test_group_sequential_bounds_are_the_published_ones(counted: Callable, spending: str, looks: int) -> None:
    plan = ",".join(str(1000 * (look + 1)) for look in range(looks))
    found = counted((120, 500), (150, 500), "--looks", plan, "--spending", spending)["group_sequential"]
    bounds = [look["bound"] for look in found["looks"]]
    assert bounds == pytest.approx(PUBLISHED[spending, looks], abs=6e-4 if looks != 4 else 5e-5)
    assert found["looks"][-1]["spent"] == close(0.05)


def test_the_second_group_sequential_bound_solves_the_bivariate_normal(counted: Callable) -> None:
    found = counted((120, 500), (150, 500), "--looks", "500,1000")["group_sequential"]["looks"]
    first, second = found[0]["bound"], found[1]["bound"]
    spent = 4 * stats.norm.sf(stats.norm.ppf(1 - ALPHA / 4) / math.sqrt(0.5))
    assert found[0]["spent"] == close(spent)
    assert first == close(stats.norm.ppf(1 - spent / 2))
    # P(|Z1| < first, |Z2| < second) by quadrature over Z1; Z2 given Z1 is normal.
    nodes, weights = np.polynomial.legendre.leggauss(400)
    z = first * nodes
    spread = math.sqrt(0.5)
    inside = stats.norm.cdf((second - z * spread) / spread) - stats.norm.cdf((-second - z * spread) / spread)
    assert 1 - (first * weights * stats.norm.pdf(z) * inside).sum() == close(ALPHA)


def test_a_planned_look_decides_where_it_is_crossed(compared: Callable) -> None:
    generator = np.random.default_rng(3)
    control, treatment = (generator.random(2000) < 0.1).astype(float), (generator.random(2000) < 0.16).astype(float)
    times = np.r_[np.arange(2000), np.arange(2000) + 0.5]
    found = compared(table(control, treatment, time=times), "--looks", "1000,2000,4000")
    plan = found["group_sequential"]
    for look in plan["looks"]:
        a, b = control[: look["rows"] // 2], treatment[: look["rows"] // 2]
        z = (b.mean() - a.mean()) / math.sqrt(a.var() / len(a) + b.var() / len(b))
        assert look["z"] == close(z)
    crossed = [look["rows"] for look in plan["looks"] if look["z"] > look["bound"]]
    assert plan["decided_at"] == crossed[0]
    assert (found["verdict"], found["decided_by"]) == ("better", "group-sequential")


# Covariates and clusters


def test_cuped_is_the_pooled_adjustment(compared: Callable) -> None:
    generator = np.random.default_rng(5)
    x = generator.normal(50, 10, 900)
    y = 2 * x + generator.normal(0, 10, 900) + np.r_[np.zeros(500), np.full(400, 3.0)]
    found = compared(table(y[:500], y[500:], before=x), "--covariate", "before")
    within = [np.cov(x[arm], y[arm]) * (len(x[arm]) - 1) for arm in (slice(0, 500), slice(500, 900))]
    pooled = within[0] + within[1]
    theta = pooled[0, 1] / pooled[0, 0]
    adjusted = y - theta * x
    expected = stats.ttest_ind(adjusted[500:], adjusted[:500], equal_var=False)
    plain = stats.ttest_ind(y[500:], y[:500], equal_var=False)
    interval, wide = expected.confidence_interval(), plain.confidence_interval()
    cuped = found["cuped"]
    assert cuped["theta"] == close(theta)
    assert cuped["correlation"] == close(pooled[0, 1] / math.sqrt(pooled[0, 0] * pooled[1, 1]))
    assert (cuped["lower"], cuped["upper"]) == close((interval.low, interval.high))
    assert cuped["p"] == close(expected.pvalue)
    error = (adjusted[500:].mean() - adjusted[:500].mean()) / expected.statistic
    error_before = (y[500:].mean() - y[:500].mean()) / plain.statistic
    assert cuped["variance_reduction"] == close(1 - (error / error_before) ** 2)
    assert interval.high - interval.low < wide.high - wide.low
    assert found["estimate"]["method"] == "cuped"


@pytest.mark.parametrize(
    ("covariate", "reason"), [(np.full(20, 3.0), "uninformative_covariate"), (np.arange(20.0), None)], ids=["constant", "fine"]
)
def test_a_constant_covariate_adjusts_nothing(compared: Callable, covariate: np.ndarray, reason: str | None) -> None:
    values = np.random.default_rng(1).normal(size=20)
    found = compared(table(values[:10], values[10:], before=covariate), "--covariate", "before")
    assert found["cuped"]["reason"] == reason
    assert found["estimate"]["method"] == ("welch" if reason else "cuped")


def test_rows_of_one_user_are_compared_by_the_delta_method(compared: Callable) -> None:
    generator = np.random.default_rng(6)
    users = np.repeat(np.arange(120), generator.integers(1, 9, 120))
    arms = np.where(np.arange(120) % 2 == 0, "control", "treatment")[users]
    taste = generator.beta(2, 5, 120)[users]
    rows = pd.DataFrame({"arm": arms, "value": (generator.random(len(users)) < taste).astype(int), "user": users})
    found = compared(rows, "--unit", "user")

    def ratio(arm: str) -> tuple[float, float]:
        units = rows[rows.arm == arm].groupby("user").value.agg(["sum", "count"])
        covariance = np.cov(units["count"], units["sum"])
        r = units["sum"].sum() / units["count"].sum()
        spread = covariance[1, 1] - 2 * r * covariance[0, 1] + r**2 * covariance[0, 0]
        return r, spread / len(units) / units["count"].mean() ** 2

    (a, variance_a), (b, variance_b) = ratio("control"), ratio("treatment")
    error = math.sqrt(variance_a + variance_b)
    clustered = found["clustered"]
    assert clustered["difference"] == close(b - a)
    assert clustered["standard_error"] == close(error)
    assert clustered["p"] == close(2 * stats.norm.sf(abs(b - a) / error))
    assert clustered["lower"] == close(b - a - stats.norm.ppf(0.975) * error)
    assert [arm["assigned"] for arm in found["arms"]] == [60, 60]
    for name in ["two_proportions", "welch", "mann_whitney", "msprt", "confidence_sequence"]:
        assert (found[name].get("p"), found[name]["reason"]) == (None, "clustered_rows"), name


# Verdicts


@pytest.mark.parametrize(
    ("control", "treatment", "options", "verdict", "reason"),
    [
        ((100, 1000), (150, 1000), [], "better", None),
        ((150, 1000), (100, 1000), [], "worse", None),
        ((100, 1000), (150, 1000), ["--higher-is", "worse"], "worse", None),
        ((100, 1000), (101, 1000), [], "not_decided", "interval_holds_both"),
        ((1000, 10000), (1001, 10000), ["--margin", 0.02], "not_inferior", None),
        ((1000, 10000), (700, 10000), ["--margin", 0.01], "worse", None),
        ((100, 1000), (100, 1000), ["--margin", 0.01], "not_decided", "interval_holds_both"),
        ((100, 1000), (150, 1200), [], "not_decided", "sample_ratio_mismatch"),
        ((0, 0), (5, 10), [], "not_decided", "empty_arm"),
        ((0, 10), (0, 10), [], "not_decided", "interval_holds_both"),
        ((100, 1000), (150, 1000), ["--decide-by", "always-valid"], "better", None),
        ((110, 1000), (140, 1000), ["--decide-by", "always-valid"], "not_decided", "interval_holds_both"),
    ],
)
def test_the_verdict_says_no_more_than_the_interval(
    counted: Callable, control: tuple, treatment: tuple, options: list, verdict: str, reason: str | None
) -> None:
    if control[1] == 0:
        options = ["--split", "0.000001,1"]
    found = counted(control, treatment, *options)
    assert (found["verdict"], found["reason"]) == (verdict, reason)


def test_what_is_needed_scales_the_rows_there_are(counted: Callable) -> None:
    found = counted((100, 1000), (110, 1000))["needed"]
    error = math.sqrt((0.1 * 0.9 + 0.11 * 0.89) / 1000)
    factor = ((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * error / 0.01) ** 2
    assert found["n_control"] == found["n_treatment"] == math.ceil(1000 * factor)
    assert counted((100, 1000), (100, 1000))["needed"]["reason"] == "no_difference"


@pytest.mark.parametrize(
    ("treatment", "rule", "code"),
    [
        ("150/1000", "worse", 0),
        ("60/1000", "worse", 2),
        ("101/1000", "worse", 3),
        ("101/1000", None, 0),
        ("60/1000", None, 0),
        ("150/1000", "not_better", 0),
        ("60/1000", "not_better", 2),
    ],
)
def test_exit_codes_come_only_when_asked_for(run: Callable, treatment: str, rule: str | None, code: int) -> None:
    options = ["--fail-on", rule] if rule else []
    finished = run("compare-arms", "--control", "100/1000", "--treatment", treatment, *options, check=False)
    assert finished.returncode == code


def test_outcomes_that_are_not_known_yet_count_for_the_split_alone(compared: Callable) -> None:
    rows = pd.DataFrame({"arm": ["a", "b"] * 50, "value": [1, 0, 0, None] * 25})
    found = compared(rows)
    assert [(arm["assigned"], arm["missing"], arm["n"]) for arm in found["arms"]] == [(50, 0, 50), (50, 25, 25)]
    assert found["srm"]["p"] == 1


def test_times_may_be_dates_and_order_the_rows(compared: Callable) -> None:
    values = np.array([0.0, 1, 1, 0, 1, 1])
    rows = pd.DataFrame({"arm": ["a", "b"] * 3, "value": values, "at": [f"2026-01-{day:02}" for day in (6, 5, 4, 3, 2, 1)]})
    by_date = compared(rows, "--time", "at")
    by_number = compared(rows.assign(at=[6, 5, 4, 3, 2, 1]), "--time", "at")
    assert by_date == by_number
    assert by_date["ordered_by_time"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--control", "5/3", "--treatment", "1/2"], "no count"),
        (["--control=-1/3", "--treatment", "1/2"], "no count"),
        (["--control", "99999999999999999999/3", "--treatment", "1/2"], "no count"),
        (["--control", "1/3"], "nothing to compare"),
        (["--control", "1/3", "--treatment", "1/2", "--alpha", "0"], "--alpha"),
        (["--control", "1/3", "--treatment", "1/2", "--alpha", "nan"], "--alpha"),
        (["--control", "1/3", "--treatment", "1/2", "--margin=-1"], "--margin"),
        (["--control", "1/3", "--treatment", "1/2", "--split", "1,0"], "--split"),
        (["--control", "1/3", "--treatment", "1/2", "--split", "1,1,1"], "--split"),
        (["--control", "1/3", "--treatment", "1/2", "--looks", "5,3"], "plan of looks"),
        (["--control", "1/3", "--treatment", "1/2", "--looks", "1e300"], "plan of looks"),
        (["--control", "1/3", "--treatment", "1/2", "--looks", "0"], "plan of looks"),
        (["--control", "1/3", "--treatment", "1/2", "--concentration", "inf"], "--concentration"),
        (["--control", "1/3", "--treatment", "1/2", "--decide-by", "group-sequential"], "when to look"),
        (["--control", "1/3", "--treatment", "1/2", "--unit", "user"], "no file"),
    ],
)
def test_bad_options_are_refused(run: Callable, arguments: list[str], said: str) -> None:
    finished = run("compare-arms", *arguments, check=False)
    assert finished.returncode == 1
    assert said in finished.stderr


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("arm,value\na,1\na,2\n", [], "1 arm"),
        ("arm,value\na,1\nb,2\nc,3\n", [], "--treatment"),
        ("arm,value\na,1\nb,2\n", ["--control", "c"], "no arm 'c'"),
        ("arm,value\na,1\nb,2\n", ["--control", "a", "--treatment", "a"], "two different"),
        ("arm,value\na,1\nb,2\n", ["--metric", "proportion"], "not 0 or 1"),
        ("arm,value\na,1\nb,x\n", [], "text"),
        ("arm,value\na,1\n,0\n", [], "names no arm"),
        ("arm,val\na,1\nb,0\n", [], "no column 'value'"),
        ("arm,value,time\na,1,2\nb,0,\n", [], "no time"),
        ("arm,value,x\na,1,2\nb,0,\n", ["--covariate", "x"], "no covariate"),
        ("arm,value,u\na,1,2\nb,0,\n", ["--unit", "u"], "names no unit"),
        ("arm,value,time\na,1,later\nb,0,soon\n", [], "not a time"),
    ],
)
def test_bad_rows_are_refused(run: Callable, tmp_path: Path, text: str, options: list[str], said: str) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text(text)
    finished = run("compare-arms", file, *options, check=False)
    assert finished.returncode == 1
    assert said in finished.stderr


@pytest.mark.parametrize(
    "text",
    [
        "arm,value\na,1\nb,0\n",
        "arm,value\na,1\nb,1\n",
        "arm,value\na,\nb,\n",
        "arm,value\na,5\nb,7\nb,9\n",
        "arm,value\na,1e308\nb,-1e308\na,-1e308\nb,1e308\n",
    ],
)
def test_next_to_no_rows_decide_nothing(run: Callable, tmp_path: Path, text: str) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text(text)
    found = json.loads(run("compare-arms", file, "--json").stdout)
    assert found["verdict"] == "not_decided"
    assert found["reason"] is not None
    assert run("compare-arms", file).stdout


def test_the_report_says_the_finding_in_its_first_sentence(run: Callable, tmp_path: Path) -> None:
    page = tmp_path / "arms.html"
    said = run("compare-arms", "--control", "120/1000", "--treatment", "150/1000", "--report", page).stdout
    assert "treatment has 15.0 %, control 12.0 %: 3.00 points higher" in said
    assert "15.0 %" in page.read_text()
