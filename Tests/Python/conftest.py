"""Fixtures that run the built binary from outside, the way its users do."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND_SECONDS_MAX = 120
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 30


@dataclass(frozen=True)
class Server:
    """A running server and what it said when it started."""

    url: str
    token: str
    data_dir: Path
    log: Path


@pytest.fixture(scope="session")
def gatehouse() -> Path:
    """The binary under test."""
    named = os.environ.get("GATEHOUSE_BIN")
    if not named:
        pytest.skip("GATEHOUSE_BIN is not set: run scripts/test, or point it at a built gatehouse")
    binary = Path(named).resolve()
    # Named but absent is a mistake, and a skipped test would hide it.
    assert os.access(binary, os.X_OK), f"GATEHOUSE_BIN is not a program: {binary}"
    return binary


@pytest.fixture(scope="session")
def run(gatehouse: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Runs one command to its end: run("measure", path, "--json"). With check=False any exit code is an answer."""

    def run(*arguments: object, check: bool = True, **options: object) -> subprocess.CompletedProcess:
        finished = subprocess.run(
            [gatehouse, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            **options,
        )
        if check:
            said = f"{finished.args} exited with {finished.returncode}\n{finished.stdout}\n{finished.stderr}"
            assert finished.returncode == 0, said
        return finished

    return run


@pytest.fixture
def server(gatehouse: Path, tmp_path: Path) -> Iterator[Server]:
    """A fresh server with its own data folder. Stopping it by SIGTERM with exit code 0 is part of every test."""
    with started_server(gatehouse, tmp_path / "data") as running:
        yield running


@contextmanager
def started_server(gatehouse: Path, data_dir: Path, *options: str) -> Iterator[Server]:
    port = unused_port()
    log = data_dir.parent / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [gatehouse, "serve", "--port", str(port), "--data-dir", data_dir, *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_healthy(url, process, log)
        yield Server(url=url, token=admin_token(log), data_dir=data_dir, log=log)
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=STOP_SECONDS_MAX)
        assert code == 0, f"the server stopped with {code}\n{log.read_text()}"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        code = process.poll()
        assert code is None, f"the server ended with {code} before it was ready\n{log.read_text()}"
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=1) as answer:
                if answer.read().strip() == b"OK":
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.05)
    pytest.fail(f"/health did not say OK within {START_SECONDS_MAX} s\n{log.read_text()}")


def admin_token(log: Path) -> str:
    """The token a fresh server prints once, on a line `admin token: …`."""
    found = re.search(r"admin token:\s*(\S+)", log.read_text(), re.IGNORECASE)
    assert found, f"the server printed no line 'admin token: …'\n{log.read_text()}"
    return found.group(1)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Small public data sets with reference values, kept beside the checkout."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the public data sets are not at ../{folder.relative_to(REPOSITORY.parent)}")
    return folder
