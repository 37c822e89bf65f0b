"""`gatehouse copy` when something breaks: killed clients and servers, sources that lie, full disks, many files, large ones.

Beyond the suite: GATEHOUSE_COPY_MEGABYTES=1000 GATEHOUSE_COPY_FILES=10000, with -s for the figures.
"""

import http.server
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Client
from copying import (
    FAILED,
    UNREACHABLE,
    WAIT_SECONDS_MAX,
    Pair,
    files_of,
    log_key,
    model_files,
    mortal,
    on_disk,
    pair,
    registered,
    stored,
    versions,
    wait_for_blobs,
)

__all__ = ["pair"]

LARGE_MEGABYTES = int(os.environ.get("GATEHOUSE_COPY_MEGABYTES", "100"))
MANY_FILES = int(os.environ.get("GATEHOUSE_COPY_FILES", "100"))


def test_a_client_killed_at_any_time_leaves_nothing_half_visible(pair: Pair, tmp_path: Path):
    folder = model_files(tmp_path / "m", files=60, large=20_000_000, seed=99)
    digest = registered(pair.dev, "killed", folder)["artifact_digest"]
    before = stored(pair.prod)
    kills = 0
    # Before the first byte, in the large file, among the small ones, and about when it is registered.
    for more in [0, 1, 3, 20, 45, 61]:
        process = pair.start("dev/killed/1", "prod/killed")
        wait_for_blobs(pair.prod, before + more, process)
        process.kill()
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
        assert all(version["artifact_digest"] == digest for version in pair.versions("killed"))
    assert kills >= 4
    report = pair.json("dev/killed/1", "prod/killed")
    assert report["artifact_digest"] == digest
    assert len(pair.versions("killed")) == 1
    assert report["outcome"] == "there" or report["files"]["there"] > 0, "nothing of the first attempts was found again"
    found = files_of(pair.prod, "killed", 1)
    assert found == on_disk(folder)


@pytest.mark.parametrize("victim", ["source", "target"])
def test_a_server_killed_in_the_middle_is_gone_on_with_when_it_is_back(gatehouse: Path, tmp_path: Path, victim: str):
    folder = model_files(tmp_path / "m", files=30, large=20_000_000, seed=5)
    with mortal(gatehouse, tmp_path / "dev") as dev:
        with mortal(gatehouse, tmp_path / "prod", "--trusted-log", log_key(dev.server)) as prod:
            digest = registered(dev, "credit-risk", folder)["artifact_digest"]
            with held_back(dev.server.url, "weights%2025.bin") as (url, release):
                process = Pair(gatehouse, at(dev, url), prod).start("dev/credit-risk/1", "prod")
                wait_for_blobs(prod, 10, process)
                (dev if victim == "source" else prod).server.process.kill()
                release()
                _, said = process.communicate(timeout=WAIT_SECONDS_MAX)
            assert process.returncode in (FAILED, UNREACHABLE), said
            tokens = {"dev": dev.server.token, "prod": prod.server.token}
    trusting = ["--trusted-log", log_key(dev.server)]
    with mortal(gatehouse, tmp_path / "dev", token=tokens["dev"]) as dev:
        with mortal(gatehouse, tmp_path / "prod", *trusting, token=tokens["prod"]) as prod:
            assert versions(prod, "credit-risk") == []
            report = Pair(gatehouse, dev, prod).json("dev/credit-risk/1", "prod")
            assert report["artifact_digest"] == digest and report["verification"] == "verified"
            assert report["files"]["there"] > 0
            assert len(versions(prod, "credit-risk")) == 1


