"""Experiments, shadow evidence and a registry's own gateway; the numbers are computed a second time with numpy."""

import hashlib
import hmac
import json
import math
import re
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from certificates import certificate
from conftest import Client, Server, started_server
from web import Answer, ask, bearer

PREFIX = "/api/gatehouse/v1"
WAIT_SECONDS_MAX = 120
MODEL = "credit-risk"
POLICY = """\
model: credit-risk
enforcement: enforce
gates:
  custom: [{name: legal, kind: attestation}]
shadow: {fraction: 1, min_duration: 2s, min_requests: 50, min_coverage: 0.9, max_disagreement: 0.2}
review: {required: 0}
"""


class Registry:
    """A server with v1 in production behind an endpoint that knows its customers, and v2 in Staging."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.gateway_token = client.json("token", "create", "gw", "--grant", "gateway")["token"]
        key = self.ask("serving/record-key").json()["key"]
        self.key = bytes.fromhex(key)
        self.batch = 0

    def ask(self, path: str, method: str = "GET", **options: object) -> Answer:
        return ask(self.client.server.url, f"{PREFIX}/{path}", method, headers=bearer(self.gateway_token), **options)

    def ship(self, *records: dict) -> dict:
        self.batch += 1
        body = "".join(json.dumps(record) + "\n" for record in records).encode()
        answer = self.ask(f"serving/gateways/gw-1/batches/{self.batch}", "POST", body=body)
        assert answer.status == 200, answer
        return answer.json()

    def post(self, *outcomes: dict) -> dict:
        answer = self.ask("serving/endpoints/credit/outcomes", "POST", body={"outcomes": list(outcomes)})
        assert answer.status == 200, answer
        return answer.json()

    def unit(self, name: str) -> str:
        return hmac.new(self.key, name.encode(), hashlib.sha256).hexdigest()


@pytest.fixture(scope="module")
def registry(gatehouse: Path, example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("experiment")
    with started_server(gatehouse, folder / "data", "--default-policy", "warn") as server:
        client = Client(gatehouse, server)
        client("model", "create", MODEL)
        for version in ("v1", "v2", "v3"):
            client("version", "create", MODEL, "--model", example / "models" / version)
        client("adopt", MODEL, 1, "--reason", "ran before")
        stage(client, 2, "Staging")
        endpoint = folder / "credit.yaml"
        endpoint.write_text(f"endpoint: credit\nmodel: {MODEL}\nupstream: native\nunit: {{header: x-customer}}\n")
        client("endpoint", "apply", endpoint)
        yield Registry(client, folder)


def stage(client: Client, version: int, to: str) -> None:
    path = f"models/{MODEL}/versions/{version}/transitions"
    status, answer = client.call("POST", path, {"to": to, "reason": "test"})
    assert status == 200, answer


def start(registry: Registry, *options: object, version: int = 2, code: int = 0) -> dict:
    given = ("--endpoint", "credit", "--outcome", "defaulted", "--better", "lower", "--minimum-effect", 0.05, *options)
    if code:
        return {"stderr": registry.client("experiment", "start", MODEL, version, *given, code=code).stderr}
    return registry.client.json("experiment", "start", MODEL, version, *given)


def now_ms() -> int:
    return int(time.time() * 1000)


def exposures(registry: Registry, experiment: dict, names: list[str], is_challenger: np.ndarray) -> list[dict]:
    return [
        {
            "exposure": {
                "request_id": f"{experiment['id']}-{name}",
                "endpoint": "credit",
                "segment": "default",
                "split": experiment["id"],
                "arm": "challenger" if challenger else "champion",
                "reason": "assigned",
                "unit_hash": registry.unit(name),
                "assigned_version": 2 if challenger else 1,
                "served_version": 2 if challenger else 1,
                "served_digest": experiment["digest"],
                "at_ms": now_ms(),
                "latency_us": 900,
                "status": 200,
            }
        }
        for name, challenger in zip(names, is_challenger, strict=True)
    ]


def mixture(champion: np.ndarray, challenger: np.ndarray, tau: float, alpha: float) -> tuple[float, ...]:
    """Difference, interval and p of the mixture sequential test (Robbins, 1970; Johari et al., 2015)."""
    difference = challenger.mean() - champion.mean()
    variance = champion.var(ddof=1) / len(champion) + challenger.var(ddof=1) / len(challenger)
    total = variance + tau**2
    radius = math.sqrt(variance * total / tau**2 * (2 * math.log(1 / alpha) + math.log(total / variance)))
    likelihood = math.sqrt(variance / total) * math.exp(tau**2 * difference**2 / (2 * variance * total))
    return difference, difference - radius, difference + radius, min(1.0, 1 / likelihood)


def test_an_experiment_is_started_shipped_to_reported_and_stopped(registry: Registry) -> None:
    experiment = start(registry, "--percent", 25, "--maturity", "0s", "--covariate", "balance")
    assert (experiment["champion_version"], experiment["challenger_version"], experiment["percent"]) == (1, 2, 25)
    shown = registry.client.json("endpoint", "show", "credit")
    challenger = next(route for route in shown["routes"] if route["role"] == "challenger")
    assert (challenger["version"], challenger["share"]) == (2, 0.25)
    report = registry.client.json("experiment", "report", experiment["id"], code=3)["report"]
    assert (report["verdict"], report["reason"]) == ("not_decided", "empty_arm")

    random = np.random.default_rng(7)
    names = [f"customer-{n}" for n in range(600)]
    is_challenger = np.arange(600) % 4 == 0
    balance = random.normal(size=600)
    outcome = (random.uniform(size=600) < np.where(is_challenger, 0.08, 0.35)).astype(float)
    before = [
        {"unit": name, "label": "balance", "value": float(value), "event_at": "2020-01-01"}
        for name, value in zip(names, balance, strict=True)
    ]
    assert registry.post(*before)["new"] == 600
    assert registry.ship(*exposures(registry, experiment, names, is_challenger))["exposures"] == 600
    time.sleep(0.01)
    known = [
        {"request_id": f"{experiment['id']}-{name}", "label": "defaulted", "value": value, "event_at": "2026-01-01"}
        for name, value in zip(names, outcome, strict=True)
    ]
    registry.post(*known)

    answer = registry.client.json("experiment", "report", MODEL)
    found = answer["report"]
    assert found["champion"] == {
        "exposed": 450,
        "matured": 450,
        "labelled": 450,
        "coverage": 1,
        "mean": pytest.approx(outcome[~is_challenger].mean(), abs=1e-12),
    }
    difference, lower, upper, p = mixture(outcome[~is_challenger], outcome[is_challenger], 0.05, 0.05)
    for name, value in (("difference", difference), ("lower", lower), ("upper", upper), ("p", p)):
        assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name
    assert found["verdict"] == "better"
    assert not found["sample_ratio"]["mismatch"]
    assert found["adjusted"]["theta"] is not None
    assert {(line["arm"], line["requests"]) for line in answer["requests"]} == {("champion", 450), ("challenger", 150)}
    told = registry.client("experiment", "report", MODEL).stdout
    assert "v2 is better than v1" in told and "with outcome" in told

    stopped = registry.client.json("experiment", "stop", experiment["id"], "--reason", "better")
    assert (stopped["ended"], bool(stopped["stopped_at"])) == ("stopped", True)
    roles = {route["role"] for route in registry.client.json("endpoint", "show", "credit")["routes"]}
    assert "challenger" not in roles
    assert registry.client.json("experiment", "list", MODEL, "--open")["items"] == []
    # Nobody is promoted by it.
    assert registry.client.json("version", "show", MODEL, 2)["stage"] == "Staging"


def test_arms_without_their_shares_decide_nothing(registry: Registry) -> None:
    experiment = start(registry, "--percent", 50, "--maturity", "0s")
    names = [f"skewed-{n}" for n in range(300)]
    is_challenger = np.arange(300) % 5 == 0
    registry.ship(*exposures(registry, experiment, names, is_challenger))
    registry.post(
        *(
            {"unit": name, "label": "defaulted", "value": int(not challenger), "event_at": "2026-06-01"}
            for name, challenger in zip(names, is_challenger, strict=True)
        )
    )
    report = registry.client.json("experiment", "report", experiment["id"], code=3)["report"]
    assert report["sample_ratio"]["mismatch"]
    assert (report["verdict"], report["reason"]) == ("not_decided", "sample_ratio_mismatch")
    assert "did not get their shares" in registry.client("experiment", "report", experiment["id"], code=3).stdout
    registry.client("experiment", "stop", experiment["id"], "--reason", "broken")


def test_what_cannot_work_is_refused_with_the_way_out(registry: Registry) -> None:
    assert "--to staging" in start(registry, version=3, code=1)["stderr"]
    assert "is the champion" in start(registry, version=1, code=1)["stderr"]
    assert "50 per cent" in start(registry, "--percent", 60, code=1)["stderr"]
    running = start(registry)
    again = start(registry, code=1)["stderr"]
    assert f"gatehouse experiment stop {running['id']}" in again
    registry.client("experiment", "stop", running["id"], "--reason", "test")
    for body in ({}, {"model": MODEL}, b"{", {"model": MODEL, "version": 2, "endpoint": "credit", "better": "up"}):
        assert registry.client.call("POST", "experiments", body)[0] == 400
    assert registry.client.call("GET", "experiments/exp_none/report")[0] == 404


# Shadow evidence


def pairs(run: str, count: int) -> list[dict]:
    def answered(version: int, latency: int) -> dict:
        return {"version": version, "status": 200, "latency_us": latency, "predictions": [0.2]}

    return [
        {
            "shadow": {
                "request_id": f"{run}-{n}",
                "endpoint": "credit",
                "segment": "default",
                "at_ms": now_ms(),
                "production": answered(1, 900),
                "shadow": answered(2, 800),
            }
        }
        for n in range(count)
    ]


def window(registry: Registry, copies: int) -> dict:
    """What a gateway counted beside v1 in one second."""
    return {
        "window": {
            "endpoint": "credit",
            "segment": "default",
            "arm": "champion",
            "version": 1,
            "digest": registry.client.json("version", "show", MODEL, 1)["artifact_digest"],
            "from_ms": now_ms(),
            "to_ms": now_ms() + 1000,
            "requests": copies,
            "errors": 0,
            "rejected": 0,
            "latency": {"counts": []},
            "predictions": {"edges": [0.5], "counts": [0, 0], "not_a_number": 0, "missing": 0},
            "features": [],
            "inspected": 0,
            "unreadable": 0,
            "schema": {"fields": [], "unnamed": 0},
            "shadow": {
                "eligible": copies,
                "mirrored": copies,
                "late": 0,
                "failed": 0,
                "dropped": {},
                "too_large": {},
            },
        }
    }


def test_a_promotion_waits_for_the_shadow_that_its_policy_asks_for(registry: Registry, tmp_path: Path) -> None:
    client = registry.client
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    client("policy", "apply", policy)
    client("attest", MODEL, 2, "legal", "--note", "seen")
    client("evaluate", MODEL, 2, "--wait")
    to_production = ("promote", MODEL, 2, "--to", "production", "--reason", "beats v1")

    never = client(*to_production, code=2)
    assert "was never in shadow" in never.stdout + never.stderr
    run = client.json("shadow", "start", MODEL, 2, "--endpoint", "credit")
    early = client(*to_production, code=2)
    assert "0 of 50 requests were compared" in early.stdout + early.stderr

    registry.ship(window(registry, 200), *pairs(run["id"], 200))
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < deadline:
        report = client.call("GET", f"serving/shadows/{run['id']}/report")[1]["report"]
        if report["verdict"] == "pass":
            break
        time.sleep(0.1)
    client(*to_production)
    assert client.json("version", "show", MODEL, 2)["stage"] == "Production"
    shown = client.json("audit", "why", MODEL, 2)["shadow"]
    assert (shown["result"]["run"], shown["result"]["verdict"], shown["asked"]) == (run["id"], "pass", True)
    assert (shown["result"]["eligible"], shown["result"]["compared"]) == (200, 200)
    told = client("audit", "why", MODEL, 2).stdout
    assert "200 of 200 requests" in told and "refused" in told


# A gateway in the registry's process


def gateway_url(server: Server) -> str:
    found = until(lambda: re.search(r"gateway (\S+) answers at (\S+)", server.log.read_text()))
    return found.group(2)


def until(happened: Callable[[], object]) -> object:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < deadline:
        if found := happened():
            return found
        time.sleep(0.05)
    raise AssertionError(f"it did not happen within {WAIT_SECONDS_MAX} s")


def states(client: Client) -> list[str]:
    return [gateway["state"] for gateway in client.call("GET", "serving/inventory")[1]["gateways"]]


def test_a_registry_answers_requests_with_a_gateway_of_its_own(
    gatehouse: Path, example: Path, holdout: Path, tmp_path: Path
) -> None:
    options = ("--default-policy", "warn", "--gateway", "127.0.0.1:0")
    lines = holdout.read_text().splitlines()
    features = [(name, value) for name, value in zip(lines[0].split(","), lines[1].split(","), strict=True)]
    # Everything that is a number; what a model does not take is not looked at.
    row = {name: json.loads(value) for name, value in features if value.replace(".", "", 1).isdigit()}
    asked = {"dataframe_records": [row]}

    def score(url: str) -> Answer:
        return ask(url, "/endpoints/credit/invocations", "POST", headers={"x-customer": "ada"}, body=asked)

    with started_server(gatehouse, tmp_path / "data", *options) as server:
        client = Client(gatehouse, server)
        client("model", "create", MODEL)
        client("version", "create", MODEL, "--model", example / "models" / "v1")
        client("adopt", MODEL, 1, "--reason", "ran before")
        (tmp_path / "credit.yaml").write_text(
            f"endpoint: credit\nmodel: {MODEL}\nupstream: native\nunit: {{header: x-customer}}\n"
        )
        client("endpoint", "apply", tmp_path / "credit.yaml")
        url = gateway_url(server)
        answer = until(lambda: (found := score(url)).status == 200 and found)
        assert answer.headers["x-gatehouse-version"] == "1"
        assert len(answer.json()["predictions"]) == 1
        until(lambda: states(client) == ["current"])
        token = server.token
        assert len(client.json("token", "list")["items"]) == 2
    # The same gateway with the same token after a restart.
    with started_server(gatehouse, tmp_path / "data", *options, token=token) as server:
        until(lambda: score(gateway_url(server)).status == 200)
        client = Client(gatehouse, server)
        assert len(client.json("token", "list")["items"]) == 2
        until(lambda: states(client) == ["current"])
        before = client.call("GET", "serving/inventory")[1]["gateways"][0]["started_at"]
    # And over HTTPS, whatever names the certificate has.
    chain, key = certificate(tmp_path, "registry")
    trust = ssl.create_default_context(cafile=chain)
    tls = ("--tls-certificate", str(chain), "--tls-key", str(key))
    with started_server(gatehouse, tmp_path / "data", *options, *tls, token=token, trust=trust) as server:
        until(lambda: score(gateway_url(server)).status == 200)

        def reported() -> bool:
            answer = ask(server.url, f"{PREFIX}/serving/inventory", headers=bearer(token), trust=trust)
            (gateway,) = answer.json()["gateways"]
            return gateway["state"] == "current" and gateway["started_at"] != before

        until(reported)
