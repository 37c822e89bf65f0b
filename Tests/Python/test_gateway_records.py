"""What a gateway recorded arrives once, and what it serves stays, while it or the registry is killed or away."""

import collections
import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import Client, Server, admin_token, unused_port, wait_until_healthy
from gateway_doubles import Batches, RawClient, RawServer, Registry, endpoint, post, split, table
from model_server import model_servers
from test_gateway import SECONDS_MAX, Gateway, produce, running_to_death, started_gateway, until
from web import ask

# Killed later than this after an answer, a gateway has its exposure in the spool. docs/serving-records.md says 50 ms;
# a busy machine takes longer.
SPOOLED_SECONDS = 4.0
# How many of those there are for each time it is killed.
SPOOLED_MIN = 100
EXPOSED = {"unit": {"header": "x-customer"}}


@pytest.fixture(scope="module")
def champion() -> Iterator[RawServer]:
    with RawServer(7) as server:
        yield server


def options(registry: Registry, folder: Path) -> tuple[object, ...]:
    token = folder / "gateway.token"
    token.write_text("test\n")
    return ("--registry", registry.url, "--token-file", token)


def number(gateway: Gateway) -> int:
    return ask(gateway.url, "/v1/health/ready").json()["route_table"]


# Tables


def test_an_hour_without_the_registry_and_a_restart_change_nothing_that_is_served(
    gatehouse: Path, tmp_path: Path, champion: RawServer
) -> None:
    """The hour is two seconds here: nothing in the gateway counts how long the registry is away but the pauses between
    two attempts, which grow to 15 s and no further."""
    with Registry(table(5, endpoint(champion.url))) as registry:
        chosen = options(registry, tmp_path)
        with started_gateway(gatehouse, tmp_path, *chosen) as gateway:
            assert (gateway.version(), number(gateway)) == ("7", 5)
            registry.kill()
            assert gateway.version() == "7"
            time.sleep(0.8)
        with started_gateway(gatehouse, tmp_path, *chosen) as gateway:
            assert (gateway.version(), number(gateway)) == ("7", 5)
            time.sleep(0.8)
            registry.table = table(6, endpoint(champion.url, number=9))
            registry.start()
            until(lambda: (gateway.version(), number(gateway)) == ("9", 6), gateway.log.read_text)
            # It waits at the registry again, so that the next one comes at once.
            start = time.monotonic()
            registry.publish(table(7, endpoint(champion.url, number=7)))
            until(lambda: gateway.version() == "7", gateway.log.read_text)
            print(f"a table was served {1000 * (time.monotonic() - start):.0f} ms after it was made")


def test_a_registry_that_answers_nothing_does_not_hold_up_a_start(
    gatehouse: Path, tmp_path: Path, champion: RawServer
) -> None:
    with Registry(table(5, endpoint(champion.url))) as registry:
        chosen = options(registry, tmp_path)
        for hangs in (False, True):
            registry.hangs = hangs
            # It is up long before a call of the registry would be given up, which is after 60 s.
            with started_gateway(gatehouse, tmp_path, *chosen) as gateway:
                assert (gateway.version(), number(gateway)) == ("7", 5)
                registry.hangs = False


def test_tables_that_are_older_foreign_or_damaged_are_never_served(
    gatehouse: Path, tmp_path: Path, champion: RawServer
) -> None:
    with Registry(table(5, endpoint(champion.url))) as registry, Registry(table(9, endpoint(champion.url))) as foreign:
        chosen = options(registry, tmp_path)
        kept = tmp_path / "gateway" / "routes.dsse.json"
        with started_gateway(gatehouse, tmp_path, *chosen) as gateway:
            good = kept.read_bytes()
            refused = [
                (table(4, endpoint(champion.url, number=9)), registry.key, "route table 4 after 5"),
                (table(8, endpoint(champion.url, number=9)), foreign.key, "sign"),
                (table(8, endpoint("http://no host/", number=9)), registry.key, "address of a model server"),
                ({**table(8, endpoint(champion.url, number=9)), "format": 2}, registry.key, "form 2"),
                (table(8, *[endpoint(champion.url, number=9)] * 2), registry.key, "twice"),
            ]
            for bad, signer, words in refused:
                registry.signer = signer
                registry.publish(bad)
                until(lambda words=words: words in gateway.log.read_text(), gateway.log.read_text)
                assert (gateway.version(), number(gateway)) == ("7", 5), words
                # In this order: the bad table with the right signature would be a good one.
                registry.publish(table(5, endpoint(champion.url)))
                registry.signer = registry.key
            assert kept.read_bytes() == good
        kept.write_bytes(good[:-40])
        registry.kill()
        with running_to_death(gatehouse, tmp_path, *chosen) as gateway:
            assert ask(gateway.url, "/v1/health/ready").status == 503
            assert gateway.score().status == 404, "it has no endpoint"
            until(lambda: "kept route table is not used" in gateway.log.read_text())
            registry.start()
            until(lambda: gateway.version() == "7", gateway.log.read_text)
        assert kept.read_bytes() != good[:-40]


