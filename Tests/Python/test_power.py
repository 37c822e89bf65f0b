"""power plans with the numbers of statsmodels and the textbooks."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import power_proportions_2indep, samplesize_proportions_2indep_onetail

CASES = settings(
    max_examples=20, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="session")
def planned(run: Callable) -> Callable[..., dict]:
    return lambda *options: json.loads(run("power", *options, "--json").stdout)


def whole(rows: float) -> int:
    return max(1, math.ceil(rows * (1 - 1e-9)))


def test_ten_to_twelve_percent_takes_3841_rows_an_arm(planned: Callable) -> None:
    found = planned("--baseline-rate", 0.1, "--rate", 0.12)
    assert (found["n_per_arm"], found["n_control"], found["n_treatment"], found["total"]) == (3841, 3841, 3841, 7682)


def test_a_canary_of_a_tenth_takes_18691_and_2077_rows(planned: Callable) -> None:
    found = planned("--baseline-rate", 0.1, "--rate", 0.12, "--allocation", "0.9,0.1")
    assert (found["n_control"], found["n_treatment"], found["total"]) == (18691, 2077, 20768)
    assert (found["n_per_arm"], found["reason"]) == (None, "unequal_arms")


RATES = st.floats(0.01, 0.99).map(lambda x: round(x, 3))


@CASES
@given(RATES, RATES, st.sampled_from([0.05, 0.01]), st.sampled_from([0.8, 0.95]), st.sampled_from([1, 1 / 9, 3]))
def test_rates_take_the_rows_of_statsmodels(
    planned: Callable, a: float, b: float, alpha: float, power: float, ratio: float
) -> None:
    options = ["--baseline-rate", a, "--rate", b, "--alpha", alpha, "--power", power, "--allocation", f"1,{ratio}"]
    if a == b:
        assert planned(*options)["reason"] == "no_rows_suffice"
        return
    found = planned(*options)
    # By hand, because statsmodels turns its ratio of samples around between its functions; with equal arms it is the same.
    pooled = (a + ratio * b) / (1 + ratio)
    null = math.sqrt(pooled * (1 - pooled) * (1 + 1 / ratio))
    alternative = math.sqrt(a * (1 - a) + b * (1 - b) / ratio)
    n = ((stats.norm.isf(alpha / 2) * null + stats.norm.ppf(power) * alternative) / (b - a)) ** 2
    assert (found["n_control"], found["n_treatment"]) == (whole(n), whole(n * ratio))
    if ratio == 1:
        assert found["n_control"] == whole(samplesize_proportions_2indep_onetail(b - a, a, power, alpha=alpha))


@pytest.mark.parametrize("n", [40, 1000, 200_000])
@pytest.mark.parametrize("baseline", [0.02, 0.3])
def test_what_rows_can_see_has_the_power_asked_for(planned: Callable, baseline: float, n: int) -> None:
    found = planned("--baseline-rate", baseline, "--n", n, "--rate", 0.5)
    assert found["power"] == pytest.approx(
        power_proportions_2indep(0.5 - baseline, baseline, n / 2, return_results=False), abs=1e-9
    )
    for side in ["below", "above"]:
        rate = found["detectable"][side]
        if rate is None:
            edge = 0 if side == "below" else 1
            assert power_proportions_2indep(edge - baseline, baseline, n / 2, return_results=False) < 0.8
        else:
            power = power_proportions_2indep(rate - baseline, baseline, n / 2, return_results=False)
            assert power == pytest.approx(0.8, abs=1e-9)


@pytest.mark.parametrize("effect", [0.01, 0.05, 0.133, 0.5, 1, 2])
@pytest.mark.parametrize("ratio", [1, 1 / 9, 4])
def test_means_take_the_rows_of_statsmodels(planned: Callable, effect: float, ratio: float) -> None:
    found = planned("--mean-difference", effect * 15, "--sd", 15, "--allocation", f"1,{ratio}")
    expected = TTestIndPower().solve_power(effect, power=0.8, alpha=0.05, ratio=ratio)
    n = float(np.squeeze(expected))
    assert found["n_control"] == pytest.approx(n, abs=1.0001)
    assert found["n_control"] >= n * (1 - 1e-6)


@pytest.mark.parametrize("n", [8, 30, 500, 100_000])
def test_the_power_of_a_t_test_is_statsmodels(planned: Callable, n: int) -> None:
    for effect in [0.01, 0.2, 0.35]:
        found = planned("--mean-difference", effect, "--sd", 1, "--n", n)
        expected = TTestIndPower().power(effect, n / 2, 0.05)
        # SciPy's noncentral t is itself a sum of series.
        assert found["power"] == pytest.approx(expected, abs=1e-8)
    seen = found["detectable"]["above"]
    assert TTestIndPower().power(seen, n / 2, 0.05) == pytest.approx(0.8, abs=1e-8)
    assert found["detectable"]["below"] == -seen


def test_non_inferiority_is_measured_from_the_margin(planned: Callable) -> None:
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    found = planned("--baseline-rate", 0.1, "--margin", 0.02)
    assert found["n_per_arm"] == whole(z**2 * 2 * 0.09 / 0.02**2)
    found = planned("--baseline-rate", 0.1, "--rate", 0.11, "--margin", 0.02, "--higher-is", "worse")
    assert found["n_per_arm"] == whole(z**2 * (0.09 + 0.11 * 0.89) / 0.01**2)
    assert planned("--baseline-rate", 0.1, "--rate", 0.05, "--margin", 0.02)["reason"] == "no_rows_suffice"
    found = planned("--mean-difference", 0, "--sd", 10, "--margin", 2)
    expected = TTestIndPower().solve_power(0.2, power=0.8, alpha=0.025, alternative="larger")
    assert found["n_per_arm"] == math.ceil(expected)


@pytest.mark.parametrize(
    ("auc", "width", "positives"), [(0.75, 0.05, 139), (0.75, 0.03, 384), (0.75, 0.02, 862), (0.85, 0.05, 97), (0.85, 0.03, 268), (0.85, 0.02, 603)]
)
def test_an_auc_takes_the_positives_of_hanley_and_mcneil(
    planned: Callable, auc: float, width: float, positives: int
) -> None:
    found = planned("--auc", auc, "--half-width", width, "--positive-rate", 0.2)
    assert (found["n_positive"], found["n_negative"]) == (positives, 4 * positives)

    def half(m: int) -> float:
        first, second, n = auc / (2 - auc), 2 * auc**2 / (1 + auc), 4 * m
        variance = auc * (1 - auc) + (m - 1) * (first - auc**2) + (n - 1) * (second - auc**2)
        return stats.norm.ppf(0.975) * math.sqrt(variance / (m * n))

    assert half(positives) <= width < half(positives - 1)


def test_a_pilot_scales_to_the_rows_of_a_paired_comparison(planned: Callable) -> None:
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    found = planned("--pilot-se", 0.0139, "--pilot-rows", 520, "--margin", 0.01)
    assert found["total"] == whole(520 * (0.0139 * z / 0.01) ** 2)


def test_days_follow_from_the_rows_a_day(planned: Callable, run: Callable) -> None:
    options = ["--baseline-rate", 0.1, "--rate", 0.12, "--per-day", 1000]
    assert planned(*options)["days"] == 8
    said = run("power", *options).stdout
    assert "To see 10.0 % → 12.0 % with 80 % power you need 3,841 rows per arm" in said
    assert "8 days" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Nothing is asked"),
        (["--baseline-rate", "0.1"], "which difference"),
        (["--rate", "0.1"], "--baseline-rate"),
        (["--baseline-rate", "1.1", "--rate", "0.2"], "between 0 and 1"),
        (["--baseline-rate", "nan", "--rate", "0.2"], "between 0 and 1"),
        (["--baseline-rate", "0.1", "--rate", "0.2", "--sd", "3"], "several things"),
        (["--baseline-rate", "0.1", "--rate", "0.2", "--alpha", "1"], "--alpha"),
        (["--baseline-rate", "0.1", "--rate", "0.2", "--power", "0.01"], "--power"),
        (["--baseline-rate", "0.1", "--rate", "0.2", "--allocation", "1"], "--allocation"),
        (["--baseline-rate", "0.1", "--rate", "0.2", "--allocation", "1,0"], "--allocation"),
        (["--baseline-rate", "0.1", "--rate", "0.2", "--allocation", "1,1e-300"], "billionth"),
        (["--baseline-rate", "0.1", "--n", "0"], "--n"),
        (["--baseline-rate", "0.1", "--n", "1"], "without rows"),
        (["--baseline-rate", "0.1", "--n", "100", "--allocation", "0.999,0.001"], "without rows"),
        (["--baseline-rate", "0.1", "--n", "10", "--margin", "0.1"], "Leave one"),
        (["--mean-difference", "1"], "--sd"),
        (["--mean-difference", "inf", "--sd", "1"], "which difference"),
        (["--mean-difference", "1", "--sd", "0"], "--sd"),
        (["--auc", "0.7"], "--half-width"),
        (["--auc", "1", "--half-width", "0.1"], "--auc"),
        (["--pilot-se", "0.1"], "--pilot-rows"),
        (["--pilot-se", "0.1", "--pilot-rows", "100"], "margin"),
        (["--baseline-rate", "0.1", "--rate", "0.2", "--per-day", "0"], "--per-day"),
    ],
)
def test_bad_options_are_refused(run: Callable, arguments: list[str], said: str) -> None:
    finished = run("power", *arguments, check=False)
    assert finished.returncode == 1
    assert said in finished.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--baseline-rate", "0.1", "--rate", "0.1"],
        ["--baseline-rate", "0", "--rate", "1"],
        ["--baseline-rate", "0.5", "--rate", "0.500000000000001"],
        ["--mean-difference", "1e-300", "--sd", "1e300"],
        ["--mean-difference", "1e300", "--sd", "1e-300"],
        ["--mean-difference", "0", "--sd", "1"],
        ["--sd", "1", "--n", "2"],
        ["--auc", "0.7", "--half-width", "1e-12"],
        ["--auc", "0.7", "--half-width", "0.1", "--positive-rate", "1e-15"],
        ["--baseline-rate", "0.1", "--rate", "0.2", "--per-day", "1e-300"],
    ],
)
def test_extremes_are_answered_with_a_number_or_a_reason(planned: Callable, run: Callable, arguments: list[str]) -> None:
    found = planned(*arguments)
    assert found["total"] is not None or found["reason"] is not None
    assert run("power", *arguments).stdout


def test_the_page_draws_power_by_rows_with_the_chosen_rows_named(run: Callable, tmp_path: Path) -> None:
    page = tmp_path / "power.html"
    said = run("power", "--baseline-rate", 0.1, "--rate", 0.12, "--report", page).stdout
    assert "Power by rows per arm" in said and "3,841 rows" in said
    numbers = re.findall(r"<td>([\d.]+)</td><td>([\d.]+)</td>", page.read_text())
    drawn = {round(float(rows)): float(power) for rows, power in numbers}
    for rows, power in drawn.items():
        p = pooled_power(rows)
        assert power == pytest.approx(p, abs=1e-3), rows
    assert drawn[3841] == pytest.approx(0.8, abs=1e-3) and len(drawn) > 20


def pooled_power(rows: int) -> float:
    """Fleiss (1981): the z test of 0.10 against 0.12 with the variance pooled under no difference."""
    null, alternative = math.sqrt(2 * 0.11 * 0.89), math.sqrt(0.1 * 0.9 + 0.12 * 0.88)
    limit, shift = stats.norm.ppf(0.975) * null, 0.02 * math.sqrt(rows)
    return stats.norm.cdf((shift - limit) / alternative) + stats.norm.cdf((-shift - limit) / alternative)
