"""Endpoints, route tables, gateways and their records, as people and gateways meet them over HTTP."""

import base64
import concurrent.futures
import dataclasses
import hashlib
import hmac
import json
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Client, started_server
from web import Answer, ask, bearer

PREFIX = "/api/gatehouse/v1/serving"
ENDPOINT = """\
endpoint: credit
model: credit-risk
upstream: http://scoring:8080/{version}
unit: {header: X-Customer}
segment: {header: x-region}
"""
WAIT_SECONDS = 20
ANSWER_SECONDS_MAX = 120


@dataclasses.dataclass(frozen=True)
class Registry:
    """A server with three versions of one model under a policy that only warns, and a token per role."""

    client: Client
    folder: Path
    tokens: dict[str, str]

    def gateway(self, path: str, method: str = "GET", token: str = "gateway", **options: object) -> Answer:
        headers = {**bearer(self.tokens[token]), **options.pop("headers", {})}
        return ask(self.client.server.url, f"{PREFIX}/{path}", method, headers=headers, **options)

    def routes(self, after: int = 0, wait: int = 0) -> Answer:
        return self.gateway(f"routes?after={after}&wait_seconds={wait}")

    def newest(self) -> dict:
        return payload(self.routes())

    def ship(self, gateway: str, number: int, *records: dict, token: str = "gateway") -> Answer:
        lines = "".join(json.dumps(record) + "\n" for record in records)
        return self.gateway(f"gateways/{gateway}/batches/{number}", "POST", token, body=lines.encode())

    def produce(self, version: int) -> None:
        body = {"to": "Production", "reason": "test"}
        status, answer = self.client.call("POST", f"models/credit-risk/versions/{version}/transitions", body)
        assert status == 200, answer


def payload(answer: Answer) -> dict:
    assert answer.status == 200, answer
    return json.loads(base64.b64decode(answer.json()["payload"]))


