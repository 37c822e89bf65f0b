"""Gatehouse and MLflow's own server get the same requests, and answer alike.

The steps are in mlflow_wire/, one file per area, sent in order to two fresh servers. What differs by nature
(identifiers, the time, page tokens) is left out of the comparison; the text of an error is compared where a step asks
for it with `words()`, everything else always. GATEHOUSE_WIRE_URL names a fresh server to compare instead of Gatehouse.
"""

import os
import secrets
import subprocess
import urllib.error
import urllib.request
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest
from conftest import started_server, unused_port
from mlflow_wire import (
    artifacts,
    experiments,
    logged_models,
    registry,
    registry_search,
    rules,
    run_search,
    runs,
    webhooks,
)
from mlflow_wire.exchange import Answer, Server, differences
from mlflow_wire.steps import Step, with_twins

AREAS = [rules, experiments, runs, run_search, logged_models, artifacts, registry, registry_search, webhooks]
STEPS = [(area.__name__.split(".")[-1], step) for area in AREAS for step in with_twins(area.STEPS)]
CASES = [
    pytest.param(number, step, id=f"{area}-{number:04} {step.label}")
    for number, (area, step) in enumerate(STEPS)
    if step.is_compared
]
REFERENCE_START_SECONDS_MAX = 180


@dataclass(frozen=True)
class Difference:
    """Where Gatehouse answers otherwise than MLflow on purpose: with this status, for this reason."""

    status: int
    reason: str


UNREAD = Difference(
    400, "MLflow drops what it cannot read and what follows it, and goes on; Gatehouse says what is wrong"
)
OTHER_METHOD = Difference(404, "Gatehouse tells routes apart by path and method, and says that this one does not exist")

# Beside these: where MLflow fails with 500, Gatehouse refuses, because clients repeat what ends with 500 for minutes.
DIFFERENCES = {
    # More is refused: names that cannot be typed, shown or stored everywhere.
    "a NUL in a name": Difference(400, "PostgreSQL cannot store it"),
    "a model name of 257 characters": Difference(400, "MLflow's own column holds 256; SQLite does not care"),
    "a description of 100,001 characters": Difference(413, "MLflow has no limit where the database has none"),
    "an alias with a line break": Difference(400, "MLflow's pattern means to forbid it"),
    "deleting /nowhere/x.txt": Difference(400, "MLflow redirects to a path that it then takes"),
    "deleting %2Fnowhere%2Fx.txt": Difference(400, "the same path in another spelling"),
    "a key twice in one object": Difference(400, "readers disagree on which of the two counts (RFC 8259, 4)"),
    "a metric without a name": Difference(400, "there is none"),
    "an order by a metric without a name": Difference(400, "there is none"),
    "an order by the digest of a data set without its name": Difference(400, "as filters by it are refused"),
    "a page of no models": Difference(400, "as for all other lists"),
    "a page of fewer than no models": Difference(400, "as for all other lists"),
    "downloading a%5C..%5Cb": Difference(400, "a backslash separates folders on some systems"),
    "uploading to a%5C..%5Cb": Difference(400, "the same"),
    "deleting a%5C..%5Cb": Difference(400, "the same"),
    # Values of another type than the field's
    "a fraction as a whole number": UNREAD,
    "an exponent as a whole number": UNREAD,
    "a number over 64 bits": UNREAD,
    "a truth value as a number": UNREAD,
    "a number in a tag": UNREAD,
    "a number as a tag": UNREAD,
    "null as a tag": UNREAD,
    "an object as tags": UNREAD,
    "a number without a validator": UNREAD,
    "a truth value as a metric": UNREAD,
    "a fraction as a time": UNREAD,
    "text as a metric of a batch": UNREAD,
    "an input without a data set": UNREAD,
    "a status that does not exist": UNREAD,
    "an update without a description": Difference(
        200, "the description is empty then, where MLflow leaves the field out"
    ),
    # MLflow answers with the error of its database.
    "a new name that is taken": Difference(400, "the code says what is wrong: RESOURCE_ALREADY_EXISTS"),
    "a parameter of a logged model twice": Difference(400, "the code says what is wrong"),
    "a metric of a model nobody knows": Difference(404, "the code says what is wrong"),
    "a run without an experiment": Difference(400, "the code says what is wrong"),
    "an output twice": Difference(200, "what is there already is not linked twice; repeating a call does no harm"),
    # More is taken: older clients send it, or it can only mean one thing.
    "a run id in camel case": Difference(200, "MLflow looks for fields that must be there in snake case only"),
    "camel case in a query": Difference(200, "the spellings are the same wherever a field stands"),
    "a content type in capitals": Difference(200, "media types are compared without regard to case (RFC 9110, 8.3.1)"),
    "a run's files without its id": Difference(200, "clients before 3.13 register this way"),
    "the first version of a name used before": Difference(
        200, "its number goes on: one number never means two versions"
    ),
    "an event twice": Difference(200, "MLflow's database refuses the second row; to be told twice is to be told"),
    "a multipart upload": Difference(200, "MLflow's local store has none"),
    "a range that is none": Difference(200, "a range that cannot be read is to be ignored (RFC 9110, 14.2)"),
    # Routes
    "POST of a route for GET": OTHER_METHOD,
    "GET of a route for POST": OTHER_METHOD,
    "DELETE of a route for GET": OTHER_METHOD,
    "PATCH of a route for POST": OTHER_METHOD,
    "POST of a search for GET": OTHER_METHOD,
    "POST of a search for GET, too": OTHER_METHOD,
    "OPTIONS": Difference(404, "pages of other origins may not call at all, so there is nothing to ask beforehand"),
}


