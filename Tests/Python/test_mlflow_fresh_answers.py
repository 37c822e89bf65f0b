"""Answers are kept between changes; nobody may notice but by the clock."""

import http.client
import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import started_server

READERS = 6
CHANGES = 150


class Caller:
    """One connection to MLflow's API of a server."""

    def __init__(self, url: str) -> None:
        address = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=120)

    def __call__(self, method: str, path: str, body: dict | None = None, status: int = 200) -> dict:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        data = None if body is None else json.dumps(body)
        self.connection.request(method, f"/api/2.0/mlflow/{path}", data, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status == status, f"{method} {path}: {answer.status} {content[:300]!r}"
        return json.loads(content)


@pytest.fixture(scope="module")
def url(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("fresh") / "data"
    with started_server(gatehouse, folder, "--default-policy", "off", "--insecure-no-auth", token="none") as server:
        yield server.url


def version(call: Caller, model: str, number: int = 1) -> dict:
    return call("GET", f"model-versions/get?name={model}&version={number}")["model_version"]


def aliased(call: Caller, model: str) -> dict:
    return call("GET", f"registered-models/alias?name={model}&alias=champion")["model_version"]


def latest(call: Caller, model: str) -> list[dict]:
    return call("GET", f"registered-models/get-latest-versions?name={model}").get("model_versions", [])


def registered(call: Caller, model: str) -> dict:
    return call("GET", f"registered-models/get?name={model}")["registered_model"]


def new_model(call: Caller, model: str, versions: int) -> None:
    call("POST", "registered-models/create", {"name": model})
    for _ in range(versions):
        call("POST", "model-versions/create", {"name": model, "source": "s3://bucket/model"})
    call("POST", "registered-models/alias", {"name": model, "alias": "champion", "version": "1"})


KEY = {"name": "changing", "version": "1"}
CHANGE: list[tuple[str, Callable[[Caller], object], Callable[[Caller], bool]]] = [
    (
        "description",
        lambda call: call("PATCH", "model-versions/update", KEY | {"description": "new"}),
        lambda call: all(
            read["description"] == "new" for read in (version(call, "changing"), aliased(call, "changing"))
        ),
    ),
    (
        "tag",
        lambda call: call("POST", "model-versions/set-tag", KEY | {"key": "k", "value": "v"}),
        lambda call: {"key": "k", "value": "v"} in aliased(call, "changing").get("tags", []),
    ),
    (
        "tag gone",
        lambda call: call("DELETE", "model-versions/delete-tag", KEY | {"key": "k"}),
        lambda call: "tags" not in version(call, "changing"),
    ),
    (
        "stage",
        lambda call: call("POST", "model-versions/transition-stage", KEY | {"stage": "Staging"}),
        lambda call: [read["current_stage"] for read in latest(call, "changing")].count("Staging") == 1,
    ),
    (
        "alias moved",
        lambda call: call("POST", "registered-models/alias", KEY | {"alias": "champion", "version": "2"}),
        lambda call: aliased(call, "changing")["version"] == "2" and "aliases" not in version(call, "changing"),
    ),
    (
        "model's description",
        lambda call: call("PATCH", "registered-models/update", {"name": "changing", "description": "model"}),
        lambda call: registered(call, "changing").get("description") == "model",
    ),
    (
        "new version",
        lambda call: call("POST", "model-versions/create", {"name": "changing", "source": "s3://bucket/model"}),
        lambda call: latest(call, "changing")[-1]["version"] == "3",
    ),
    (
        "version gone",
        lambda call: call("DELETE", "model-versions/delete", {"name": "changing", "version": "3"}),
        lambda call: latest(call, "changing")[-1]["version"] == "2",
    ),
]


def test_every_change_is_in_the_next_answer(url):
    call = Caller(url)
    new_model(call, "changing", versions=2)
    for name, change, is_seen in CHANGE:
        for _ in range(2):
            assert not is_seen(call), f"{name}: seen before it was made"
        change(call)
        for _ in range(2):
            assert is_seen(call), f"{name}: not in the answer after it was made"


def test_what_is_gone_is_not_answered_from_memory(url):
    call = Caller(url)
    new_model(call, "going", versions=1)
    for _ in range(2):
        aliased(call, "going")
    call("DELETE", "registered-models/alias", {"name": "going", "alias": "champion"})
    call("GET", "registered-models/alias?name=going&alias=champion", status=400)
    call("DELETE", "registered-models/delete", {"name": "going"})
    call("GET", "registered-models/get?name=going", status=404)


def test_no_answer_is_older_than_a_change_acknowledged_before_it_was_asked_for(url):
    writer = Caller(url)
    new_model(writer, "racing", versions=1)
    writer("PATCH", "model-versions/update", {"name": "racing", "version": "1", "description": "0"})
    acknowledged = 0
    failures: list[str] = []
    done = threading.Event()

    def read() -> None:
        call = Caller(url)
        while not done.is_set():
            least = acknowledged
            seen = int(version(call, "racing")["description"])
            if seen < least:
                failures.append(f"{seen} after {least}")

    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        for change in range(1, CHANGES + 1):
            writer("PATCH", "model-versions/update", {"name": "racing", "version": "1", "description": str(change)})
            acknowledged = change
            assert version(writer, "racing")["description"] == str(change)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not failures, failures[:5]