@pytest.fixture(scope="module")
def registry(gatehouse: Path, example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("serving")
    with started_server(gatehouse, folder / "data", "--default-policy", "warn") as server:
        client = Client(gatehouse, server)
        client("model", "create", "credit-risk")
        for version in ("v1", "v2", "v3"):
            client("version", "create", "credit-risk", "--model", example / "models" / version)
        roles = ["gateway", "viewer", "operator", "production-manager", "staging-manager"]
        made = {role: client.json("token", "create", role, "--grant", role)["token"] for role in roles}
        (folder / "credit.yaml").write_text(ENDPOINT)
        client("endpoint", "apply", folder / "credit.yaml")
        yield Registry(client, folder, made)


def test_an_endpoint_has_routes_as_soon_as_a_version_is_in_production(registry: Registry) -> None:
    registry.produce(1)
    shown = registry.client.json("endpoint", "show", "credit")
    route = shown["routes"][0]
    assert (route["role"], route["version"], route["upstream"]) == ("champion", 1, "http://scoring:8080/1")
    assert route["digest"] == registry.client.json("version", "show", "credit-risk", 1)["artifact_digest"]
    # Names of headers know no letter case, and are kept in one.
    assert shown["settings"]["unit"]["header"] == "x-customer"
    table = registry.newest()
    assert table["endpoints"][0]["segments"][0]["champion"]["digest"] == route["digest"]
    assert shown["table_number"] == table["number"]


def test_a_waiting_gateway_hears_of_a_promotion_and_of_a_rollback_at_once(registry: Registry) -> None:
    registry.produce(1)
    number = registry.newest()["number"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = [pool.submit(registry.routes, number, WAIT_SECONDS) for _ in range(8)]
        time.sleep(0.3)
        assert not any(each.done() for each in waiting)
        registry.produce(2)
        for each in waiting:
            table = payload(each.result(timeout=ANSWER_SECONDS_MAX))
            assert table["number"] == number + 1
            assert table["endpoints"][0]["segments"][0]["champion"]["version"] == 2

        waiting = [pool.submit(registry.routes, number + 1, WAIT_SECONDS)]
        time.sleep(0.2)
        registry.client("rollback", "credit-risk", "--reason", "it declines everybody")
        route = payload(waiting[0].result(timeout=ANSWER_SECONDS_MAX))["endpoints"][0]["segments"][0]
    assert route["champion"]["version"] == 1
    assert registry.routes(number + 2, 0).status == 204


def test_tags_say_the_number(registry: Registry) -> None:
    answer = registry.routes()
    tag = answer.headers["ETag"]
    assert tag == f'W/"{payload(answer)["number"]}"'
    assert registry.gateway("routes", headers={"If-None-Match": tag}).status == 304
    assert registry.gateway("routes", headers={"If-None-Match": "nonsense"}).status == 200
    assert registry.routes(after=10**9).status == 409
    for query in ("after=-1", "after=x", "wait_seconds=31", "wait_seconds=x"):
        assert registry.gateway(f"routes?{query}").status == 400, query


def test_a_table_is_signed_by_the_servers_key(registry: Registry) -> None:
    envelope = registry.routes().json()
    assert envelope["payloadType"] == "application/vnd.gatehouse.route-table+json"
    key = registry.client.call("GET", "attestation-key")[1]
    body = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    # DSSE's pre-authentication encoding.
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    public = serialization.load_pem_public_key(key["pem"].encode())
    public.verify(base64.b64decode(envelope["signatures"][0]["sig"]), signed, ec.ECDSA(hashes.SHA256()))


def test_each_role_does_its_part_and_no_other(registry: Registry) -> None:
    allowed = {
        ("GET", "routes"): {"gateway"},
        ("GET", "record-key"): {"gateway"},
        ("GET", "inventory"): {"viewer", "operator", "production-manager", "staging-manager"},
        ("GET", "endpoints"): {"viewer", "operator", "production-manager", "staging-manager"},
        ("PUT", "endpoints/other"): {"production-manager"},
        ("DELETE", "endpoints/other"): {"production-manager"},
        ("POST", "gateways/gw/batches/77"): {"gateway"},
        ("POST", "endpoints/credit/outcomes"): {"gateway", "production-manager", "staging-manager"},
    }
    bodies = {
        "PUT": {"model": "credit-risk", "upstream": "native"},
        "outcomes": {"outcomes": []},
        "batches": b"",
    }
    for (method, path), roles in allowed.items():
        body = next((value for key, value in bodies.items() if key in (method, *path.split("/"))), None)
        for role in sorted(registry.tokens, key=lambda name: name in roles):
            answer = registry.gateway(path, method, role, body=body)
            assert (answer.status < 300) == (role in roles), (method, path, role, answer)
            assert role in roles or answer.status == 403
    # A gateway reads nothing else: no model, no run, no list of them.
    for path in ("models", "models/credit-risk", "policies", "datasets", "audit", "serving/inventory"):
        assert registry.client.call("GET", path, token=registry.tokens["gateway"])[0] == 403, path
    assert registry.gateway("endpoints/nosuch", "DELETE", "gateway").status == 403
    # But the versions that it runs.
    registry.produce(1)
    assert registry.client.call("GET", "models/credit-risk/versions/1", token=registry.tokens["gateway"])[0] == 200
    status = registry.client.call("GET", "models/credit-risk/versions/99", token=registry.tokens["gateway"])[0]
    assert status == 403


def test_a_file_is_refused_with_all_that_is_wrong_with_it(registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "endpoint: credit\nmodle: credit-risk\nupstream: native\nunit: {header: a, member: b}\ndeadline: 10\n"
    )
    refused = registry.client("endpoint", "apply", file, code=1)
    for words in (
        f"{file}:2:1: unknown key 'modle'. Did you mean 'model'?",
        "the key 'model' is missing",
        f"{file}:4:7: unit: expected exactly one of 'header' and 'member'",
        f"{file}:5:11: deadline: expected a duration",
    ):
        assert words in refused.stderr, refused.stderr
    file.write_text("endpoint: x\nmodel: nobody\nupstream: native\n")
    registry.client("endpoint", "check", file)
    assert "nobody" in registry.client("endpoint", "apply", file, code=1).stderr
    file.write_text("endpoint: x\nmodel: credit-risk\nupstream: http://one-for-all:80\n")
    assert "{version}" in registry.client("endpoint", "apply", file, code=1).stderr


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        {"model": "credit-risk"},
        {"model": "credit-risk", "upstream": "gopher://x/{version}"},
        {"model": "credit-risk", "upstream": "native", "unit": {}},
        {"model": "credit-risk", "upstream": "native", "unit": {"member": "no_such_feature"}},
        {"model": "credit-risk", "upstream": "native", "deadline_ms": -1},
        {"model": "credit-risk", "upstream": "native", "when_champion_is_down": "panic"},
        {"model": "credit-risk", "upstream": "native", "tester_digests": ["x"]},
        {"model": "credit-risk", "upstream": "native", "versions": {"0": "native"}},
        {"model": "credit-risk", "upstream": "native", "access_log_every": 10**18},
        {"model": "a/b", "upstream": "native"},
    ],
)
def test_bad_endpoints_are_refused(registry: Registry, body: object) -> None:
    before = registry.newest()["number"]
    answer = registry.gateway("endpoints/bad", "PUT", "production-manager", body=body)
    assert answer.status == 400, answer
    assert answer.json()["message"]
    assert registry.newest()["number"] == before


# Gateways


def report(registry: Registry, gateway: str, table: int | None, *served: dict) -> Answer:
    body = {"program": "test 1", "started_at_ms": 1_768_377_600_000, "table_number": table, "served": list(served)}
    return registry.gateway(f"gateways/{gateway}/report", "POST", body=body)