class Liar(http.server.BaseHTTPRequestHandler):
    """Passes everything on to a real server, except what `change` makes of the bytes of files."""

    upstream = ""
    change: Callable[[str, bytes], bytes | int]

    def do_GET(self):
        headers = {key: value for key, value in self.headers.items() if key.lower() in ("authorization", "accept")}
        try:
            request = urllib.request.Request(self.upstream + self.path, headers=headers)
            with urllib.request.urlopen(request, timeout=WAIT_SECONDS_MAX) as answer:
                status, body, kind = answer.status, answer.read(), answer.headers["Content-Type"]
        except urllib.error.HTTPError as refusal:
            status, body, kind = refusal.code, refusal.read(), refusal.headers["Content-Type"]
        if "get-artifact" in self.path:
            changed = self.change(self.path, body)
            if isinstance(changed, int):
                status, body = changed, b""
            else:
                body = changed
        self.send_response(status)
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def lying(upstream: str, change: Callable[[str, bytes], bytes | int]) -> Iterator[str]:
    handler = type("Lying", (Liar,), {"upstream": upstream, "change": staticmethod(change)})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def held_back(upstream: str, name: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """A source that keeps one file to itself until it is told to let go: no copy from there ends before, however long nobody
    looks."""
    released = threading.Event()

    def change(path: str, body: bytes) -> bytes:
        if name in path:
            released.wait(WAIT_SECONDS_MAX)
        return body

    with lying(upstream, change) as url:
        try:
            yield url, released.set
        finally:
            released.set()


def at(client: Client, url: str) -> Client:
    """The same registry at another address."""
    return replace(client, server=replace(client.server, url=url))


def test_a_source_that_lies_brings_nothing_in(pair: Pair, tmp_path: Path):
    registered(pair.dev, "lied", model_files(tmp_path / "m", seed=77))
    lies: dict[str, Callable[[str, bytes], bytes | int]] = {
        "one bit": lambda path, body: bytes([body[0] ^ 1]) + body[1:] if body else body,
        "shorter": lambda path, body: body[:-1],
        "longer": lambda path, body: body + b"x",
        "gone": lambda path, body: 404,
        "broken": lambda path, body: 500,
    }
    for name, change in lies.items():
        with lying(pair.dev.server.url, change) as url:
            finished = pair.copy("dev/lied/1", "prod/lied", code=FAILED, GATEHOUSE_REGISTRY_dev=url)
            assert finished.stderr.startswith("error:"), (name, finished)
    assert pair.versions("lied") == []
    assert pair.json("dev/lied/1", "prod/lied")["outcome"] == "copied"


def test_a_version_deleted_meanwhile_is_not_brought(pair: Pair, tmp_path: Path):
    registered(pair.dev, "vanishing", model_files(tmp_path / "m", files=30, seed=12))

    def delete(path: str, body: bytes) -> bytes:
        if "weights%200.bin" in path:
            pair.dev.call("DELETE", "models/vanishing/versions/1")
        return body

    with lying(pair.dev.server.url, delete) as url:
        said = pair.copy("dev/vanishing/1", "prod", code=FAILED, GATEHOUSE_REGISTRY_dev=url).stderr
    assert "not found" in said
    assert pair.versions("vanishing") == []


def test_a_disk_that_is_full_refuses_and_keeps_nothing(pair: Pair, gatehouse: Path, tmp_path: Path):
    registered(pair.dev, "big", model_files(tmp_path / "m", files=2, large=3_000_000, seed=13))
    with mortal(gatehouse, tmp_path / "full") as full:
        # The folder of uploads is gone: the same refusal as a disk that takes no more.
        uploads = full.server.data_dir / "artifacts"
        shutil.move(uploads, tmp_path / "elsewhere")
        uploads.write_text("")
        broken = replace(pair, prod=full)
        finished = broken.copy("dev/big/1", "prod", code=FAILED)
        assert "503" in finished.stderr and "Is it a Gatehouse" not in finished.stderr
        uploads.unlink()
        shutil.move(tmp_path / "elsewhere", uploads)
        assert versions(full, "big") == []
        assert broken.json("dev/big/1", "prod")["outcome"] == "copied"


def test_many_small_files(pair: Pair, tmp_path: Path):
    folder = model_files(tmp_path / "m", files=MANY_FILES, seed=21)
    version = registered(pair.dev, "many", folder)
    report = pair.json("dev/many/1", "prod")
    assert report["artifact_digest"] == version["artifact_digest"]
    # A file that is empty may have come with another model.
    assert report["files"]["sent"] + report["files"]["there"] == report["files"]["count"] == MANY_FILES + 1
    print(json.dumps({"seconds": report["seconds"], "files": report["files"]}))


def peak_megabytes(process: subprocess.Popen) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def test_a_large_model_survives_a_kill_in_the_middle_in_little_memory(pair: Pair, tmp_path: Path):
    pieces = 10
    folder = tmp_path / "m"
    folder.mkdir()
    for index in range(pieces):
        chance = random.Random(index)
        with (folder / f"shard-{index:02}.bin").open("wb") as file:
            for _ in range(LARGE_MEGABYTES // pieces):
                file.write(chance.randbytes(1_000_000))
    digest = registered(pair.dev, "large", folder)["artifact_digest"]
    before = stored(pair.prod)
    peak = 0
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    with held_back(pair.dev.server.url, "shard-09.bin") as (url, _):
        process = replace(pair, dev=at(pair.dev, url)).start("dev/large/1", "prod")
        while stored(pair.prod) < before + pieces - 1 and time.monotonic() < deadline:
            peak = max(peak, peak_megabytes(process))
            time.sleep(0.002)
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert pair.versions("large") == []
    report = pair.json("dev/large/1", "prod")
    print(json.dumps({"seconds": report["seconds"], "files": report["files"], "peak_megabytes": peak}))
    assert report["artifact_digest"] == digest
    assert report["verification"] == "verified"
    assert 0 < report["files"]["there"] < pieces
    assert report["files"]["there"] + report["files"]["sent"] == pieces
    tags = pair.prod.json("version", "show", "large", 1)["tags"]
    assert tags["promoted_from_registry"] == "dev" and tags["source_version"] == "1"
    # The model's size is not in it: six files are on their way at once, each in pieces.
    assert peak < 200
