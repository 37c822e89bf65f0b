"""Two registries, one of which trusts the log of the other, and versions to copy between them."""

import json
import os
import random
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Client, Server, admin_token, started_server, unused_port, wait_until_healthy

WAIT_SECONDS_MAX = 240
FAILED, BLOCKED, NOT_ALLOWED, UNREACHABLE = 1, 2, 4, 5


@dataclass(frozen=True)
class Pair:
    """Two registries, called dev and prod, of which prod trusts the log of dev."""

    gatehouse: Path
    dev: Client
    prod: Client

    def environment(self, **more: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GATEHOUSE_", "MLFLOW_"))}
        return {
            **kept,
            "GATEHOUSE_REGISTRY_dev": self.dev.server.url,
            "GATEHOUSE_REGISTRY_dev_TOKEN": self.dev.server.token,
            "GATEHOUSE_REGISTRY_prod": self.prod.server.url,
            "GATEHOUSE_REGISTRY_prod_TOKEN": self.prod.server.token,
            **more,
        }

    def command(self, *arguments: object) -> list[str]:
        return [str(self.gatehouse), "copy", *map(str, arguments)]

    def copy(self, *arguments: object, code: int = 0, **more: str) -> subprocess.CompletedProcess:
        finished = subprocess.run(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS_MAX,
            env=self.environment(**more),
        )
        assert finished.returncode == code, finished
        return finished

    def json(self, *arguments: object, **options: object) -> dict:
        return json.loads(self.copy(*arguments, "--json", **options).stdout)

    def start(self, *arguments: object) -> subprocess.Popen:
        return subprocess.Popen(
            self.command(*arguments, "--json"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(),
        )

    def versions(self, model: str = "credit-risk") -> list[dict]:
        return versions(self.prod, model)


def stored(client: Client) -> int:
    """How many blobs the store of a server holds, unfinished ones among them."""
    return sum(1 for path in (client.server.data_dir / "artifacts").rglob("*") if path.is_file())


def wait_for_blobs(client: Client, count: int, process: subprocess.Popen) -> None:
    """Until the store has so many, or the process that sends them has ended."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while stored(client) < count and process.poll() is None:
        assert time.monotonic() < deadline, f"{stored(client)} of {count} blobs arrived"
        time.sleep(0.002)


def versions(client: Client, model: str) -> list[dict]:
    status, answer = client.call("GET", f"models/{model}/versions")
    return answer["items"] if status == 200 else []


def log_key(server: Server) -> str:
    return str(server.data_dir / "audit" / "key.pub")


@contextmanager
def serving(gatehouse: Path, folder: Path, *options: str) -> Iterator[Client]:
    folder.mkdir(exist_ok=True)
    with started_server(gatehouse, folder / "data", *options) as server:
        yield Client(gatehouse, server)


@pytest.fixture(scope="module")
def pair(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    root = tmp_path_factory.mktemp("copy")
    with serving(gatehouse, root / "dev") as dev:
        with serving(gatehouse, root / "prod", "--trusted-log", log_key(dev.server)) as prod:
            yield Pair(gatehouse, dev, prod)


def mlflow(client: Client, path: str, body: dict | None = None) -> dict:
    request = urllib.request.Request(
        f"{client.server.url}/api/2.0/mlflow/{path}",
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Bearer {client.server.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read() or b"{}")


def trained(client: Client, experiment: str) -> str:
    """A run with params, metric histories, tags and a dataset."""
    number = mlflow(client, "experiments/create", {"name": experiment})["experiment_id"]
    run = mlflow(client, "runs/create", {"experiment_id": number, "run_name": "deep", "start_time": 5, "user_id": "ada"})
    run = run["run"]["info"]["run_id"]
    points = [{"key": "auc", "value": 0.8 + i / 1000, "timestamp": 1000 + i, "step": i} for i in range(10)]
    mlflow(
        client,
        "runs/log-batch",
        {
            "run_id": run,
            "params": [{"key": "depth", "value": "7"}, {"key": "eta", "value": "0.1"}],
            "metrics": [*points, {"key": "loss", "value": "NaN", "timestamp": 5, "step": 0}],
            "tags": [{"key": "team", "value": "risk"}, {"key": "mlflow.user", "value": "ada"}],
        },
    )
    dataset = {"name": "loans", "digest": "d1", "source_type": "local", "source": "loans.csv"}
    inputs = [{"dataset": dataset, "tags": [{"key": "mlflow.data.context", "value": "training"}]}]
    mlflow(client, "runs/log-inputs", {"run_id": run, "datasets": inputs})
    mlflow(client, "runs/update", {"run_id": run, "status": "FINISHED", "end_time": 9})
    return run


def model_files(folder: Path, files: int = 3, large: int = 0, seed: int = 7) -> Path:
    chance = random.Random(seed)
    folder.mkdir(parents=True)
    for index in range(files):
        place = folder / f"part-{index % 7}" / f"weights {index}.bin"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(chance.randbytes(200 + index))
    (folder / "empty.txt").write_bytes(b"")
    if large:
        (folder / "large.bin").write_bytes(chance.randbytes(large))
    return folder


def registered(client: Client, model: str, folder: Path, *options: object) -> dict:
    return client.json("version", "create", model, "--model", folder, *options)


def files_of(client: Client, model: str, version: int) -> dict[str, bytes]:
    """The bytes as MLflow's clients read them: by the address that the server names."""
    answer = mlflow(client, f"model-versions/get-download-uri?name={model}&version={version}")
    root = answer["artifact_uri"].removeprefix("mlflow-artifacts:/")
    found: dict[str, bytes] = {}
    folders = [""]
    while folders:
        folder = folders.pop()
        place = urllib.parse.quote(f"{root}/{folder}".rstrip("/"))
        for entry in read(client, f"?path={place}", as_json=True).get("files", []):
            name = f"{folder}/{entry['path']}".lstrip("/")
            if entry["is_dir"]:
                folders.append(name)
            else:
                found[name] = read(client, "/" + urllib.parse.quote(f"{root}/{name}"))
    return found


def read(client: Client, place: str, as_json: bool = False):
    request = urllib.request.Request(
        f"{client.server.url}/api/2.0/mlflow-artifacts/artifacts{place}",
        headers={"Authorization": f"Bearer {client.server.token}"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        data = answer.read()
    return json.loads(data) if as_json else data


def on_disk(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def mortal(gatehouse: Path, folder: Path, *options: str, token: str | None = None) -> Iterator[Client]:
    """A server that may be killed: started_server would object."""
    folder.mkdir(exist_ok=True)
    port = unused_port()
    log = folder / f"serve-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [gatehouse, "serve", "--port", str(port), "--data-dir", folder / "data", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_healthy(url, process, log)
        yield Client(gatehouse, Server(url, token or admin_token(log), folder / "data", log, process))
    finally:
        process.kill()
        process.wait()
