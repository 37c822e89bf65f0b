"""A gateway among clients and model servers that are slow, broken, gone or hostile, and everybody else's answers."""

import contextlib
import itertools
import json
import os
import random
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Client, started_server
from gateway_doubles import RawClient, RawServer, endpoint, post, table, version
from test_gateway import SECONDS_MAX, Gateway, gateway_options, produce, running_to_death, started_gateway, until
from test_gateway import endpoint as apply_endpoint
from web import Answer, ask

SHADOWS = ["answers", "dead", "hangs", "hangs up", "drips", "garbage", "two lengths", "floods", "fails"]
# Shadows that are waited for until the deadline; an answer of the others is not late because the machine is.
NEVER_DONE = ["hangs", "drips", "two lengths", "floods"]
COPIES = 40
SLOW_CLIENTS = 24
# Of the endpoints that are asked by slow clients and answered by slow versions. Longer than a busy machine forgets a process.
DEADLINE_MS = 5_000
LARGE = "X-Size: %d"


@dataclass(frozen=True)
class Place:
    """One gateway that serves every endpoint of this file, and the servers behind it by name."""

    gateway: Gateway
    servers: dict[str, RawServer]
    slow: list[RawClient]

    def client(self, **options: object) -> RawClient:
        return RawClient(self.gateway.url, **options)

    def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        with self.client() as client:
            client.send(request)
            return client.answer()


