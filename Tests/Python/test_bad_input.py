"""Whatever file is handed in: an exit code that tells broken from refused, and a message that says what, where and what
to do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

JUDGED, FAILED, ANSWER_IS_NO, UNDECIDED = 0, 1, 2, 3
SPARSE_BYTES = 600 * 1024 * 1024


def assert_no_trace(said: str) -> None:
    for trace in ["Traceback", "Fatal error", "Stack dump", "Swift/", "GatehouseError(", "Optional("]:
        assert trace not in said, said


# MARK: Evaluation rows


def evaluate(run: Callable, folder: Path, rows: str, *options: str) -> tuple[int, dict[str, dict]]:
    """Judges a CSV of score s, label y and group g: the exit code and the checks by name."""
    data = folder / "rows.csv"
    data.write_text(rows)
    finished = run(
        "evaluate", "--scores", "s", "--data", data, "--label", "y", "--groups", "g", *options, "--json", check=False
    )
    assert_no_trace(finished.stdout + finished.stderr)
    return finished.returncode, json.loads(finished.stdout)["checks"]


def csv(*rows: str) -> str:
    return "s,y,g\n" + "".join(row + "\n" for row in rows)


# Every score and label once in each group: ranked perfectly and treated alike.
GOOD = csv(*[f"0.{i:02},{int(i >= 50)},{group}" for i in range(100) for group in "ab"])


def test_good_rows_pass_so_that_the_bad_ones_below_are_what_fails(run: Callable, tmp_path: Path) -> None:
    code, checks = evaluate(run, tmp_path, GOOD)
    assert (code, checks["accuracy"]["verdict"], checks["fairness"]["verdict"]) == (JUDGED, "pass", "pass")


@pytest.mark.parametrize(
    ("rows", "complaints"),
    [
        pytest.param(
            GOOD.replace("s,y,g", "s,truth,g", 1), ["rows.csv has no column 'y'", "Did you mean"], id="no label column"
        ),
        pytest.param(csv("0.1,0,a", "0.2,2,b"), ["1 label is not 0 or 1", "row 2"], id="label 2"),
        pytest.param(csv("0.1,0,a", "0.2,0.5,b"), ["not 0 or 1", "row 2"], id="label one half"),
        pytest.param(csv("0.1,no,a", "0.2,yes,b"), ["'y'", "'no'", "1 for the event"], id="label in words"),
        pytest.param(csv("0.1,0,a", "0.2,,b"), ["Row 2", "'y'"], id="no label in a row"),
        pytest.param(csv("0.1,0,a", "NaN,1,b"), ["'s'", "row 2"], id="score NaN"),
        pytest.param(csv("0.1,0,a", ",1,b"), ["'s'", "row 2"], id="no score in a row"),
        pytest.param(csv("0.1,0,a", "inf,1,b"), ["row 2 (line 3)", "'s'", "not a finite number"], id="infinite"),
        pytest.param(csv("0.1,0,a", "1e999,1,b"), ["row 2 (line 3)", "'s'"], id="score too large"),
        pytest.param(csv("0.1,0,a", "high,1,b"), ["row 2 (line 3)", "'s'", "'high'"], id="score in words"),
        pytest.param(csv("high,0,a", "low,1,b"), ["'s'", "predictions are numbers"], id="scores in words"),
        pytest.param(csv("0.1,0,a", "0.2,1"), ["row 2 (line 3)"], id="short row"),
        pytest.param("", ["rows.csv is empty", "right file"], id="empty file"),
        pytest.param("s,y,g\n", ["rows.csv", "no rows"], id="header only"),
        pytest.param("s,s,y,g\n1,1,1,1\n", ["'s'"], id="column twice"),
        pytest.param(csv('0.1,0,"a'), ["rows.csv"], id="open quote"),
        pytest.param("\x00\x01\x02", ["rows.csv"], id="no text"),
        pytest.param(
            GOOD.replace("s,y,g", "s,y,segment", 1),
            ["rows.csv has no column 'g'", "Did you mean"],
            id="no group column",
        ),
    ],
)
def test_rows_that_cannot_be_measured_are_an_error(
    rows: str, complaints: list[str], run: Callable, tmp_path: Path
) -> None:
    code, checks = evaluate(run, tmp_path, rows)
    assert code == FAILED
    for check in checks.values():
        assert check["verdict"] == "error"
        assert check["passed"] is False
        for complaint in complaints:
            assert complaint in check["reason"]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        pytest.param(GOOD + "0.9,1,c\n0.1,0,c\n", "c (n = 2): too_small (n < 30)", id="small group"),
        pytest.param(GOOD + "0.49,1,c\n0.51,1,c\n" * 20, "c (n = 40): single_class", id="one-class group"),
        pytest.param(GOOD.replace(",b\n", ",a\n"), "fewer than two groups", id="one group"),
    ],
)
def test_groups_too_thin_to_judge_are_inconclusive_and_said_so(
    rows: str, complaint: str, run: Callable, tmp_path: Path
) -> None:
    code, checks = evaluate(run, tmp_path, rows)
    assert checks["accuracy"]["verdict"] == "pass"
    assert checks["fairness"]["verdict"] == "inconclusive"
    assert complaint in checks["fairness"]["reason"]
    assert code == UNDECIDED


def test_labels_of_one_class_are_inconclusive(run: Callable, tmp_path: Path) -> None:
    code, checks = evaluate(run, tmp_path, csv(*[f"0.{i},1,{'ab'[i % 2]}" for i in range(100, 180)]))
    assert checks["accuracy"]["verdict"] == "inconclusive"
    assert "do not hold every class" in checks["accuracy"]["reason"]
    assert code == UNDECIDED


def test_a_model_that_is_not_good_enough_is_refused(run: Callable, tmp_path: Path) -> None:
    code, checks = evaluate(
        run, tmp_path, csv(*[f"0.{i * 37 % 100:02},{i % 2},{'ab'[i // 2 % 2]}" for i in range(100)])
    )
    assert checks["accuracy"]["verdict"] == "fail"
    assert code == ANSWER_IS_NO


def test_no_champion_is_no_obstacle_and_said_so(run: Callable, tmp_path: Path) -> None:
    code, checks = evaluate(run, tmp_path, GOOD)
    assert code == JUDGED
    assert "there is no champion yet" in checks["accuracy"]["reason"]


# MARK: Policies


@pytest.mark.parametrize(
    ("gates", "complaints"),
    [
        ("acuracy: {}", ["policy.yaml:3:3", "unknown gate 'acuracy'", "'accuracy'"]),
        ("accuracy: {min_absolut_auc: 0.8}", ["policy.yaml:3:14", "unknown key", "'min_absolute_auc'"]),
        ("accuracy: {min_absolute_auc: high}", ["policy.yaml:3:32", "expected a number"]),
        ("accuracy: {min_absolute_auc: 80%}", ["policy.yaml:3:32", "Write 0.8"]),
        ("accuracy: {min_absolute_auc: 1.2}", ["policy.yaml:3:32", "out of range"]),
        ("accuracy: {min_absolute_auc: .nan}", ["policy.yaml:3:32", "number"]),
    ],
)
def test_a_policy_with_a_mistake_judges_nothing(
    gates: str, complaints: list[str], run: Callable, tmp_path: Path
) -> None:
    policy, data = tmp_path / "policy.yaml", tmp_path / "rows.csv"
    policy.write_text(f"model: m\ngates:\n  {gates}\n")
    data.write_text(GOOD)
    finished = run("evaluate", "--scores", "s", "--data", data, "--policy", policy, check=False)
    assert finished.returncode == FAILED
    assert_no_trace(finished.stderr)
    for complaint in complaints:
        assert complaint in finished.stderr
    assert "fix:" in finished.stderr or "Write" in finished.stderr or "Did you mean" in finished.stderr


# MARK: Model files


def refused_model(run: Callable, model: Path, data: Path) -> str:
    finished = run("score", "--model", model, "--input", data, check=False)
    assert finished.returncode == FAILED
    assert finished.stdout == ""
    assert_no_trace(finished.stderr)
    assert finished.stderr.startswith("error: ")
    assert "\n  fix: " in finished.stderr, finished.stderr
    return finished.stderr


@pytest.mark.parametrize("kept", [0, 1, 100, 3000, 30_000])
@pytest.mark.parametrize("file", ["v1/model.json", "v2/model.lgb", "v3/model.ubj"])
def test_a_truncated_model_is_refused(
    file: str, kept: int, run: Callable, example: Path, holdout: Path, tmp_path: Path
) -> None:
    model = tmp_path / Path(file).name
    model.write_bytes((example / "models" / file).read_bytes()[:kept])
    assert model.name in refused_model(run, model, holdout)


def test_a_cyclic_tree_is_refused(run: Callable, example: Path, holdout: Path, tmp_path: Path) -> None:
    document = json.loads((example / "models" / "v1" / "model.json").read_text())
    tree = document["learner"]["gradient_booster"]["model"]["trees"][0]
    assert tree["left_children"][0] > 0, "the first tree splits at its root"
    tree["left_children"][tree["left_children"][0]] = 0
    model = tmp_path / "cyclic.json"
    model.write_text(json.dumps(document))
    assert "cyclic.json" in refused_model(run, model, holdout)


def test_an_oversized_model_is_refused_before_it_is_read(run: Callable, holdout: Path, tmp_path: Path) -> None:
    model = tmp_path / "huge.json"
    with model.open("wb") as file:
        file.truncate(SPARSE_BYTES)
    assert f"{SPARSE_BYTES} bytes" in refused_model(run, model, holdout)


def test_a_pickled_model_is_refused_with_the_way_out(run: Callable, holdout: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.pkl"
    model.write_bytes(b"\x80\x04\x95" + bytes(100))
    assert "could run code" in refused_model(run, model, holdout)


def test_a_model_that_is_not_there_is_named(run: Callable, holdout: Path, tmp_path: Path) -> None:
    assert "absent.txt" in refused_model(run, tmp_path / "absent.txt", holdout)


def test_a_feature_the_data_lack_is_named(run: Callable, example: Path, holdout: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("".join(",".join(line.split(",")[:5]) + "\n" for line in holdout.read_text().splitlines()))
    said = refused_model(run, example / "models" / "v1", few)
    assert "few.csv" in said
    assert "'inquiries_6m'" in said or "'late_payments_12m'" in said
