"""MLflow's own Python clients, unchanged: the flows of mlflow_client/, against a server without a policy and one with.

Starting MLflow takes seconds, so each client runs all flows in one process, and a test here reports one of their files.
With GATEHOUSE_MLFLOW_URL the flows run against the server of that address: `mlflow server` must pass them, too.
"""

import os
import subprocess
import xml.etree.ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Server, started_server

FLOWS = Path(__file__).parent / "mlflow_client"
FILES = sorted(file.stem for file in FLOWS.glob("test_*.py"))
CLIENT_SECONDS_MAX = 600
# Webhooks of the flows go to this machine.
FREE = ("--default-policy", "off", "--insecure-no-auth", "--webhook-allow-private")
# pytest: everything passed; some tests failed.
REPORTED = (0, 1)


def pythons() -> list[Path]:
    """Interpreters with a client of MLflow: `GATEHOUSE_MLFLOW_PYTHONS=/a/bin/python:/b/bin/python`."""
    return [Path(python) for python in os.environ.get("GATEHOUSE_MLFLOW_PYTHONS", "").split(":") if python]


@dataclass(frozen=True)
class Flow:
    """One inner test and how it ended; `skipped` and `failure` are what it said."""

    name: str
    skipped: str | None
    failure: str | None


def read_report(file: Path) -> dict[str, list[Flow]]:
    """The flows of each file, from the report that pytest writes in JUnit's format."""
    flows: dict[str, list[Flow]] = {}
    for case in xml.etree.ElementTree.parse(file).iter("testcase"):
        skipped, failure = case.find("skipped"), case.find("failure")
        if failure is None:
            failure = case.find("error")
        # A file that cannot even be imported is reported without a class, under its own name.
        where = (case.get("classname") or case.get("name", "")).split(".")[0]
        flows.setdefault(where, []).append(
            Flow(
                name=case.get("name", ""),
                skipped=None if skipped is None else skipped.get("message"),
                failure=None if failure is None else f"{failure.get('message')}\n{failure.text}",
            )
        )
    return flows


def start_flows(python: Path, settings: dict[str, str], report: Path) -> subprocess.Popen:
    settings = {**settings, "PYTHONWARNINGS": "ignore"}
    pytest_options = ["-q", "-p", "no:cacheprovider", "--tb=short", "--show-capture=no", f"--junitxml={report}"]
    places = [f"--rootdir={FLOWS}", f"--confcutdir={FLOWS}", f"--basetemp={report.with_suffix('')}", str(FLOWS)]
    with report.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            [python, "-m", "pytest", *pytest_options, *places],
            cwd=report.parent,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture(scope="module")
def addresses(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where the servers are, as the settings of a client."""
    if url := os.environ.get("GATEHOUSE_MLFLOW_URL"):
        yield {"MLFLOW_TRACKING_URI": url}
        return
    binary = request.getfixturevalue("gatehouse")
    free, guarded = (tmp_path_factory.mktemp(name) / "data" for name in ("free", "guarded"))
    with (
        started_server(binary, free, *FREE, token="none") as plain,
        started_server(binary, guarded) as enforcing,
    ):
        yield settings_of(plain, enforcing)


def settings_of(plain: Server, enforcing: Server) -> dict[str, str]:
    return {
        "MLFLOW_TRACKING_URI": plain.url,
        "GATEHOUSE_ENFORCED_URL": enforcing.url,
        "GATEHOUSE_ENFORCED_TOKEN": enforcing.token,
    }


@pytest.fixture(scope="module")
def reports(addresses: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[Path, dict[str, list[Flow]]]:
    """What every client found. They work at the same time, as the clients of a team do."""
    folder = tmp_path_factory.mktemp("flows")
    running = {}
    try:
        for number, python in enumerate(pythons()):
            running[python] = start_flows(python, addresses, folder / f"client-{number}.xml")
        for number, process in enumerate(running.values()):
            code = process.wait(timeout=CLIENT_SECONDS_MAX)
            assert code in REPORTED, (folder / f"client-{number}.log").read_text()
    finally:
        for process in running.values():
            process.kill()
            process.wait()
    return {python: read_report(folder / f"client-{number}.xml") for number, python in enumerate(running)}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("python", pythons() or [None], ids=lambda python: python and python.parents[1].name)
def test_flows(request: pytest.FixtureRequest, python: Path | None, file: str) -> None:
    if python is None:
        pytest.skip(
            "GATEHOUSE_MLFLOW_PYTHONS is not set: python3 -m venv client && client/bin/pip install -r "
            "Tests/Python/mlflow-3.txt, then GATEHOUSE_MLFLOW_PYTHONS=client/bin/python"
        )
    flows = request.getfixturevalue("reports")[python].get(file, [])
    assert flows, f"no flow of {file} was reported"
    failed = [f"{flow.name}: {flow.failure}" for flow in flows if flow.failure is not None]
    assert not failed, f"{len(failed)} of {len(flows)} flows failed\n\n" + "\n".join(failed)
    if all(flow.skipped is not None for flow in flows):
        pytest.skip(flows[0].skipped)