def held(route: dict, **changes: object) -> dict:
    return {
        "endpoint": "credit",
        "segment": "default",
        "role": "champion",
        "version": route["version"],
        "digest": route["digest"],
        "state": "ready",
        **changes,
    }


def test_the_inventory_says_what_each_gateway_serves_and_what_differs(registry: Registry) -> None:
    registry.produce(2)
    table = registry.newest()
    route = table["endpoints"][0]["segments"][0]
    served = [held(route["champion"])]
    if "last_known_good" in route:
        served.append(held(route["last_known_good"], role="last_known_good"))
    answer = report(registry, "inv-1", table["number"], *served)
    assert answer.json() == {"table_number": table["number"], "stale_after_seconds": 60}
    good = registry.client.json("serving", "inventory", "--gateway", "inv-1")
    assert [row["difference"] for row in good["served"]] == [None] * len(served)
    assert good["gateways"][0]["state"] == "current"

    other = "sha256:" + "0" * 64
    report(
        registry,
        "inv-2",
        table["number"] - 1,
        held(route["champion"], digest=other),
        held(route["champion"], segment="mars"),
    )
    bad = registry.client.json("serving", "inventory", "--gateway", "inv-2", code=2)
    assert bad["gateways"][0]["state"] == "behind"
    found = {(row["segment"], row["role"]): row["difference"] for row in bad["served"]}
    assert found[("default", "champion")] == "other"
    assert found[("mars", "champion")] == "unasked"
    assert "last_known_good" not in route or found[("default", "last_known_good")] == "absent"
    assert "inv-2" in registry.client("serving", "inventory", code=2).stdout


@pytest.mark.parametrize(
    ("gateway", "change"),
    [
        ("a%20b", {}),
        ("x" * 65, {}),
        ("gw", {"role": "king"}),
        ("gw", {"state": "asleep"}),
        ("gw", {"digest": "sha256:1"}),
        ("gw", {"version": "two"}),
    ],
)
def test_bad_reports_are_refused(registry: Registry, gateway: str, change: dict) -> None:
    line = held({"version": 1, "digest": "sha256:" + "0" * 64}, **change)
    assert report(registry, gateway, 1, line).status == 400


# Records


def exposure(
    request: str, unit: str | None = None, split: str | None = "exp_1", arm: str = "champion", **more: object
) -> dict:
    found = {
        "request_id": request,
        "endpoint": "credit",
        "segment": "default",
        "split": split,
        "arm": arm,
        "reason": "assigned",
        "unit_hash": unit,
        "assigned_version": 1,
        "served_version": 1,
        "served_digest": "sha256:" + "0" * 64,
        "at_ms": 1_768_377_600_000,
        "latency_us": 900,
        "status": 200,
        **more,
    }
    return {"exposure": found}


def unit(registry: Registry, name: str) -> str:
    key = bytes.fromhex(registry.gateway("record-key").json()["key"])
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()


def test_a_batch_is_taken_once(registry: Registry) -> None:
    records = [exposure(f"once-{n}", unit(registry, f"customer-{n}")) for n in range(50)]
    records += [exposure("once-free", None, split=None), exposure("once-nobody", None, reason="no_unit")]
    first = registry.ship("once", 1, *records)
    assert first.status == 200, first
    taken = first.json()
    assert (taken["exposures"], taken["unsplit"], taken["repeated"]) == (50, 1, False)
    again = registry.ship("once", 1, *records).json()
    assert (again["exposures"], again["repeated"]) == (0, True)
    # The same requests in another batch are not new exposures.
    assert registry.ship("once", 2, *records).json()["exposures"] == 0
    # Another gateway counts for itself; other bytes under a known number are a fault.
    assert registry.ship("twice", 1, exposure("once-51", unit(registry, "x"))).json()["exposures"] == 1
    assert registry.ship("once", 1, exposure("else")).status == 409
    # Numbers may have gaps, and come late.
    assert registry.ship("once", 900).status == 200
    assert registry.ship("once", 17).status == 200
    assert registry.ship("once", 200_000).status == 200
    assert registry.ship("once", 18).status == 409


BAD_BATCHES = [b"{", b"[]\n", b'{"exposure": {}}\n', b'{"window": 1}\n', b"\xff\xfe\n", b'{"other": {}}\n']


@pytest.mark.parametrize("body", BAD_BATCHES)
def test_bad_batches_are_refused_with_their_line_and_leave_nothing(registry: Registry, body: bytes) -> None:
    whole = json.dumps(exposure("bad-1", unit(registry, "c"))).encode() + b"\n" + body
    answer = registry.gateway("gateways/bad/batches/1", "POST", body=whole)
    assert answer.status == 400, answer
    assert "ine 2" in answer.json()["message"]
    # The number is free for the batch as it should have been.
    number = 1000 + BAD_BATCHES.index(body)
    assert registry.ship("bad", number, exposure(f"bad-{number}", unit(registry, "c"))).json()["exposures"] == 1