def test_table_after_table_under_load_loses_no_request(gatehouse: Path, tmp_path: Path, champion: RawServer) -> None:
    stop = threading.Event()
    with Registry(table(1, endpoint(champion.url))) as registry, RawServer(8) as other:
        with (
            started_gateway(gatehouse, tmp_path, *options(registry, tmp_path)) as gateway,
            ThreadPoolExecutor(6) as pool,
        ):
            running = [pool.submit(keep_asking, gateway.url, stop, f"c{n}") for n in range(6)]
            try:
                for made in range(2, 32):
                    server, version = ((other, 8), (champion, 7))[made % 2]
                    registry.publish(table(made, endpoint(server.url, number=version)))
                    until(lambda made=made: number(gateway) == made, gateway.log.read_text)
            finally:
                stop.set()
            answers = [each for one in running for each in one.result(timeout=SECONDS_MAX)]
        counts = collections.Counter((status, version) for _, status, version, _ in answers)
        assert set(counts) == {(200, "7"), (200, "8")}, counts


Answered = list[tuple[str, int, str, float]]


@contextmanager
def set_at_the_end() -> Iterator[threading.Event]:
    """For threads that are waited for, whatever happens."""
    event = threading.Event()
    try:
        yield event
    finally:
        event.set()


def keep_asking(
    url: str, stop: threading.Event, name: str, pause: float = 0.001, answered: Answered | None = None
) -> Answered:
    """Request after request on one connection until told to stop or the gateway is gone: id, status, version, when. Those
    that look on hand over the list."""
    answered = [] if answered is None else answered
    with RawClient(url) as client:
        while not stop.is_set():
            request = f"{name}-{len(answered)}"
            unit = f"{name}-{len(answered) % 50}"
            try:
                client.send(post(b"{}", f"X-Request-Id: {request}", f"X-Customer: {unit}"))
                status, head, _ = client.answer()
            except OSError:
                break
            version = re.search(rb"x-gatehouse-version: (\d+)", head)
            answered.append((request, status, version[1].decode() if version else "", time.monotonic()))
            time.sleep(pause)
    return answered


# Records


def test_gateway_and_registry_are_killed_in_turns_and_every_spooled_exposure_arrives_once(
    gatehouse: Path, tmp_path: Path, champion: RawServer
) -> None:
    """Acknowledged is what is in the spool. A killed process takes with it what its loops had not handed in yet."""
    batches = Batches()
    due: set[str] = set()
    asked: set[str] = set()
    with RawServer(8) as other:
        routes = table(1, endpoint(champion.url, rules=EXPOSED, split=split(other.url)))
        with Registry(routes, batches) as registry:
            chosen = options(registry, tmp_path)
            for life in range(3):
                with (
                    running_to_death(gatehouse, tmp_path, *chosen) as gateway,
                    ThreadPoolExecutor(4) as pool,
                    set_at_the_end() as stop,
                ):
                    until(lambda: ask(gateway.url, "/v1/health/ready").status == 200)
                    answers: list[Answered] = [[] for _ in range(4)]
                    running = [
                        pool.submit(keep_asking, gateway.url, stop, f"l{life}c{n}", answered=answers[n]) for n in range(4)
                    ]
                    until(lambda answers=answers: sum(map(len, answers)) >= SPOOLED_MIN)
                    old_enough = time.monotonic() + SPOOLED_SECONDS
                    # Two batches are durable at the registry, and the gateway never hears of it.
                    registry.silent = 2
                    time.sleep(0.4)
                    registry.kill()
                    time.sleep(0.4)
                    if life != 1:
                        registry.start()
                    time.sleep(max(0, old_enough - time.monotonic()) + 0.1)
                    ended = time.monotonic()
                    gateway.process.kill()
                    if life == 1:
                        registry.start()
                    stop.set()
                    for request, status, _, at in (each for one in running for each in one.result(timeout=SECONDS_MAX)):
                        assert status == 200
                        asked.add(request)
                        if at < ended - SPOOLED_SECONDS:
                            due.add(request)
            with started_gateway(gatehouse, tmp_path, *chosen) as gateway:
                until(lambda: spool_is_empty(gateway), gateway.log.read_text)
    arrived = collections.Counter(record["request_id"] for record in batches.records("exposure"))
    assert len(due) >= 3 * SPOOLED_MIN
    assert due - set(arrived) == set(), "acknowledged, and lost"
    assert {request for request, count in arrived.items() if count > 1} == set(), "doubled"
    assert batches.repeated > 0, "no batch came twice: the test did not do what it says"
    # Those that were sent and not answered may have been recorded, too.
    print(f"{len(asked)} answered, {len(due)} due, {len(arrived)} arrived, {batches.repeated} batches came again")
    assert len(set(arrived) - asked) <= 3 * 4
    arms = collections.defaultdict(set)
    for record in batches.records("exposure"):
        arms[record["unit_hash"]].add(record["arm"])
    assert all(len(found) == 1 for found in arms.values()), "a unit keeps its arm over every restart"


