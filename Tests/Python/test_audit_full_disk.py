"""A file system that is really full below a running server: what was refused did not happen, what was answered stays."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Client, started_server

DISK_MEGABYTES = 24
SECONDS_MAX = 120


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "gatehouse-test", folder]
    try:
        made = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no program 'mount'")
    if made.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def register(client: Client, name: str) -> int:
    return client.call("POST", "models", {"name": name})[0]


def test_a_full_disk_refuses_and_loses_nothing(gatehouse: Path, run, small_disk: Path, auditcheck) -> None:
    data = small_disk / "data"
    with started_server(gatehouse, data) as server:
        client = Client(gatehouse, server)
        assert register(client, "before") == 201
        ballast = small_disk / "ballast"
        free = os.statvfs(small_disk)
        with ballast.open("wb") as file:
            file.write(b"\0" * max(0, free.f_bavail * free.f_frsize - 512 * 1024))
        taken, refused = ["before"], []
        for number in range(2000):
            status = register(client, f"model-{number}")
            if status == 201:
                taken.append(f"model-{number}")
            else:
                assert status == 503, status
                refused.append(f"model-{number}")
            if len(refused) == 20:
                break
        assert len(refused) == 20, "the disk was not full"
        # What was there can still be read, and the server lives.
        assert {model["name"] for model in client.json("model", "list")["items"]} == set(taken)
        ballast.unlink()
        deadline = time.monotonic() + SECONDS_MAX
        while register(client, "after") != 201:
            assert time.monotonic() < deadline, "it stayed full"
            time.sleep(0.1)
        taken.append("after")
        key = client("audit", "key").stdout.strip()
        while int((data / "audit" / "checkpoint").read_text().split("\n")[1]) < entries(client):
            assert time.monotonic() < deadline, "what was committed is not signed"
            time.sleep(0.1)
        created = client.json("audit", "log", "--action", "model.created", "--limit", 1000)["items"]
        assert [entry["model_name"] for entry in created] == taken
    found = json.loads(run("audit", "verify", data, "--key", key, "--json").stdout)
    assert found["verified"] and found["unsigned"] == 0
    auditcheck("log", data / "audit", key)


def entries(client: Client) -> int:
    return client.json("audit", "log", "--newest-first", "--limit", 1)["items"][0]["sequence"]
