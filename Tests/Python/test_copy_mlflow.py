"""`gatehouse copy` from and to a real MLflow server, judged by what MLflow's own client downloads and runs.

Skipped without GATEHOUSE_MLFLOW_SERVER and GATEHOUSE_MLFLOW_PYTHONS: see the head of test_mlflow_wire.py.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Client, started_server
from copying import WAIT_SECONDS_MAX, model_files, on_disk, registered
from test_copy_faults import held_back
from test_import_mlflow import client_python, mlflow_server, setting

MODELS = Path(__file__).parent / "mlflow_models.py"


def models(*arguments: object):
    """What mlflow_models.py prints. Each call costs the start of a Python with MLflow's client."""
    settings = {"PYTHONWARNINGS": "ignore", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}
    finished = subprocess.run(
        [client_python(is_older=False), MODELS, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **settings},
    )
    assert finished.returncode == 0, finished.stderr[-4000:]
    return json.loads(finished.stdout.splitlines()[-1])


@dataclass(frozen=True)
class Registries:
    lab: str
    # Where lab keeps its files.
    artifacts: Path
    prod: Client
    run: str

    @property
    def environment(self) -> dict[str, str]:
        return self.environment_with(self.prod.server.url)

    def environment_with(self, prod: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GATEHOUSE_", "MLFLOW_"))}
        names = {
            "GATEHOUSE_REGISTRY_lab": self.lab,
            "GATEHOUSE_REGISTRY_prod": prod,
            "GATEHOUSE_REGISTRY_PROD_TOKEN": self.prod.server.token,
        }
        return {**kept, **names}

    def copy(self, *arguments: object, code: int = 0) -> dict:
        finished = subprocess.run(
            [self.prod.gatehouse, "copy", *map(str, arguments), "--json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS_MAX,
            env=self.environment,
        )
        assert finished.returncode == code, finished
        return json.loads(finished.stdout) if code == 0 else {"said": finished.stderr}


@dataclass(frozen=True)
class Copied:
    """Copies of versions of a logged model and of files of a run, and one that went back to MLflow."""

    registries: Registries
    reports: dict[str, dict]
    # What MLflow's client downloads, runs and shows: `lab/doubler/1`.
    shown: dict[str, dict]


@pytest.fixture(scope="module")
def copied(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copied]:
    root = tmp_path_factory.mktemp("copy-mlflow")
    program = setting("GATEHOUSE_MLFLOW_SERVER")
    setting("GATEHOUSE_MLFLOW_PYTHONS")
    for name in ["lab", "prod", "scratch"]:
        (root / name).mkdir()
    with mlflow_server(program, root / "lab", "--artifacts-destination", str(root / "lab" / "artifacts")) as lab:
        filled = models("fill", lab, root / "scratch")
        with started_server(gatehouse, root / "prod" / "data") as server:
            registries = Registries(lab, root / "lab" / "artifacts", Client(gatehouse, server), filled["run"])
            reports = {
                "prod/doubler/1": registries.copy("lab/doubler/1", "prod"),
                "prod/doubler/2": registries.copy("lab/doubler/2", "prod"),
                "lab/returned/1": registries.copy("prod/doubler/1", f"{lab}/models/returned"),
            }
            servers = {"lab": [lab, None], "prod": [server.url, server.token]}
            names = ["lab/doubler/1", "lab/doubler/2", *reports]
            asked = [[*servers[name.split("/")[0]], *name.split("/")[1:]] for name in names]
            yield Copied(registries, reports, dict(zip(names, models("show", *map(json.dumps, asked)), strict=True)))


PARTS = ["files", "answer", "params", "metrics", "history", "datasets"]


@pytest.mark.parametrize("number", ["1", "2"])
def test_a_logged_model_and_an_older_version_come_byte_for_byte(copied: Copied, number: str):
    report = copied.reports[f"prod/doubler/{number}"]
    assert report["outcome"] == "copied"
    assert report["verification"] == "not_verified" and "keeps no log" in report["verification_reason"]
    theirs, ours = copied.shown[f"lab/doubler/{number}"], copied.shown[f"prod/doubler/{number}"]
    assert len(theirs["files"]) >= 5 and theirs["answer"] == [3.0, 4.0]
    for part in PARTS:
        assert ours[part] == theirs[part] and ours[part], part
    assert ours["tags"]["promoted_from_registry"] == "lab"
    assert ours["tags"]["source_run_id"] == copied.registries.run
    assert copied.registries.copy(f"lab/doubler/{number}", "prod")["outcome"] == "there"


def test_tags_come_and_aliases_do_not(copied: Copied):
    version = copied.registries.prod.json("version", "show", "doubler", 1)
    assert version["tags"]["owner"] == "risk"
    assert version["aliases"] == []
    dropped = {item["what"]: item["detail"] for item in copied.reports["prod/doubler/1"]["dropped"]}
    assert dropped["aliases"] == "candidate"


def test_a_version_goes_to_mlflow_and_is_loaded_there(copied: Copied):
    report = copied.reports["lab/returned/1"]
    lab = copied.registries.lab
    assert report["outcome"] == "copied"
    assert report["target"] == {"kind": "mlflow", "name": lab, "model": "returned", "version": "1"}
    theirs, ours = copied.shown["lab/returned/1"], copied.shown["prod/doubler/1"]
    for part in PARTS:
        assert theirs[part] == ours[part], part
    tags = theirs["tags"]
    assert tags["promoted_from_registry"] == "prod"
    assert (tags["source_registry"], tags["source_version"]) == ("lab", "1")
    digest = copied.registries.prod.json("version", "show", "doubler", 1)["artifact_digest"]
    assert tags["gatehouse.artifact_digest"] == digest == report["artifact_digest"]
    again = copied.registries.copy("prod/doubler/1", f"{lab}/models/returned")
    assert again["outcome"] == "there" and again["target"]["version"] == "1"


def test_a_copy_to_mlflow_that_was_killed_goes_on_in_the_same_run(copied: Copied, tmp_path: Path):
    registries = copied.registries
    folder = model_files(tmp_path / "m", files=20, large=20_000_000)
    registered(registries.prod, "sizeable", folder)
    command = [registries.prod.gatehouse, "copy", "prod/sizeable/1", f"{registries.lab}/models/sizeable"]
    with held_back(registries.prod.server.url, "weights%2015.bin") as (url, _):
        environment = registries.environment_with(url)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while process.poll() is None and time.monotonic() < deadline:
            if len(list(registries.artifacts.glob("*/*/artifacts/model/part-*/*"))) >= 5:
                break
            time.sleep(0.01)
        process.kill()
        assert process.wait() == -signal.SIGKILL, process.stderr.read()
    report = registries.copy("prod/sizeable/1", f"{registries.lab}/models/sizeable")
    assert report["outcome"] == "copied" and report["target"]["version"] == "1"
    assert report["files"]["there"] > 0
    runs = {path.parents[3] for path in registries.artifacts.glob("*/*/artifacts/model/part-*/*")}
    assert len(runs) == 1
    assert on_disk(runs.pop() / "artifacts" / "model") == on_disk(folder)


def test_what_an_mlflow_server_cannot_do_is_said(copied: Copied):
    refused = copied.registries.copy("prod/doubler/1", "lab/numbered", "--preserve-version", code=1)
    assert "gives numbers itself" in refused["said"]
    assert "not found" in copied.registries.copy("lab/doubler/99", "prod", code=1)["said"]