def test_numbers_and_sizes_have_limits(registry: Registry) -> None:
    for number in ("0", "-1", "x", "1.5", str(10**30)):
        assert registry.gateway(f"gateways/lim/batches/{number}", "POST", body=b"").status == 400
    assert registry.gateway("gateways/lim/batches/1", "POST", body=b"x" * ((4 << 20) + 1)).status == 413


# Outcomes


def outcome(value: object = 1, event: str = "2026-01-15", label: str = "defaulted", **subject: object) -> dict:
    return {"label": label, "value": value, "event_at": event, **subject}


def post(registry: Registry, *outcomes: dict, endpoint: str = "credit") -> Answer:
    path = f"endpoints/{urllib.parse.quote(endpoint)}/outcomes"
    return registry.gateway(path, "POST", body={"outcomes": list(outcomes)})


def test_outcomes_are_taken_once_late_and_in_any_order(registry: Registry) -> None:
    late = outcome(1, "2026-01-20", request_id="o-1")
    assert post(registry, late).json() == {"new": 1, "repeated": 0, "replaced": 0, "outdated": 0}
    assert post(registry, late).json()["repeated"] == 1
    assert post(registry, outcome(0, "2026-01-15", request_id="o-1")).json()["outdated"] == 1
    assert post(registry, outcome(0, "2026-01-25", request_id="o-1")).json()["replaced"] == 1
    # By unit and window; another label of the same request is another outcome.
    several = [outcome(310.5, unit="c-1", window=w, label="repaid") for w in ("2026-01", "2026-02")]
    assert post(registry, *several, outcome(2, request_id="o-1", label="calls")).json()["new"] == 3


@pytest.mark.parametrize(
    "bad",
    [
        outcome(),
        outcome(request_id="a", unit="b"),
        outcome(request_id="a", window="w"),
        outcome(request_id=""),
        outcome("yes", request_id="a"),
        outcome(None, request_id="a"),
        outcome(event="tomorrow", request_id="a"),
        outcome(event="2999-01-01", request_id="a"),
        outcome(label="", request_id="a"),
        outcome(label="x" * 201, request_id="a"),
        outcome(request_id="a\n"),
        outcome(request_id="x" * 1000),
    ],
)
def test_bad_outcomes_are_refused_and_with_them_the_call(registry: Registry, bad: dict) -> None:
    label = "l" + hashlib.sha256(json.dumps(bad).encode()).hexdigest()[:12]
    good = outcome(request_id="kept", label=label)
    answer = post(registry, good, bad)
    assert answer.status == 400, answer
    assert post(registry, good).json()["new"] == 1


def test_outcomes_come_from_files(registry: Registry, tmp_path: Path) -> None:
    rows = [f"f-{n},defaulted,{n % 2},2026-01-{10 + n % 20}" for n in range(2500)]
    csv = tmp_path / "labels.csv"
    csv.write_text("\n".join(["request_id,label,value,event_at", *rows]) + "\n")
    assert registry.client.json("outcomes", "post", "credit", csv)["new"] == 2500
    assert registry.client.json("outcomes", "post", "credit", csv)["repeated"] == 2500
    lines = tmp_path / "labels.jsonl"
    lines.write_text("\n".join(json.dumps(outcome(n, unit=f"u-{n}")) for n in range(10)))
    assert registry.client.json("outcomes", "post", "credit", lines)["new"] == 10
    csv.write_text("request_id,label,value,event_at\na,b,c,2026-01-01\n")
    assert "Row 1" in registry.client("outcomes", "post", "credit", csv, code=1).stderr
    assert "Did you mean 'credit'?" in registry.client("outcomes", "post", "credti", lines, code=1).stderr


# Shadow


def test_a_shadow_run_is_in_the_table_until_it_is_stopped(registry: Registry) -> None:
    registry.produce(1)
    started = registry.client.json("shadow", "start", "credit-risk", 3, "--endpoint", "credit", "--fraction", 0.05)
    shadow = registry.newest()["endpoints"][0]["segments"][0]["shadow"]
    assert (shadow["version"]["version"], shadow["buckets"]) == (3, 5000)
    registry.client("shadow", "start", "credit-risk", 2, "--endpoint", "credit", code=1)
    assert registry.client.json("shadow", "list", "--open")["items"][0]["id"] == started["id"]
    stopped = registry.client.json("shadow", "stop", started["id"], "--reason", "seen enough")
    assert stopped["stopped_at"]
    assert "shadow" not in registry.newest()["endpoints"][0]["segments"][0]
    assert registry.client.json("shadow", "list", "--open")["items"] == []
