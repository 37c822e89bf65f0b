"""Rollouts over real processes: a registry that is killed, a gateway, model servers, and users who keep asking."""

import http.client
import itertools
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import CALL_SECONDS_MAX, Client, Server
from model_server import ModelServer, model_servers
from mortal_server import MortalServer
from test_gateway import Gateway, gateway_options, produce, started_gateway, until

USERS = 300
# A step is longer than a busy machine may take to notice it.
POLICY = """\
model: {model}
enforcement: warn
rollout: {{steps: [5, 25, 100], step_min_duration: 8s, step_min_requests: 10, step_max_duration: 1h, bake: 1h,
  rollback_on: {{error_rate: 0.05}}}}
"""
ENDPOINT = "endpoint: {model}\nmodel: {model}\nupstream: {url}\nunit: {{header: x-customer}}\n"


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with model_servers() as running:
        yield running


@dataclass
class Users:
    """Everybody asks in turn. Which versions each was answered by, in order and without repetitions; what was no 200."""

    versions: dict[int, list[str]] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)

    def ask(self, gateway: Gateway, endpoint: str, stop: threading.Event) -> None:
        address = urllib.parse.urlsplit(gateway.url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=CALL_SECONDS_MAX)
        body = json.dumps({"inputs": [1.0]})
        for user in itertools.cycle(range(USERS)):
            if stop.is_set():
                return connection.close()
            headers = {"Content-Type": "application/json", "x-customer": f"user-{user}"}
            connection.request("POST", f"/endpoints/{endpoint}/invocations", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                seen = self.versions.setdefault(user, [])
                version = answer.headers["x-gatehouse-version"]
                if not seen or seen[-1] != version:
                    seen.append(version)
            else:
                self.failures.append(answer.status)
            time.sleep(0.004)


@contextmanager
def asking(gateway: Gateway, *endpoints: str) -> Iterator[list[Users]]:
    stop = threading.Event()
    users = [Users() for _ in endpoints]
    threads = [
        threading.Thread(target=one.ask, args=(gateway, endpoint, stop)) for one, endpoint in zip(users, endpoints)
    ]
    for thread in threads:
        thread.start()
    try:
        yield users
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def client_of(server: MortalServer) -> Client:
    log = server.folder / "serve.log"
    return Client(server.binary, Server(f"http://127.0.0.1:{server.port}", server.token, server.data, log, server.process))


def prepare(client: Client, folder: Path, example: Path, model: str, upstream: str) -> None:
    """Version 1 serves, version 2 waits in Staging."""
    assert client.call("POST", "models", {"name": model})[0] == 201
    for version in ("v1", "v2"):
        client("version", "create", model, "--model", example / "models" / version)
    produce(client, model, 1)
    assert client.call("POST", f"models/{model}/versions/2/transitions", {"to": "Staging"})[0] == 200
    for name, text in (("endpoint", ENDPOINT), ("policy", POLICY)):
        file = folder / f"{name}.yaml"
        file.write_text(text.format(model=model, url=upstream))
        client(name, "apply", file)


def test_a_good_version_takes_over_and_a_bad_one_goes_back_while_the_registry_is_killed(
    gatehouse: Path, tmp_path: Path, example: Path, models: ModelServer
) -> None:
    models.failing.add("92")
    server = MortalServer(gatehouse, tmp_path, options=("--default-policy", "warn"), keeps_port=True)
    server.start()
    try:
        client = client_of(server)
        prepare(client, tmp_path, example, "credit-risk", f"{models.url}/{{version}}")
        prepare(client, tmp_path, example, "fraud", f"{models.url}/9{{version}}")
        with (
            started_gateway(gatehouse, tmp_path, *gateway_options(client, tmp_path)) as gateway,
            asking(gateway, "credit-risk", "fraud") as (good, bad),
        ):
            until(lambda: min(len(good.versions), len(bad.versions)) > USERS / 3)
            started = client.json("rollout", "start", "fraud", 2, "--reason", "it looked well")
            assert (started["phase"], started["percent"]) == ("observing", 5)
            assert started["power"]

            over = client.json("rollout", "watch", "fraud", code=2)
            assert (over["phase"], over["percent"], over["verdict"]) == ("rolled_back", 0, "rollback")
            assert "requests failed, more than 5.0 %" in over["reason"]
            last = over["events"][-1]
            assert (last["what"], last["by"]) == ("rolled_back", "system:rollouts")
            measured = {check["name"]: check for check in last["checks"]}
            assert measured["error_rate"]["value"] > 0.05
            assert measured["error_rate"]["champion"] == 0
            assert client.call("GET", "models/fraud/versions/2")[1]["stage"] == "Archived"
            refused = client("rollout", "advance", "fraud", "--reason", "still", code=1)
            assert "is over" in refused.stderr

            # Through MLflow's door as well as by command.
            produce(client, "credit-risk", 2)
            mine = client.call("GET", "rollouts?model=credit-risk")[1]["items"][0]["id"]
            until(lambda: status_at(client, mine, 25))
            server.kill()
            alone = [gateway.score("credit-risk", x_customer=f"user-{user}") for user in range(60)]
            assert {answer.headers["x-gatehouse-version"] for answer in alone} == {"1", "2"}
            server.start()
            everybody = until(lambda: status_at(client, mine, 100))
            assert everybody["events"][-1]["by"] == "system:rollouts"
            # The bake is an hour long; somebody has seen enough before.
            while client.call("GET", f"rollouts/{mine}")[1]["phase"] != "promoted":
                status, answer = client.call("POST", f"rollouts/{mine}/advance", {"reason": "seen enough"})
                assert status == 200, answer
            assert client.json("rollout", "watch", "credit-risk")["phase"] == "promoted"
            until(lambda: all(seen[-1] == "2" for seen in list(good.versions.values())))
        assert good.failures == []
        # Nobody went back and forth; the few who met the bad version returned.
        assert all(seen in (["1"], ["1", "2"], ["2"]) for seen in good.versions.values())
        assert all(seen[-1] == "1" for seen in bad.versions.values())
        history = client.json("history", "credit-risk")["items"]
        assert [(entry["version"], entry["how"]) for entry in history] == [
            (2, "rollout.promoted"),
            (1, "transition.granted"),
        ]
    finally:
        if server.process.poll() is None:
            assert server.stop() == 0


def status_at(client: Client, rollout: str, percent: int) -> dict | None:
    status, found = client.call("GET", f"rollouts/{rollout}")
    return found if status == 200 and found["percent"] == percent else None


def test_what_is_said_without_a_rollout(client: Client) -> None:
    assert "had no rollout" in client("rollout", "status", "m", code=1).stderr
    assert "no rollout 'rol_x'" in client("rollout", "hold", "rol_x", code=1).stderr
    assert client.json("rollout", "list")["items"] == []
