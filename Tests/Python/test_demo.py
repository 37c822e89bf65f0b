"""The demo's story comes out as told and leaves a folder that a server can be started on."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import REPOSITORY, Client, Story, started_server

MODEL = "credit-risk"


def test_the_story_ends_without_complaint(story: Story) -> None:
    assert "error" not in story.said


def test_version_2_is_blocked_by_fairness_with_its_impact_ratio(story: Story) -> None:
    assert f"{MODEL} v2: Promotion blocked. Failed gates: fairness\n" in story.told
    ratio = re.search(r"✗ fail +fairness +business_size: impact ratio (0\.\d\d) < 0\.80", story.told)
    assert ratio, story.told
    assert float(ratio[1]) < 0.8


def test_version_3_reaches_staging(story: Story) -> None:
    assert f"{MODEL} v3: Promoted to Staging, awaiting review.\n" in story.told


def test_no_escape_codes_in_a_pipe(story: Story) -> None:
    assert "\x1b" not in story.told + story.said


def test_a_folder_that_was_played_in_is_not_played_in_again(story: Story, run: Callable) -> None:
    again = run("demo", "--exit", "--data-dir", story.folder, check=False, cwd=REPOSITORY)
    assert again.returncode == 1
    assert str(story.folder) in again.stderr
    assert "fix:" in again.stderr


@pytest.fixture(scope="module")
def afterwards(story: Story, gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server started later on the folder the demo left."""
    token = (story.folder / "token").read_text().strip()
    folder = shutil.copytree(story.folder / "server", tmp_path_factory.mktemp("afterwards") / "server")
    with started_server(gatehouse, folder, token=token) as server:
        yield Client(gatehouse, server)


def test_history_says_who_was_in_production(afterwards: Client) -> None:
    items = afterwards.json("history", MODEL)["items"]
    how = [(item["version"], item["how"], item["by"]) for item in items]
    assert how == [
        (1, "rollback.performed", "user:on-call"),
        (3, "rollout.promoted", "system:rollouts"),
        (1, "adopted without gates", "token:admin"),
    ]
    assert [item["until"] for item in items] == [None, items[0]["from"], items[1]["from"]]


def test_the_hasty_review_is_flagged_and_the_proper_ones_are_not(afterwards: Client) -> None:
    reviews = afterwards.json("review", "list", "--all", "--model", MODEL)["items"]
    hasty = [review for review in reviews if "faster_than_after_opening" in review["flags"]]
    # Two were asked at once, so either may be the one in a hurry.
    assert [review["state"] for review in hasty] == ["approved"]
    proper = [review for review in reviews if review["state"] == "approved" and not review["flags"]]
    for version in (3, 4):
        assert len({review["reviewer"] for review in proper if review["model_version"] == version}) == 2


def test_one_canary_goes_all_the_way_and_one_goes_back_by_itself(story: Story, afterwards: Client) -> None:
    bad, good = afterwards.json("rollout", "list", MODEL)["items"]
    assert (good["model_version"], good["phase"], good["percent"]) == (3, "promoted", 100)
    assert (bad["model_version"], bad["phase"], bad["champion_version"]) == (4, "rolled_back", 3)
    assert re.search(r"rolled_back: predictions moved away from the champion's of the same time: index 0\.\d+", story.told)


def test_the_comparison_has_outcomes_on_both_arms_and_promoted_nobody(story: Story, afterwards: Client) -> None:
    (compared,) = afterwards.json("experiment", "list", MODEL)["items"]
    assert (compared["champion_version"], compared["challenger_version"], compared["ended"]) == (1, 3, "stopped")
    report = afterwards.call("GET", f"experiments/{compared['id']}/report")[1]["report"]
    assert min(report["champion"]["labelled"], report["challenger"]["labelled"]) >= 150
    assert report["lower"] < report["difference"] < report["upper"]
    assert f"{report['verdict']}: the share of version 3's loans that default, less version 1's, is" in story.told


def test_the_receipt_and_the_log_hold(story: Story, afterwards: Client, run: Callable) -> None:
    assert re.search(r"holds: entry \d+ of \d+, signed by gatehouse/", story.told)
    assert run("audit", "verify", story.folder / "server").stdout.startswith("sound: ")


def test_stages_and_alias_are_kept(afterwards: Client) -> None:
    stages = {v["version"]: v["stage"] for v in afterwards.json("version", "list", MODEL)["items"]}
    assert stages == {1: "Production", 2: "None", 3: "Staging", 4: "Archived"}
    assert afterwards.json("model", "show", MODEL)["aliases"] == {"champion": 1}


def test_audit_holds_the_refusals_too(afterwards: Client) -> None:
    entries = afterwards.json("audit", "log", "--model", MODEL, "--version", 2)["items"]
    refused = [entry for entry in entries if entry["outcome"] == "refused"]
    # Once by the gate, once at the back door.
    assert [entry["action"] for entry in refused] == ["transition.refused"] * 2
    assert [entry["facts"]["to"] for entry in refused] == ["Staging", "Production"]


def test_evaluation_keeps_every_measurement(afterwards: Client) -> None:
    (evaluation,) = afterwards.json("evaluation", "list", MODEL, 2)["items"]
    shown = afterwards.json("evaluation", "show", evaluation["id"], code=2)
    failed = [m for m in shown["checks"]["fairness"]["measurements"] if m["verdict"] == "fail"]
    ratio = next(m for m in failed if m["metric"] == "impact_ratio" and m["subject"] == "business_size")
    assert ratio["lower"] < ratio["value"] < ratio["upper"] < ratio["limit"]["at_least"] == 0.8
