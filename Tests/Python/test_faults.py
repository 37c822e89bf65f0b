"""Killed at any moment or out of disk space: nothing that was acknowledged is lost, nothing is half there."""

import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Client, Server, started_server
from faults import JUDGED, Clients, Rounds
from mortal_server import MortalServer

FAULTS = Path(__file__).parent / "faults.py"
RUSH = Path(__file__).parent / "rush.py"
FAULTS_SECONDS_MAX = 900
DISK_BYTES = 16 * 1024 * 1024
UPLOAD_BYTES = 4 * 1024 * 1024


def test_kills_lose_nothing_that_was_acknowledged(gatehouse: Path) -> None:
    command = [sys.executable, FAULTS, "--short", "--binary", gatehouse]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=FAULTS_SECONDS_MAX)
    last = finished.stdout.splitlines()[-1]
    counted = re.fullmatch(r"acknowledged (\d+), lost 0, doubled 0, violations 0", last)
    assert counted, finished.stdout + finished.stderr
    assert int(counted[1]) > 50, "too little was done for the kills to say anything"
    assert finished.returncode == 0


def test_many_processes_on_one_model_agree_whatever_dies(gatehouse: Path) -> None:
    command = [sys.executable, RUSH, "--seconds", "8", "--kills", "3", "--least", "300", "--binary", gatehouse]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=FAULTS_SECONDS_MAX)
    last = (finished.stdout.splitlines() or [""])[-1]
    counted = re.fullmatch(r"acknowledged (\d+), lost 0, doubled 0, violations 0", last)
    assert counted, finished.stdout + finished.stderr
    assert int(counted[1]) > 200, "too little was done for the kills to say anything"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of its own that is soon full."""
    folder = tmp_path / "data"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small file system cannot be mounted: that takes root")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def cramped(gatehouse: Path, small_disk: Path, example: Path, holdout: Path) -> Iterator[Client]:
    """A server on the small disk that has taken a data set and a version while there was room."""
    with started_server(gatehouse, small_disk) as server:
        client = Client(gatehouse, server)
        policy = server.log.parent / "policy.yaml"
        policy.write_text("model: m\nevaluation: {dataset: holdout, label: defaulted}\ngates:\n  accuracy: {}\n")
        client("dataset", "add", "holdout", holdout)
        client("policy", "apply", policy)
        client("version", "create", "m", "--model", example / "models" / "v1")
        yield client


def fill(folder: Path) -> Path:
    """Takes every last byte."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for bytes_ in [1 << 20, 1 << 12, 1]:
            try:
                while True:
                    file.write(bytes(bytes_))
            except OSError:
                continue
    return filler


def put(client: Client, content: bytes) -> tuple[int, dict]:
    return client.call("PUT", "blobs/sha256:" + hashlib.sha256(content).hexdigest(), content)


def test_a_full_disk_is_a_clear_answer_and_no_loss(cramped: Client, example: Path, holdout: Path) -> None:
    server: Server = cramped.server
    before = cramped.json("version", "show", "m", 1)
    filler = fill(server.data_dir)

    status, answer = put(cramped, bytes(UPLOAD_BYTES))
    assert status == 503
    assert "No space left on device" in answer["message"]
    assert "Free space" in answer["hint"]
    failed = cramped("version", "create", "m", "--model", example / "models" / "v2", code=1)
    assert "fix:" in failed.stderr
    status, answer = cramped.call("POST", "models", {"name": "x" * 200, "description": "y" * 50_000})
    assert status == 503
    assert "space" in answer["hint"]
    # What is there can still be read, and what failed left nothing behind.
    assert cramped.json("version", "show", "m", 1) == before
    assert list((server.data_dir / "artifacts" / "incoming").iterdir()) == []

    filler.unlink()
    assert put(cramped, bytes(UPLOAD_BYTES))[0] == 201
    assert cramped.json("version", "create", "m", "--model", example / "models" / "v2")["version"] == 2
    for version in [1, 2]:
        assert cramped.json("evaluate", "m", version, "--wait")["passed"] is True
    assert cramped.json("version", "show", "m", 1)["artifact_digest"] == before["artifact_digest"]


def test_an_evaluation_asked_for_on_a_full_disk_hinders_none_after_it(cramped: Client) -> None:
    filler = fill(cramped.server.data_dir)
    # Whether the request itself still fits depends on the room left in the database's log; it is no crash either way.
    status, _ = cramped.call("POST", "models/m/versions/1/evaluations", {})
    assert status in (202, 503)
    filler.unlink()
    assert cramped.json("promote", "m", 1, "--wait")["promoted_to"] == "Staging"
    assert list((cramped.server.data_dir / "work").iterdir()) == []


def test_a_server_killed_while_it_evaluates_evaluates_again_by_itself(gatehouse: Path, tmp_path: Path) -> None:
    """One round of faults.py spelt out, with the kill in the middle of the evaluation for sure."""
    server = MortalServer(gatehouse, tmp_path)
    try:
        server.start()
        Clients(server).prepare()
        # So many requests at this rate take eight seconds, on whatever machine this is.
        policy = JUDGED.replace("mode: sequential, requests: 200,", "requests: 400, rate: 50/s,")
        assert policy != JUDGED
        server.call("POST", "policies", body={"yaml": policy})
        opened = server.call("POST", "models", "judged", "versions", 1, "promotions", body={"to": "Staging"})
        while (running := server.call("GET", "evaluations", opened["evaluation_id"]))["state"] == "queued":
            time.sleep(0.01)
        server.kill()
        assert (running["state"], running["passed"]) == ("running", None)

        server.start()
        decided = Rounds(server, seed=1).wait_while(["evaluating"], "promotions", opened["id"])
        assert (decided["approved"], decided["promoted_to"]) == (True, "Staging")
        assert server.call("GET", "models", "judged", "versions", 1)["stage"] == "Staging"
        assert list((server.data / "work").iterdir()) == []
        assert server.stop() == 0
    finally:
        server.kill()
