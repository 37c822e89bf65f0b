"""Fixtures that run the built binary from outside, the way its users do."""

import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from ports import unused_port as unused_port

# Run by another Python, with a client of MLflow: see test_mlflow_clients.py.
collect_ignore = ["mlflow_client"]

REPOSITORY = Path(__file__).resolve().parents[2]
# What follows is reached only when something is wrong: a machine that is busy with other tests is no reason to give up.
# The demo waits for people to read, and for rollouts.
STORY_SECONDS_MAX = 900
COMMAND_SECONDS_MAX = 240
CALL_SECONDS_MAX = 120
START_SECONDS_MAX = 120
# As long as an attempt to deliver an event may take: a server that waited for one would be noticed.
STOP_SECONDS_MAX = 30


@dataclass(frozen=True)
class Server:
    """A running server and what it said when it started."""

    url: str
    token: str
    data_dir: Path
    log: Path
    process: subprocess.Popen


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
            **{"timeout": COMMAND_SECONDS_MAX, **options},
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
def started_server(
    gatehouse: Path, data_dir: Path, *options: str, token: str | None = None, trust: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """A server on a folder. One that has been served before prints no token again: hand over the one it printed. `trust`
    is for one that serves HTTPS."""
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
        url = f"{'https' if trust else 'http'}://127.0.0.1:{port}"
        wait_until_healthy(url, process, log, trust)
        yield Server(url=url, token=token or admin_token(log), data_dir=data_dir, log=log, process=process)
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=STOP_SECONDS_MAX)
        assert code == 0, f"the server stopped with {code}\n{log.read_text()}"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def wait_until_healthy(
    url: str, process: subprocess.Popen, log: Path, trust: ssl.SSLContext | None = None
) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        code = process.poll()
        assert code is None, f"the server ended with {code} before it was ready\n{log.read_text()}"
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5, context=trust) as answer:
                if answer.read().strip() == b"OK":
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.05)
    pytest.fail(f"/health did not say OK within {START_SECONDS_MAX} s\n{log.read_text()}")


def admin_token(log: Path) -> str:
    """The token a fresh server prints once, on a line `admin token: …`, about when it begins to answer."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if found := re.search(r"admin token:\s*(\S+)\n", log.read_text(), re.IGNORECASE):
            return found.group(1)
        time.sleep(0.05)
    pytest.fail(f"the server printed no line 'admin token: …'\n{log.read_text()}")


@dataclass(frozen=True)
class Client:
    """The command line as a user of one server runs it."""

    gatehouse: Path
    server: Server

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "GATEHOUSE_SERVER": self.server.url, "GATEHOUSE_TOKEN": self.server.token}

    def __call__(self, *arguments: object, code: int = 0) -> subprocess.CompletedProcess:
        """Runs one command, which must end with this exit code."""
        finished = subprocess.run(
            [self.gatehouse, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            env=self.environment,
        )
        assert finished.returncode == code, f"{finished}\n{self.server.log.read_text()}"
        return finished

    def json(self, *arguments: object, code: int = 0) -> dict:
        """The one object that a command prints with --json."""
        return json.loads(self(*arguments, "--json", code=code).stdout)

    def start(self, *arguments: object) -> subprocess.Popen:
        """Starts a command beside others."""
        return subprocess.Popen(
            [self.gatehouse, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def call(self, method: str, path: str, body: object = None, token: str | None = None) -> tuple[int, dict]:
        """One request to the native API: the status and the object that was answered. Bytes are sent as they are."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        address = urllib.parse.urlsplit(self.server.url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=CALL_SECONDS_MAX)
        try:
            headers = {"Authorization": f"Bearer {token or self.server.token}"}
            connection.request(method, f"/api/gatehouse/v1/{path}", data, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        finally:
            connection.close()


@pytest.fixture
def client(gatehouse: Path, server: Server) -> Client:
    """The command line against the fresh server."""
    return Client(gatehouse, server)


@dataclass(frozen=True)
class Story:
    """The demo's story as it was told, and the folder it left."""

    told: str
    said: str
    folder: Path


def unhurried(folder: Path) -> Path:
    """The example with all the time for an answer: how quick this machine is, with other tests beside, is no part of the
    story."""
    shutil.copytree(REPOSITORY / "Examples" / "credit-risk", folder, dirs_exist_ok=True)
    policy = folder / "policy.yaml"
    written = policy.read_text()
    policy.write_text(written.replace("latency_budget_p95_ms: 50,", "latency_budget_p95_ms: 60000,"))
    assert policy.read_text() != written
    return folder


@pytest.fixture(scope="session")
def story(run: Callable, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The demo, played once for all who look at what came of it, in whichever process. Whoever starts a server on the folder
    copies it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    told, said, folder = shared / "demo-told", shared / "demo-said", shared / "demo"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            examples = unhurried(shared / "examples")
            options = ("--data-dir", folder, "--examples", examples)
            finished = run("demo", "--exit", *options, cwd=REPOSITORY, timeout=STORY_SECONDS_MAX)
            said.write_text(finished.stderr)
            told.write_text(finished.stdout)
    return Story(told.read_text(), said.read_text(), folder)


@pytest.fixture(scope="session")
def example() -> Path:
    """The example model: three versions, a policy, a pipeline schema."""
    return REPOSITORY / "Examples" / "credit-risk"


@pytest.fixture(scope="session")
def holdout(run: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,000 made-up applicants the example's models can score."""
    file = tmp_path_factory.mktemp("example") / "holdout.csv"
    file.write_text(run("demo", "data", "--kind", "holdout", "--rows", 2000, "--seed", 7).stdout)
    return file


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Small public data sets with reference values, kept beside the checkout."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the public data sets are not at ../{folder.relative_to(REPOSITORY.parent)}")
    return folder


GO_PATH = "/usr/share/gocode"


@pytest.fixture(scope="session")
def auditcheck(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """The checker of audit logs in Tests/Go, on golang.org/x/mod/sumdb."""
    if not shutil.which("go") or not Path(GO_PATH, "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("Go or golang.org/x/mod is not installed: apt-get install golang-go golang-golang-x-mod-dev")
    program = tmp_path_factory.mktemp("go") / "auditcheck"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": GO_PATH, "GOCACHE": str(program.parent / "cache")}
    subprocess.run(
        ["go", "build", "-o", program, "."], cwd=REPOSITORY / "Tests/Go/auditcheck", env=environment, check=True,
        timeout=COMMAND_SECONDS_MAX,
    )  # fmt: skip

    def check(*arguments: object, code: int = 0) -> str:
        done = subprocess.run(
            [program, *map(str, arguments)], capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX
        )
        assert done.returncode == code, done
        return done.stdout

    return check