@pytest.fixture(scope="module")
def place(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with contextlib.ExitStack() as life:
        servers = {name: life.enter_context(RawServer(8, name)) for name in SHADOWS if name != "dead"}
        champion = life.enter_context(RawServer())
        servers |= {
            name: life.enter_context(RawServer(7, name)) for name in ("large", "early", "pauses", "pieces", "starts")
        }
        servers |= {"champion": champion} | {name: life.enter_context(RawServer()) for name in ("mortal", "fresh")}
        servers |= {name: life.enter_context(RawServer(7, "hangs")) for name in ("sick", "hung")}
        gone = RawServer()
        gone.close()
        urls = {name: server.url for name, server in servers.items()} | {"dead": gone.url}
        quick = {"deadline_ms": DEADLINE_MS}
        endpoints = [
            endpoint(champion.url, "credit"),
            endpoint(champion.url, "quick", rules=quick),
            endpoint(urls["fresh"], "fresh"),
            endpoint(urls["pauses"], "member", rules={"unit": {"member": "customer"}}),
            endpoint(urls["sick"], "sick", rules=quick),
            endpoint(urls["large"], "large"),
            endpoint(urls["early"], "early", rules=quick),
            endpoint(urls["starts"], "starts"),
            endpoint(urls["pieces"], "pieces", rules={"deadline_ms": 60}),
            endpoint(urls["hung"], "hung", rules={"deadline_ms": 60}),
            endpoint(urls["mortal"], "mortal"),
            endpoint(
                urls["mortal"],
                "saved",
                rules={"when_champion_is_down": "last_known_good"},
                last_known_good=version(6, champion.url),
            ),
        ]
        for name in SHADOWS:
            limits = {**LIMITS, "deadline_ms": 300 if name in NEVER_DONE else 60_000}
            shadow = {"version": version(8, urls[name]), "buckets": 100_000, "salt": "s", "limits": limits}
            endpoints.append(endpoint(champion.url, shadowed(name), shadow=shadow))
        folder = tmp_path_factory.mktemp("faults")
        (folder / "routes.json").write_text(json.dumps(table(1, *endpoints)))
        gateway = life.enter_context(started_gateway(gatehouse, folder, "--routes", folder / "routes.json"))
        # Their ten seconds pass while the other tests run.
        slow = [life.enter_context(RawClient(gateway.url)) for _ in range(SLOW_CLIENTS)]
        for number, client in enumerate(slow):
            client.send(post()[: 1 + number])
        yield Place(gateway, servers, slow)


LIMITS = {
    "waiting_max": 1000,
    "waiting_bytes_max": 64 << 20,
    "concurrency_max": 64,
    "body_bytes_max": 1 << 20,
    "pause_above_p95_ratio": 0,
}


def shadowed(fault: str) -> str:
    return "shadow-" + fault.replace(" ", "-")


# Model servers


def asked(client: RawClient, name: str) -> tuple[bytes, float]:
    """All bytes that so many requests were answered with, and the second longest wait."""
    waits, answers = [], b""
    for number in range(COPIES):
        start = time.monotonic()
        client.send(post(b'{"inputs": [%d]}' % number, f"X-Request-Id: r-{number}", endpoint=name))
        _, head, body = client.answer()
        waits.append(time.monotonic() - start)
        answers += head + body
    return answers, sorted(waits)[-2]


def test_no_shadow_changes_a_byte_of_production_and_every_copy_is_accounted_for(place: Place) -> None:
    with place.client() as client:
        expected, usual = asked(client, "credit")
        assert expected.count(b'{"predictions": [7.0]}') == COPIES
        for fault in SHADOWS:
            answers, longest = asked(client, shadowed(fault))
            assert answers == expected, fault
            print(f"shadow that {fault:12}: {1000 * longest:6.1f} ms at worst but one; without {1000 * usual:.1f} ms")

    def counts() -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        text = ask(place.gateway.url, "/metrics").text
        for line, count in re.findall(r"gatehouse_gateway_shadow_total\{(.*)\} (\d+)", text):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', line))
            if count != "0":
                found.setdefault(labels["endpoint"], {})[labels.get("reason", labels["outcome"])] = int(count)
        return found

    until(lambda: [sum(found.values()) for found in counts().values()] == [COPIES] * len(SHADOWS), counts)
    found = {fault: counts()[shadowed(fault)] for fault in SHADOWS}
    assert found["answers"] == found["fails"] == found["hangs up"] == found["garbage"] == {"mirrored": COPIES}
    assert found["dead"] == {"no_connection": COPIES}
    assert found["hangs"] == found["drips"] == {"late": COPIES}


def test_a_champion_that_dies_is_left_alone_and_found_again(place: Place) -> None:
    server = place.servers["mortal"]
    with place.client() as client:

        def circuit(name: str) -> dict:
            client.send(b"GET /v1/serving/inventory HTTP/1.1\r\nHost: h\r\n\r\n")
            rows = json.loads(client.answer()[2])["served"]
            return next(row for row in rows if (row["endpoint"], row["role"]) == (name, "champion"))

        def ask_once(name: str) -> tuple[int, bytes, bytes]:
            client.send(post(endpoint=name))
            return client.answer()

        assert ask_once("mortal")[0] == 200
        server.close()
        # A connection that was kept may have been cut with a request on it.
        assert ask_once("mortal")[0] in (502, 503)
        for _ in range(12):
            status, head, body = ask_once("mortal")
            assert status == 503, body
            assert b"retry-after: 1\r\n" in head
            status, head, body = ask_once("saved")
            assert (status, body) == (200, b'{"predictions": [7.0]}')
            assert b"x-gatehouse-version: 6\r\n" in head
        assert circuit("mortal")["circuit"] != "closed"
        # But for the one request now and then that finds out whether it is back.
        until(lambda: b"(open)" in ask_once("mortal")[2])
        with RawServer(7, port=server.port):
            openings = circuit("mortal")["circuit_openings"]
            assert openings >= 1
            until(lambda: ask_once("mortal")[0] == 200)
            assert (circuit("mortal")["circuit"], circuit("mortal")["circuit_openings"]) == ("closed", openings)
            until(lambda: b"x-gatehouse-version: 7\r\n" in ask_once("saved")[1])


def test_an_answer_that_comes_before_the_body_leaves_nothing_behind_for_the_next_request(place: Place) -> None:
    server = place.servers["early"]
    for _ in range(3):
        with place.client() as client:
            client.send(post(b"a" * 100_000, endpoint="early", length=200_000))
            status, head, _ = client.answer()
            assert status == 200
            assert b"connection: close\r\n" in head
            assert client.rest() == b""
        # A connection with half a body on it would take this request for the rest.
        for _ in range(4):
            assert place.ask(post(endpoint="early"))[0] == 200
    assert server.wrong == []


def test_no_answer_however_broken_becomes_that_of_another_request(place: Place) -> None:
    def is_answered(number: int) -> bool:
        status, _, body = place.ask(post(b"{}", f"X-Request-Id: good-{number}", endpoint="pieces"))
        assert (status, body) == (200, b"good-%d" % number) or status in (503, 504), body
        return status == 200

    for number in range(50):
        with place.client() as client, contextlib.suppress(ConnectionError):
            client.send(post(b"{}", f"X-Request-Id: bad-{number}", endpoint="pieces"))
            assert client.answer()[0] in (200, 204, 304, 502, 503, 504)
        # Later, when there were so many bad ones that the version is left alone for a while.
        until(lambda number=number: is_answered(number))
    assert place.servers["pieces"].wrong == []


def test_a_version_that_hangs_is_tried_by_one_request_at_a_time_and_ever_more_seldom(place: Place) -> None:
    server = place.servers["hung"]
    with place.client() as client:

        def ask_once() -> tuple[int, float]:
            """The status, and when it was asked for."""
            asked_at = time.monotonic()
            client.send(post(endpoint="hung"))
            return client.answer()[0], asked_at

        tried = [ask_once() for _ in range(10)]
        assert [status for status, _ in tried] == [504] * 10
        # Each trial that fails doubles the pause until the next one.
        for pause in (1, 2):
            answers = [ask_once()]
            while answers[-1][0] == 503:
                time.sleep(0.01)
                answers.append(ask_once())
            assert answers[-1][0] == 504
            assert time.monotonic() - tried[-1][1] >= pause
            tried.append(answers[-1])
        assert len(server.requests) == len(tried)


# Clients

SMUGGLED = b"GET /endpoints/credit/smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
FORMS = {
    "both lengths": (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "both lengths, the other way": (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"),
    "two lengths": (b"Content-Length: 0\r\nContent-Length: 44\r\n", b""),
    "a list of lengths": (b"Content-Length: 0, 0\r\n", b""),
    "a length with a sign": (b"Content-Length: +0\r\n", b""),
    "a length in hexadecimal": (b"Content-Length: 0x10\r\n", b""),
    "a length beyond 64 bits": (b"Content-Length: 18446744073709551616\r\n", b""),
    "a folded line": (b"Content-Length: 0\r\nX-A: b\r\n Transfer-Encoding: chunked\r\n", b""),
    "a folded first line": (b" X-A: b\r\n", b""),
    "a bare line feed": (b"X-A: b\nContent-Length: 44\r\n", b""),
    "a bare carriage return": (b"X-A: b\rContent-Length: 44\r\n", b""),
    "line feeds alone": (b"Content-Length: 0\n\n", b""),
    "a blank before the colon": (b"Content-Length : 44\r\n", b""),
    "a tab before the colon": (b"Transfer-Encoding\t: chunked\r\n", b""),
    "a zero byte": (b"X-A: b\0c\r\n", b""),
    "a field without a name": (b": b\r\n", b""),
    "two hosts": (b"Host: other\r\n", b""),
    "a coding after chunked": (b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"),
    "a coding before chunked": (b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    "chunked twice": (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "chunked in quotes": (b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"),
    "chunked after a vertical tab": (b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"),
    "a chunk's size that wraps around": (b"Transfer-Encoding: chunked\r\n", b"10000000000000000\r\n"),
    "a chunk's size with many digits": (b"Transfer-Encoding: chunked\r\n", b"00000000000000000000\r\n"),
    "a chunk's size with a sign": (b"Transfer-Encoding: chunked\r\n", b"-1\r\n"),
    "a chunk's size in C": (b"Transfer-Encoding: chunked\r\n", b"0x1\r\na\r\n0\r\n\r\n"),
    "a chunk that is longer than its size": (b"Transfer-Encoding: chunked\r\n", b"1\r\nab\r\n0\r\n\r\n"),
    "a chunk's line that ends early": (b"Transfer-Encoding: chunked\r\n", b"1\na\r\n0\r\n\r\n"),
    "a chunk's extension with a line feed": (b"Transfer-Encoding: chunked\r\n", b"1;a\nb\r\na\r\n0\r\n\r\n"),
    "a trailer that is folded": (b"Transfer-Encoding: chunked\r\n", b"0\r\n X: y\r\n\r\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_could_be_two_requests_is_refused_and_its_connection_ends(place: Place, form: str) -> None:
    upstream = place.servers["champion"]
    before = len(upstream.requests)
    fields, body = FORMS[form]
    head = b"POST /endpoints/credit/invocations HTTP/1.1\r\nHost: h\r\n"
    for step in (10_000, 1):
        whole = head + fields + b"\r\n" + body + SMUGGLED
        with place.client() as client:
            with contextlib.suppress(ConnectionError):
                client.send(*(whole[at : at + step] for at in range(0, len(whole), step)))
            status, answer, _ = client.answer()
            assert status == 400 or (status, "coding" in form or "chunked" in form) == (501, True), answer
            assert b"connection: close\r\n" in answer
            assert client.rest() == b"", "one refusal, and no second answer"
    assert len(upstream.requests) == before
    assert upstream.wrong == []


PIECES = [
    b"POST /endpoints/credit/invocations HTTP/1.1\r\nHost: h\r\n",
    b"GET /endpoints/credit/ping HTTP/1.1\r\nHost: h\r\n",
    b"POST /endpoints/credit/invocations HTTP/1.0\r\n",
    *[b"Content-Length: %d\r\n" % length for length in (0, 1, 5, 40)],
    b"Content-Length: 5\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Connection: close\r\n",
    b"Connection: content-length, transfer-encoding\r\n",
    b"Expect: 100-continue\r\n",
    b"X-A: b\r\n",
    b" folded\r\n",
    *[b"\r\n"] * 8,
    b"\n",
    b"\r",
    b"hello",
    b"5\r\nhello\r\n",
    b"0\r\n",
    b"0\r\n\r\n",
    b"\0",
]


def test_whatever_is_sent_a_version_sees_whole_requests_and_each_once(place: Place) -> None:
    upstream, chance = place.servers["champion"], random.Random(6)
    before, answered = len(upstream.requests), []
    for _ in range(300):
        sent = PIECES[0] + b"".join(chance.choices(PIECES, k=chance.randint(1, 12)))
        with place.client() as client:
            with contextlib.suppress(OSError):
                cuts = sorted(chance.sample(range(len(sent)), k=min(3, len(sent))))
                client.send(*(sent[a:b] for a, b in itertools.pairwise([0, *cuts, len(sent)])))
                # What begins with a whole request is answered, however long that takes.
                if sent.startswith(PIECES[0] + b"\r\n"):
                    client.read()
                time.sleep(0.002)
                client.socket.shutdown(1)
            said = client.rest()
        answered += re.findall(rb"x-gatehouse-version: 7\r\n(?:.+\r\n)*?x-gatehouse-request-id: (\S+)", said)
        refused = re.search(rb"HTTP/1\.1 (4|5)\d\d (.+\r\n)*?connection: close\r\n", said)
        assert refused is None or said.find(b"HTTP/1.1 ", refused.end()) < 0, (sent, said)
    assert place.ask(post())[0] == 200
    time.sleep(0.05)
    seen = upstream.requests[before:]
    for request in seen:
        head, _, body = request.partition(b"\r\n\r\n")
        assert head.split(b"\r\n")[0] in (b"POST /invocations HTTP/1.1", b"GET /ping HTTP/1.1"), request
        assert len(re.findall(rb"(?i)\r\n(content-length|transfer-encoding):", head)) <= 1, request
        assert len(body) <= 40, request
    ids = [re.search(rb"x-request-id: (\S+)", request)[1] for request in seen]
    assert len(set(ids)) == len(ids), "sent twice"
    assert set(answered) <= set(ids)
    # A client that closes while it is waited for misses its last answer.
    assert 20 < len(answered) <= len(ids) <= len(answered) + 301
    assert upstream.wrong == []


def test_a_long_body_that_turns_out_wrong_ends_both_connections(place: Place) -> None:
    # One to which nothing can come late that another test sent.
    upstream = place.servers["fresh"]
    good = b"%x\r\n%s\r\n" % (100_000, b"a" * 100_000)
    for wrong in (b"zz\r\n", b"-1\r\n" + SMUGGLED.replace(b"credit", b"fresh"), b"%x\r\n%s" % (1, b"ab\r\n")):
        with place.client() as client:
            head = b"POST /endpoints/fresh/invocations HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            client.send(head + good + wrong)
            assert client.answer()[0] == 400
            assert client.rest() == b""
    time.sleep(0.05)
    assert upstream.requests == upstream.wrong == []


def test_an_answer_that_has_begun_is_cut_off_and_not_written_into(place: Place) -> None:
    with place.client() as client:
        head = b"POST /endpoints/starts/invocations HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        client.send(head + b"%x\r\n%s\r\n" % (100_000, b"a" * 100_000))
        while b"hello" not in client.pending:
            client.read()
        client.send(b"zz\r\n")
        rest = client.rest()
    assert rest.count(b"HTTP/1.1 ") == 1
    assert rest.endswith(b"\r\n\r\n5\r\nhello\r\n")


def test_bodies_beyond_the_limit_are_refused_whether_they_say_so_or_not(place: Place) -> None:
    with place.client() as client:
        client.send(post(length=(1 << 20) + 1))
        assert client.answer()[0] == 413
        assert client.rest() == b""
    with place.client() as client:
        head = b"POST /endpoints/credit/invocations HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        with contextlib.suppress(ConnectionError):
            client.send(head, *[b"8000\r\n" + b"a" * 0x8000 + b"\r\n"] * 33)
        assert client.answer()[0] == 413
    with place.client() as client:
        client.send(post(b"a" * (1 << 20)))
        assert client.answer()[0] == 200


def test_a_long_body_behind_another_request_is_read_to_its_end(place: Place) -> None:
    # It fills what is read ahead while the first one is answered; the rest must be asked for again.
    long = json.dumps({"dataframe_split": {"columns": ["customer"], "data": [["c" * 200_000]]}}).encode()
    with place.client() as client:
        threading.Thread(target=client.send, args=(post(endpoint="member") + post(long, endpoint="member"),)).start()
        assert [client.answer()[0] for _ in range(2)] == [200, 200]
    assert place.servers["pauses"].requests[-1].endswith(long)


def test_bytes_that_are_no_text_and_no_json_reach_the_version_as_they_came(place: Place) -> None:
    half = b'{"dataframe_records": [{"customer": "\\ud800"}]}'
    for body in (b"\xff\xfe{", b'{"customer": "\xc3"}', half, b"[" * 60_000, b"\0" * 9):
        assert place.ask(post(body, endpoint="member"))[0] == 200
        assert place.servers["pauses"].requests[-1].endswith(b"\r\n\r\n" + body)


def test_clients_that_stop_in_their_body_are_told_and_the_version_is_not_blamed(place: Place) -> None:
    with contextlib.ExitStack() as life:
        slow = [life.enter_context(place.client()) for _ in range(SLOW_CLIENTS)]
        for number, client in enumerate(slow):
            # Held until it is whole, and passed on as it comes.
            sent, length = (0, 1_000) if number % 2 else (100_000, 200_000)
            client.send(post(b"{" * sent, endpoint="quick", length=length))
        start = time.monotonic()
        assert place.ask(post(endpoint="quick"))[0] == 200
        assert time.monotonic() - start < DEADLINE_MS / 1000, "others wait for nobody"
        for client in slow:
            status, head, _ = client.answer()
            assert status == 408
            assert b"connection: close\r\n" in head
            assert client.rest() == b""
    # As many failures of the version would have opened its breaker.
    for _ in range(8):
        assert place.ask(post(endpoint="quick"))[0] == 200


def test_clients_that_take_no_answers_hold_little_and_nobody_up(place: Place) -> None:
    status = Path(f"/proc/{place.gateway.process.pid}/status")

    def resident() -> int:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read_text())[1]) << 10

    before = resident()
    with contextlib.ExitStack() as life:
        for _ in range(30):
            client = life.enter_context(place.client(receive_bytes=4096))
            client.send(post(b"{}", LARGE % (1 << 20), endpoint="large") * 30)
        for _ in range(20):
            assert place.ask(post())[0] == 200
        time.sleep(0.3)
        grown = resident() - before
    print(f"30 clients that do not read 30 answers of 1 MiB each: {grown / (1 << 20):.1f} MiB more")
    assert grown < 100 << 20, "900 MiB were asked for"


def test_the_last_bytes_of_a_long_answer_wait_for_a_slow_client(place: Place) -> None:
    # About as much as the kernel takes for a client that does not read: the gateway is left with the rest.
    sizes = range(2_800_000, 3_200_000, 50_000)
    with contextlib.ExitStack() as life:
        clients = [life.enter_context(place.client(receive_bytes=4096)) for _ in sizes]
        for size, client in zip(sizes, clients, strict=True):
            client.send(post(b"{}", LARGE % size, "Connection: close", endpoint="large"))
        time.sleep(2.6)
        for size, client in zip(sizes, clients, strict=True):
            assert len(client.answer()[2]) == size
            assert client.rest() == b""


def test_a_client_that_closes_is_gone_and_frees_what_it_held(place: Place) -> None:
    server = place.servers["sick"]
    for half in (True, False):
        before = len(server.requests)
        client = place.client()
        client.send(post(endpoint="sick"))
        until(lambda: len(server.requests) > before)
        if half:
            client.socket.shutdown(1)
            assert client.rest() == b""
        client.close()
    until(lambda: re.search(r'rejected_total\{endpoint="sick"[^}]*\} 2\b', ask(place.gateway.url, "/metrics").text))


def test_a_request_is_sent_once_however_its_version_fails(place: Place) -> None:
    server = place.servers["sick"]
    for script, expected in (("hangs up", 502), ("garbage", 502), ("hangs", 504), ("drips", 200), ("fails", 500)):
        server.script, before = script, len(server.requests)
        with place.client() as client:
            client.send(post(endpoint="sick"))
            if script == "drips":
                # Its head has been passed on; that the rest is missing shows by the length alone.
                assert re.search(rb"content-length: 1000\r\n(.*\r\n)*\r\nx{5,900}$", client.rest())
            else:
                assert client.answer()[0] == expected, script
        assert len(server.requests) == before + 1, script
    server.script = "hangs"
    until(lambda: re.search(r'errors_total\{endpoint="sick"[^}]*\} 5\b', ask(place.gateway.url, "/metrics").text))


def test_heads_that_never_end_are_given_up(place: Place) -> None:
    """These began when the gateway did."""
    for client in place.slow:
        assert client.answer()[0] == 408
        assert client.rest() == b""


# The end


def load(url: str, stop: threading.Event, keeps: bool) -> tuple[int, list[str]]:
    """Keeps asking, on one connection or on ever new ones. How often it was answered, and what was lost: sent and not
    answered."""
    answered, lost = 0, []
    while not stop.is_set():
        try:
            client = RawClient(url)
        except ConnectionRefusedError:
            break
        with client:
            while not stop.is_set():
                try:
                    client.send(post())
                    status, head, _ = client.answer()
                except OSError as failure:
                    lost.append(repr(failure))
                    break
                if status != 200:
                    lost.append(head.decode())
                answered += 1
                if b"connection: close" in head or not keeps:
                    break
    return answered, lost


def under_load(url: str, happens: Callable[[threading.Event], None]) -> tuple[int, list[str]]:
    stop = threading.Event()
    with ThreadPoolExecutor(16) as pool:
        running = [pool.submit(load, url, stop, keeps=number % 2 == 0) for number in range(16)]
        try:
            happens(stop)
        finally:
            stop.set()
        found = [each.result(timeout=SECONDS_MAX) for each in running]
    return sum(answered for answered, _ in found), [each for _, lost in found for each in lost]


def test_the_end_under_load_loses_no_request(gatehouse: Path, tmp_path: Path) -> None:
    with RawServer(7, "answers") as server:
        (tmp_path / "routes.json").write_text(json.dumps(table(1, endpoint(server.url))))
        with started_gateway(gatehouse, tmp_path, "--routes", tmp_path / "routes.json") as gateway:

            def end(_: threading.Event) -> None:
                until(lambda: len(server.requests) > 200)
                gateway.process.send_signal(signal.SIGTERM)
                gateway.process.wait(timeout=SECONDS_MAX)

            answered, lost = under_load(gateway.url, end)
    assert answered > 100
    assert lost == []
    assert len(server.requests) == answered


# A model server of the gateway's own

TINY = {
    "MLmodel": """\
flavors:
  python_function:
    code: code
    data: data.txt
    loader_module: tiny_model
signature:
  inputs: '[{"type": "double", "name": "x"}]'
  outputs: '[{"type": "double", "name": "p"}]'
""",
    "data.txt": "3",
    "code/tiny_model.py": """\
class Tiny:
    def __init__(self, factor):
        self.factor = factor

    def predict(self, model_input, params=None):
        return (model_input["x"] * self.factor).tolist()


def _load_pyfunc(path):
    with open(path) as file:
        return Tiny(float(file.read()))
""",
}


def test_a_managed_model_server_leaves_nothing_behind_however_its_gateway_ends(
    gatehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pythons = [Path(python) for python in os.environ.get("GATEHOUSE_MLFLOW_PYTHONS", "").split(":") if python]
    folder = next((python.parent for python in pythons if (python.parent / "mlflow").exists()), None)
    if folder is None:
        pytest.skip("GATEHOUSE_MLFLOW_PYTHONS names no interpreter with `mlflow` beside it")
    # Model servers see variables of MLflow: so they are known among all processes.
    mark = f"MLFLOW_TEST_MARK={tmp_path}"
    monkeypatch.setenv(*mark.split("="))
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    for name, text in TINY.items():
        (tmp_path / "model" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "model" / name).write_text(text)
    with started_server(gatehouse, tmp_path / "data", "--default-policy", "warn") as server:
        client = Client(gatehouse, server)
        client("model", "create", "tiny")
        client("version", "create", "tiny", "--model", tmp_path / "model")
        produce(client, "tiny", 1)
        apply_endpoint(client, tmp_path, "managed", model="tiny")
        chosen = gateway_options(client, tmp_path)
        own = pids(mark)
        with started_gateway(gatehouse, tmp_path, *chosen) as gateway:
            own |= {gateway.process.pid}
            asked = {"dataframe_split": {"columns": ["x"], "data": [[2.0]]}}
            answer = until(lambda: (found := gateway.score(body=asked)).status == 200 and found, gateway.log.read_text)
            assert answer.json() == {"predictions": [6.0]}
            # MLflow's server has no other protocol; the gateway asks it in the one it speaks.
            tensor = {"name": "x", "shape": [2], "datatype": "FP64", "data": [2.0, 0.5]}

            def infer(tensor: dict) -> Answer:
                # While the server started, the breaker of each loop opened.
                path, body = "/v2/models/credit/infer", {"inputs": [tensor]}
                return until(lambda: (found := ask(gateway.url, path, "POST", body=body)).status != 503 and found)

            (output,) = infer(tensor).json()["outputs"]
            assert (output["name"], output["datatype"], output["data"]) == ("predictions", "FP64", [6.0, 1.5])
            unknown = infer({**tensor, "name": "y"})
            assert unknown.status == 400 and "x" in unknown.json()["error"], unknown.text
            assert pids(mark) - own
        until(lambda: pids(mark) <= own)
        with running_to_death(gatehouse, tmp_path, *chosen) as gateway:
            own |= {gateway.process.pid}
            until(lambda: pids(mark) - own, gateway.log.read_text)
        until(lambda: pids(mark) <= own)


def pids(mark: str) -> set[int]:
    """The processes that have this in their environment."""
    found = set()
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                found.add(int(process.name))
    return found
