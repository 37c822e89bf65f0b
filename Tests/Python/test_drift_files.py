"""`drift` is honest about files that do not match, and refuses what it cannot read with a way out."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def rows(header: str, *columns: list) -> str:
    return header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


def features(answer: object) -> dict[str, dict]:
    return {feature["name"]: feature for feature in json.loads(answer.stdout)["features"]}


def test_columns_that_only_one_file_has_are_named(run: Callable, write: Callable) -> None:
    reference = write("a.csv", rows("x,gone,y", range(60), range(60), range(60)))
    current = write("b.csv", rows("y,x,new", range(60), range(60), range(60)))
    answer = run("drift", reference, current, "--json")
    found = json.loads(answer.stdout)
    assert list(features(answer)) == ["x", "y"]
    assert (found["missing_in_current"], found["missing_in_reference"]) == (["gone"], ["new"])
    assert found["verdict"] == "inconclusive"
    chosen = json.loads(run("drift", reference, current, "--features", "y,gone", "--json").stdout)
    assert [feature["name"] for feature in chosen["features"]] == ["y"]
    assert (chosen["missing_in_current"], chosen["missing_in_reference"]) == (["gone"], [])


def test_a_column_without_values_has_a_reason_and_no_numbers(run: Callable, write: Callable) -> None:
    full, empty = write("full.csv", rows("x,y", range(60), range(60))), write("empty.csv", rows("x,y", [""] * 60, range(60)))
    vanished = features(run("drift", full, empty, "--json"))["x"]
    assert (vanished["verdict"], vanished["reason"]) == ("drift", "no_current_values")
    appeared = features(run("drift", empty, full, "--json"))["x"]
    assert (appeared["verdict"], appeared["reason"]) == ("inconclusive", "no_reference_values")
    for found in (vanished, appeared):
        assert all(found[name] is None for name in ("psi", "kl", "ks", "ks_p", "wasserstein", "chi2", "point_verdict"))


def test_text_against_numbers_is_not_compared(run: Callable, write: Callable) -> None:
    numeric, text = write("n.csv", rows("x,y", range(60), range(60))), write("t.csv", rows("x,y", ["a"] * 60, range(60)))
    for files in ([numeric, text], [text, numeric]):
        found = features(run("drift", *files, "--json"))["x"]
        assert (found["verdict"], found["reason"], found["psi"]) == ("inconclusive", "kinds_differ", None)
    assert features(run("drift", numeric, text, "--text-column", "x", "--json"))["x"]["verdict"] == "drift"


def test_leaving_a_constant_is_seen(run: Callable, write: Callable) -> None:
    constant, other = write("c.csv", rows("x", [7] * 200)), write("o.csv", rows("x", [7, 8] * 100))
    assert features(run("drift", constant, constant, "--json"))["x"]["verdict"] == "no_drift"
    found = features(run("drift", constant, other, "--json"))["x"]
    assert (found["verdict"], found["wasserstein_normalized"]) == ("drift", None)


def test_rare_categories_are_pooled_for_the_test_and_listed(run: Callable, write: Callable) -> None:
    random = np.random.default_rng(1)
    names = [f"c{index}" for index in range(300)]
    sides = [write(f"{side}.csv", rows("x", random.choice(names, 900).tolist())) for side in "ab"]
    found = features(run("drift", *sides, "--json"))["x"]
    assert len(found["buckets"]["pooled"]) > 250
    assert found["point_verdict"] == "drift"
    assert found["verdict"] == "no_drift"


@pytest.mark.parametrize(("shift", "option", "code"), [(2, "drift", 2), (0, "drift", 0), (0.45, "moderate", 2), (0.45, "drift", 0)])
def test_fail_on(run: Callable, write: Callable, shift: float, option: str, code: int) -> None:
    random = np.random.default_rng(2)
    reference = write("a.csv", rows("x", random.normal(size=4000).tolist()))
    current = write("b.csv", rows("x", random.normal(shift, size=4000).tolist()))
    assert run("drift", reference, current).returncode == 0
    assert run("drift", reference, current, "--fail-on", option, check=False).returncode == code
    few = write("few.csv", rows("x", [1, 2, 3]))
    assert run("drift", reference, few, "--fail-on", option, check=False).returncode == 3


def test_a_profile_stands_for_its_rows(run: Callable, write: Callable, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    reference, current = (
        write(name, rows("x,t", random.normal(shift, size=3000).tolist(), random.choice(["1", "2"], 3000).tolist()))
        for name, shift in [("a.csv", 0), ("b.csv", 0.3)]
    )
    run("profile", reference, "-o", tmp_path / "feature_stats.json", "--text-column", "t")
    by_rows = features(run("drift", reference, current, "--text-column", "t", "--json"))
    by_profile = features(run("drift", tmp_path / "feature_stats.json", current, "--json"))
    for name in ("x", "t"):
        for member in ("psi", "kl", "chi2", "psi_smoothed", "psi_p", "verdict", "buckets"):
            assert by_profile[name][member] == by_rows[name][member]
    assert by_rows["x"]["ks"] is not None
    assert by_profile["x"]["ks"] is None


@pytest.mark.parametrize(
    ("bins", "said"),
    [
        ("[1,2]", "not an object of edges"),
        ('{"x": [1, 1]}', "numbers that increase"),
        ('{"x": [1]}', "numbers that increase"),
        ('{"x": [1, "2"]}', "numbers that increase"),
        ('{"x": [-1.7e308, 1.7e308]}', "numbers that increase"),
        ('{"x": 7}', "numbers that increase"),
        ('{"xx": [1, 2]}', "Did you mean 'x'"),
        ('{"t": [1, 2]}', "holds text"),
        ('{"x": [1, 2', "error: "),
        ("", "error: "),
    ],
)
def test_wrong_bins_are_refused(run: Callable, write: Callable, bins: str, said: str) -> None:
    data = write("a.csv", rows("x,t", [1, 2, 3], ["a", "b", "c"]))
    refused = run("drift", data, data, "--bins", write("bins.json", bins), check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert said in refused.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--features", "zz"], "has a column 'zz'"),
        (["--features", ","], "names no column"),
        (["--correction", "sidak"], "there is no 'sidak'"),
        (["--alpha", "5"], "--alpha"),
        (["--alpha", "nan"], "--alpha"),
        (["--moderate", "0.3"], "--significant"),
        (["--min-rows", "0"], "--min-rows"),
        (["--rare-share", "1"], "--rare-share"),
        (["--label", "x"], "--label was given alone"),
        (["--label", "x", "--score", "x"], "neither 0 nor 1"),
        (["--label", "t", "--score", "x"], "holds text"),
        (["--label", "nope", "--score", "x"], "no column 'nope'"),
    ],
)
def test_wrong_options_are_refused(run: Callable, write: Callable, options: list[str], said: str) -> None:
    data = write("a.csv", rows("x,t", [1, 2, 3], ["a", "b", "c"]))
    refused = run("drift", data, data, *options, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert said in refused.stderr


def test_the_report_says_what_moved(run: Callable, tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    for name, shift in [("a", 0), ("b", 1)]:
        frame = pd.DataFrame({"income": random.normal(shift, size=2000), "age": random.normal(size=2000)})
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    page = tmp_path / "drift.html"
    text = run("drift", tmp_path / "a.csv", tmp_path / "b.csv", "--report", page).stdout
    assert "1 of 2 features drifted: income (PSI" in text
    assert "Where income moved" in text
    assert "income" in page.read_text()


def test_named_features_give_the_same_answer_as_all_of_them(run: Callable, write: Callable) -> None:
    reference = write("a.csv", rows("x,y,label,s,t", range(60), range(60), [0, 1] * 30, [0.2, 0.6] * 30, ["a", "b"] * 30))
    current = write("b.csv", rows("x,y,label,s,t", range(9, 69), range(60), [0, 1] * 30, [0.3, 0.6] * 30, ["b"] * 60))
    bins = write("bins.json", '{"x": [0, 20, 70], "y": [0, 30, 60]}')
    options = ["--label", "label", "--score", "s", "--bins", bins, "--correction", "none", "--json"]
    everything = run("drift", reference, current, *options)
    named = run("drift", reference, current, "--features", "x", *options)
    assert features(named) == {"x": features(everything)["x"]}
    member = "expected_performance"
    assert json.loads(named.stdout)[member] == json.loads(everything.stdout)[member] is not None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--features", "incme"], "Did you mean 'income'?"),
        (["--features", "zzzzzz"], "Its columns are: income, label, s"),
        (["--features", "income", "--label", "labl", "--score", "s"], "Did you mean 'label'?"),
        (["--features", "income", "--label", "label", "--score", "zzzzzz"], "Its columns are: income, label, s"),
    ],
)
def test_a_misspelt_column_is_answered_with_the_names_there_are(
    run: Callable, write: Callable, options: list[str], said: str
) -> None:
    data = write("a.csv", rows("income,label,s", [1, 2, 3], [0, 1, 1], [0.1, 0.2, 0.3]))
    refused = run("drift", data, data, *options, check=False)
    assert refused.returncode == 1 and said in refused.stderr


def test_a_psi_that_an_empty_bucket_made_is_noted(run: Callable, write: Callable) -> None:
    reference, current = write("a.csv", rows("x", range(500))), write("b.csv", rows("x", range(300, 800)))
    said = " ".join(run("drift", reference, current).stdout.split())
    found = features(run("drift", reference, current, "--json"))["x"]
    assert f"x ({found['psi']:.2f}, smoothed {found['psi_smoothed']:.2f})" in said
    assert "empty on one side" in said
    assert "empty on one side" not in run("drift", reference, reference).stdout