def spool_is_empty(gateway: Gateway) -> bool:
    text = ask(gateway.url, "/metrics").text
    return "spool_batches_waiting 0" in text and "spool_batches_refused_total 0" in text


# With a registry of flesh and blood


class MortalRegistry:
    """`gatehouse serve` that is killed and comes back at the same address."""

    def __init__(self, gatehouse: Path, folder: Path) -> None:
        self.gatehouse, self.folder, self.port, self.token = gatehouse, folder, unused_port(), None
        self.log = folder / "serve.log"
        self.start()

    def start(self) -> None:
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [self.gatehouse, "serve", "--port", str(self.port), "--data-dir", self.folder / "data"]
                + ["--default-policy", "warn"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        url = f"http://127.0.0.1:{self.port}"
        wait_until_healthy(url, self.process, self.log)
        self.token = self.token or admin_token(self.log)
        self.client = Client(self.gatehouse, Server(url, self.token, self.folder / "data", self.log, self.process))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> "MortalRegistry":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def test_a_registry_that_is_killed_while_batches_are_in_flight_counts_every_request_once(
    gatehouse: Path, tmp_path: Path, example: Path
) -> None:
    with MortalRegistry(gatehouse, tmp_path) as registry, model_servers() as models:
        client = registry.client
        client("model", "create", "credit-risk")
        for folder in ("v1", "v2"):
            client("version", "create", "credit-risk", "--model", example / "models" / folder)
        produce(client, "credit-risk", 1)
        (tmp_path / "endpoint.yaml").write_text(
            f"endpoint: credit\nmodel: credit-risk\nupstream: {models.url}/{{version}}\nunit: {{header: x-customer}}\n"
        )
        client("endpoint", "apply", tmp_path / "endpoint.yaml")
        run = client.json("shadow", "start", "credit-risk", 2, "--endpoint", "credit", "--fraction", 1)
        token = tmp_path / "gateway.token"
        token.write_text(client.json("token", "create", "gateway", "--grant", "gateway")["token"])
        chosen = ("--registry", client.server.url, "--token-file", token)
        with started_gateway(gatehouse, tmp_path, *chosen) as gateway:
            with ThreadPoolExecutor(3) as pool, set_at_the_end() as stop:
                running = [pool.submit(keep_asking, gateway.url, stop, f"c{n}", 0.005) for n in range(3)]
                for _ in range(2):
                    time.sleep(0.8)
                    registry.kill()
                    time.sleep(0.2)
                    registry.start()
                stop.set()
                answers = [each for one in running for each in one.result(timeout=SECONDS_MAX)]
            assert {status for _, status, _, _ in answers} == {200}

            def report() -> dict:
                return client.call("GET", f"serving/shadows/{run['id']}/report")[1]["report"]

            def is_whole() -> bool:
                found = report()
                away = found["late"] + sum(found["dropped"].values())
                return found["eligible"] == len(answers) and found["pairs"] + away == len(answers)

            until(is_whole, report)
            labels = tmp_path / "labels.csv"
            rows = [f"{request},defaulted,{n % 2},2026-01-15" for n, (request, *_) in enumerate(answers)]
            labels.write_text("\n".join(["request_id,label,value,event_at", *rows]) + "\n")
            assert client.json("outcomes", "post", "credit", labels)["new"] == len(answers)
            assert client.json("outcomes", "post", "credit", labels)["repeated"] == len(answers)
            found = report()
            print(f"{len(answers)} requests: {found}")
