"""A newcomer's policy file: every mistake is shown at once, each with its place and what to write instead."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

SOUND = """\
model: credit-risk
evaluation: {dataset: holdout, label: defaulted, groups: [business_size]}
gates:
  accuracy: {min_absolute_auc: 0.8}
  fairness: {min_impact_ratio: 0.8}
"""

THREE_MISTAKES = """\
model: credit-risk
evaluation: {dataset: holdout, label: defaulted, groups: [business_size]}
gates:
  acuracy: {min_absolute_auc: 0.8}
  fairness: {min_impact_ratio: "0.8", max_demografic_disparity: 0.05}
"""


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    file = tmp_path / "sound.yaml"
    file.write_text(SOUND)
    return file


@pytest.fixture
def mistaken(tmp_path: Path) -> Path:
    file = tmp_path / "mistaken.yaml"
    file.write_text(THREE_MISTAKES)
    return file


def test_three_mistakes_get_three_located_messages(mistaken: Path, run: Callable) -> None:
    checked = run("policy", "check", mistaken, check=False)
    assert checked.returncode == 1
    lines = checked.stdout.splitlines()
    assert len(lines) == 3
    for line, place, suggestion in [
        (lines[0], "4:3", "Did you mean 'accuracy'?"),
        (lines[1], "5:32", "Remove the quotes."),
        (lines[2], "5:39", "Did you mean 'max_demographic_disparity'?"),
    ]:
        assert line.startswith(f"{mistaken}:{place}: ")
        assert line.endswith(suggestion)
    assert "3 problems" in checked.stderr


def test_json_gives_line_and_column_of_each_mistake(mistaken: Path, run: Callable) -> None:
    answer = json.loads(run("policy", "check", mistaken, "--json", check=False).stdout)
    assert answer["valid"] is False
    places = [(p["line"], p["column"], p["path"]) for p in answer["problems"]]
    assert places == [(4, 3, "gates"), (5, 32, "gates.fairness.min_impact_ratio"), (5, 39, "gates.fairness")]
    assert all(p["message"] and p["suggestion"] for p in answer["problems"])


def test_the_columns_are_where_the_words_stand(mistaken: Path, run: Callable) -> None:
    answer = json.loads(run("policy", "check", mistaken, "--json", check=False).stdout)
    lines = THREE_MISTAKES.splitlines()
    words = [lines[p["line"] - 1][p["column"] - 1 :] for p in answer["problems"]]
    assert [w.startswith(e) for w, e in zip(words, ["acuracy", '"0.8"', "max_demografic"], strict=True)] == [True] * 3


def test_a_sound_policy_has_no_problems(sound: Path, run: Callable) -> None:
    assert "no problems" in run("policy", "check", sound).stdout
    assert json.loads(run("policy", "check", sound, "--json").stdout) == {
        "file": str(sound),
        "valid": True,
        "problems": [],
    }


def test_the_example_policy_is_sound(example: Path, run: Callable) -> None:
    run("policy", "check", example / "policy.yaml")


@pytest.mark.parametrize("text", ["", "\n", "- a\n- b\n", "model: [\n", "model: a\nmodel: b\n", "\t\n", "a: &a [*a]\n"])
def test_what_is_no_policy_is_refused_with_a_place(text: str, tmp_path: Path, run: Callable) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    checked = run("policy", "check", file, check=False)
    assert checked.returncode == 1
    assert checked.stdout.startswith(f"{file}:"), checked


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path, run: Callable) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00model")
    for file, complaint in [(tmp_path / "absent.yaml", "no readable file"), (binary, "not UTF-8")]:
        checked = run("policy", "check", file, check=False)
        assert checked.returncode == 1
        assert complaint in checked.stderr
        assert file.name in checked.stderr


def test_diff_says_what_gets_looser_and_what_gets_stricter(sound: Path, tmp_path: Path, run: Callable) -> None:
    edited = tmp_path / "edited.yaml"
    edited.write_text(
        SOUND.replace("min_absolute_auc: 0.8", "min_absolute_auc: 0.7").replace("ratio: 0.8", "ratio: 0.9")
    )
    changes = json.loads(run("policy", "diff", sound, edited, "--json").stdout)["changes"]
    assert {(c["path"], c["old"], c["new"], c["effect"]) for c in changes} == {
        ("gates.accuracy.min_absolute_auc", "0.8", "0.7", "looser"),
        ("gates.fairness.min_impact_ratio", "0.8", "0.9", "stricter"),
    }
    assert json.loads(run("policy", "diff", sound, sound, "--json").stdout)["changes"] == []
    assert run("policy", "diff", sound, check=False).returncode == 64


def test_gates_lists_every_gate_with_keys_that_a_policy_may_use(tmp_path: Path, run: Callable) -> None:
    gates = json.loads(run("policy", "gates", "--json").stdout)["gates"]
    assert {"accuracy", "latency", "fairness", "data_drift", "schema"} <= {gate["name"] for gate in gates}
    # What is listed must be what the parser takes: a policy made of the defaults has no problems.
    lines = ["model: everything", "gates:"]
    for gate in gates:
        settings = {p["name"]: p["default"] for p in gate["parameters"] if p["default"] is not None}
        # Durations and rates have units, which the listed default does not say.
        plain = {name: value for name, value in settings.items() if name not in {"rate"}}
        lines.append(f"  {gate['name']}: {json.dumps(plain)}")
    file = tmp_path / "everything.yaml"
    file.write_text("\n".join(lines) + "\n")
    run("policy", "check", file)