@contextmanager
def reference_server(folder: Path) -> Iterator[str]:
    """`mlflow server` as it is out of the box, with SQLite and artifacts through the server."""
    program = os.environ.get("GATEHOUSE_MLFLOW_SERVER")
    if not program:
        pytest.skip(
            "GATEHOUSE_MLFLOW_SERVER is not set: python3 -m venv client && client/bin/pip install -r "
            "Tests/Python/mlflow-3.txt, then GATEHOUSE_MLFLOW_SERVER=client/bin/mlflow"
        )
    port = unused_port()
    settings = {
        "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
        "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    places = [
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        str(folder / "artifacts"),
    ]
    with (folder / "mlflow.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "server", "--port", str(port), "--workers", "1", *places],
            cwd=folder,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_healthy(url, process, folder / "mlflow.log")
        yield url
    finally:
        # It starts processes of its own: all of its session end.
        os.killpg(process.pid, 15)
        process.wait()


def wait_until_healthy(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = monotonic() + REFERENCE_START_SECONDS_MAX
    while monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{url}/health", timeout=1).close()
            return
        except (urllib.error.URLError, OSError):
            sleep(0.2)
    pytest.fail(f"mlflow server was not ready within {REFERENCE_START_SECONDS_MAX} s\n{log.read_text()}")


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Answer, Answer]]:
    """MLflow's answer and ours, for every step."""
    folder = tmp_path_factory.mktemp("wire")
    with reference_server(folder) as theirs_url:
        if url := os.environ.get("GATEHOUSE_WIRE_URL"):
            return conversation(Server(theirs_url), Server(url))
        options = ["--default-policy", "off", "--insecure-no-auth", "--webhook-allow-private"]
        with started_server(request.getfixturevalue("gatehouse"), folder / "data", *options, token="none") as server:
            return conversation(Server(theirs_url), Server(server.url))


def conversation(theirs: Server, ours: Server) -> list[tuple[Answer, Answer]]:
    return [(theirs.ask(step), ours.ask(step)) for _, step in STEPS]


@pytest.mark.parametrize(("number", "step"), CASES)
def test_answers_alike(answers: list[tuple[Answer, Answer]], number: int, step: Step) -> None:
    theirs, ours = answers[number]
    if wanted := DIFFERENCES.get(step.name):
        assert ours.status == wanted.status, f"{wanted.reason}: got {ours}"
        return
    assert not (found := differences(step, theirs, ours)), "\n".join(found)


def test_every_difference_is_of_a_step() -> None:
    assert set(DIFFERENCES) <= {step.name for _, step in STEPS}
