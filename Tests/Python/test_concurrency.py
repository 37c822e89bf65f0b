"""Many clients at once: every number is given out once and every decision is made once."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Client

PROCESSES = 32
FINISH_SECONDS_MAX = 600


def at_once(client: Client, command: Callable[[int], list[object]]) -> list[dict]:
    """Starts all processes before the first is waited for, and gives what each printed."""
    processes = [client.start(*command(index), "--json") for index in range(PROCESSES)]
    answers = []
    for process in processes:
        output, said = process.communicate(timeout=FINISH_SECONDS_MAX)
        assert process.returncode == 0, f"{output}\n{said}\n{client.server.log.read_text()}"
        answers.append(json.loads(output))
    return answers


@pytest.fixture
def model(example: Path) -> Path:
    return example / "models" / "v1"


def test_versions_registered_at_once_are_numbered_without_gap_or_repeat(client: Client, model: Path) -> None:
    answers = at_once(client, lambda _: ["version", "create", "busy", "--model", model])
    assert sorted(answer["version"] for answer in answers) == list(range(1, PROCESSES + 1))
    listed = client.json("version", "list", "busy")["items"]
    assert [version["version"] for version in listed] == list(range(PROCESSES, 0, -1))
    assert len({answer["artifact_digest"] for answer in answers}) == 1
    assert client.json("model", "show", "busy")["version_count"] == PROCESSES


def test_one_idempotency_key_registers_one_version(client: Client, model: Path) -> None:
    answers = at_once(client, lambda _: ["version", "create", "once", "--model", model, "--idempotency-key", "run-7"])
    assert [answer["version"] for answer in answers] == [1] * PROCESSES
    assert len(client.json("version", "list", "once")["items"]) == 1
    registrations = [
        e for e in client.json("audit", "log", "--model", "once")["items"] if e["action"] == "version.registered"
    ]
    assert len(registrations) == 1


def test_one_idempotency_key_cannot_stand_for_two_requests(client: Client, example: Path) -> None:
    client("version", "create", "once", "--model", example / "models" / "v1", "--idempotency-key", "run-7")
    refused = client(
        "version", "create", "once", "--model", example / "models" / "v2", "--idempotency-key", "run-7", code=1
    )
    assert "run-7" in refused.stderr
    assert len(client.json("version", "list", "once")["items"]) == 1


def test_promotions_of_one_version_at_once_move_it_once(
    client: Client, model: Path, holdout: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "model: busy\nevaluation: {dataset: holdout, label: defaulted}\ngates:\n  accuracy: {min_absolute_auc: 0.5}\n"
    )
    client("dataset", "add", "holdout", holdout)
    client("policy", "apply", policy)
    client("version", "create", "busy", "--model", model)
    answers = at_once(client, lambda _: ["promote", "busy", 1, "--to", "staging", "--wait"])
    assert {answer["promoted_to"] for answer in answers} == {"Staging"}
    assert len({answer["id"] for answer in answers}) == PROCESSES
    assert client.json("version", "show", "busy", 1)["stage"] == "Staging"

    entries = client.json("audit", "log", "--model", "busy", "--limit", 1000)["items"]
    moves = [entry for entry in entries if entry["action"] == "transition.granted"]
    assert [(move["facts"]["from"], move["facts"]["to"]) for move in moves] == [("None", "Staging")]
    assert sum(entry["action"] == "promotion.requested" for entry in entries) == PROCESSES
    sequences = [entry["sequence"] for entry in entries]
    assert sequences == sorted(set(sequences))
    # Staging is nobody's production: the history of the slot stays empty.
    assert client.json("history", "busy")["items"] == []


def test_adoptions_at_once_fill_the_slot_once(client: Client, model: Path) -> None:
    client("version", "create", "busy", "--model", model)
    client("version", "create", "busy", "--model", model)
    processes = [
        client.start("adopt", "busy", 1 + index % 2, "--reason", "it ran before", "--json")
        for index in range(PROCESSES)
    ]
    codes = [process.wait(FINISH_SECONDS_MAX) for process in processes]
    for process in processes:
        process.communicate()
    assert codes.count(0) == 1
    history = client.json("history", "busy")["items"]
    assert len(history) == 1
    assert (history[0]["until"], history[0]["how"]) == (None, "adopted without gates")
    champion = client.json("model", "show", "busy")["aliases"]["champion"]
    assert champion == history[0]["version"]
    assert client.json("version", "show", "busy", champion)["stage"] == "Production"
