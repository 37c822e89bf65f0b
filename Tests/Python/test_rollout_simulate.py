"""Simulated rollouts: what the controller does to good and to bad versions, from the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

POLICY = """
model: credit-risk
rollout: {steps: [10, 100], step_min_duration: 10m, step_min_requests: 500, step_max_duration: 1d, bake: 10m,
          rollback_on: {error_rate: 0.01}}
"""


@pytest.fixture
def simulated(run: Callable, tmp_path: Path) -> Callable[..., dict]:
    (tmp_path / "policy.yaml").write_text(POLICY)
    policy = tmp_path / "policy.yaml"
    return lambda *options: json.loads(
        run(
            "rollout", "simulate", "--policy", policy, "--days", 0.2, *options, "--json"
        ).stdout
    )


def test_a_good_version_goes_through_the_steps_of_the_policy_and_is_promoted(
    simulated: Callable,
) -> None:
    found = simulated("--rate", 50)
    assert (found["promoted"], found["rolled_back"], found["false_rollbacks"]) == (
        1,
        0,
        0,
    )
    assert [step["percent"] for step in found["first_run"]["steps"]] == [10, 100]
    assert found["first_run"]["steps"][1]["at_seconds"] >= 600
    assert found["by_share"] == []


def test_a_bad_version_is_rolled_back_and_doing_nothing_harms_far_more(
    simulated: Callable,
) -> None:
    found = simulated(
        "--rate",
        200,
        "--bad-after-days",
        0.01,
        "--bad-share",
        0.2,
        "--bad-error-rate",
        0.5,
    )
    assert (found["first_run"]["phase"], found["false_rollbacks"]) == ("rolled_back", 0)
    assert found["first_run"]["detection_seconds"] <= 60
    assert [share["percent"] for share in found["by_share"]] == [5, 25, 100]
    for share in found["by_share"]:
        assert share["detection_seconds"]["p50"] <= 60
        assert share["harmed"]["p95"] * 20 < found["first_run"]["harmed_by_doing_nothing"]


def test_the_same_seed_tells_the_same_story_and_twenty_good_versions_stay(
    simulated: Callable,
) -> None:
    first = simulated("--rate", 20, "--seeds", 20, "--seed", 7)
    assert first == simulated("--rate", 20, "--seeds", 20, "--seed", 7)
    assert (first["seeds"], first["false_rollbacks"]) == (20, 0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--days", "0"], "--days"),
        (["--rate", "nan"], "--rate"),
        (["--bad-share", "2", "--bad-after-days", "1"], "--bad-share"),
        (["--bad-after-days", "9"], "--bad-after-days"),
        (["--seeds", "0"], "seeds"),
        (["--policy", "missing.yaml"], "missing.yaml"),
        (["--rate", "1e300"], "requests per second"),
        (["--days", "1e300"], "days"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_its_option(
    run: Callable, options: list[str], says: str
) -> None:
    finished = run("rollout", "simulate", *options, check=False)
    assert finished.returncode != 0
    assert finished.stdout == ""
    assert says in finished.stderr
    assert "Fatal error" not in finished.stderr
