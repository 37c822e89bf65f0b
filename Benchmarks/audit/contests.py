"""Fills a log, verifies it beside the Go program, and asks a server for decisions and proofs."""

import hashlib
import http.client
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

from contest import Program, contest
from servers import Server

ENTRIES = int(os.environ.get("ENTRIES", "1000000"))
SECONDS = int(os.environ.get("SECONDS_PER_CELL", "10"))
HERE = Path(__file__).parent
gatehouse, auditcheck, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])


def server(name):
    data = folder / name
    command = [
        gatehouse,
        "serve",
        "--port",
        "PORT",
        "--data-dir",
        data,
        "--insecure-no-auth",
        "--default-policy",
        "off",
    ]
    return Server(name, folder, command, data / "gatehouse.db", "")


def published(data):
    return int((data / "audit" / "checkpoint").read_text().split("\n")[1])


def wait_for(data, size):
    while published(data) < size:
        time.sleep(0.05)


def rows(first, last):
    for sequence in range(first, last + 1):
        body = {
            "action": "transition.granted", "facts": {"from": "None", "to": "Staging", "policy": f"sha256:{sequence:064x}"},
            "format": 2, "id": f"bench-{sequence}", "model": f"model-{sequence % 1000}", "outcome": "granted", "people": {},
            "principal": "system:bench", "sequence": sequence, "texts": {}, "time": 1700000000000 + sequence,
            "version": sequence % 50 + 1,
        }  # fmt: skip
        text = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        yield (
            sequence, body["id"], body["time"], body["principal"], body["action"], body["outcome"], body["model"],
            body["version"], text, hashlib.sha256(b"\0" + text).digest(),
        )  # fmt: skip


def fill():
    """Rows as the server writes them; then a server integrates them."""
    log = server("million")
    log.start()
    log.stop()
    with sqlite3.connect(log.database) as database:
        first = database.execute("SELECT last FROM audit_counter").fetchone()[0] + 1
        database.executemany("INSERT INTO audit_entry VALUES (?,?,?,?,?,?,?,?,?,?)", rows(first, first + ENTRIES - 1))
        database.execute("UPDATE audit_counter SET last = ?", (first + ENTRIES - 1,))
    started = time.perf_counter()
    log.start()
    wait_for(folder / "million", first + ENTRIES - 1)
    seconds = time.perf_counter() - started
    print(f"\nintegrate and sign {ENTRIES} committed entries: {seconds:.1f} s, {ENTRIES / seconds:.0f} entries/s")
    return log


def proofs(log):
    connection = http.client.HTTPConnection("127.0.0.1", log.port)
    size = published(folder / "million")
    chance = random.Random(1)
    for name, path in [
        ("inclusion proof", lambda: f"proofs/inclusion?index={chance.randrange(size)}"),
        ("consistency proof", lambda: f"proofs/consistency?from={chance.randrange(1, size)}"),
        ("receipt", lambda: f"receipt?entry={chance.randrange(1, size)}"),
    ]:
        times = []
        for _ in range(500):
            started = time.perf_counter()
            connection.request("GET", f"/api/gatehouse/v1/audit/{path()}")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            times.append((time.perf_counter() - started) * 1000)
        print(
            f"{name} of {size} entries over HTTP, 1 connection: median {statistics.median(times):.2f} ms, "
            f"p99 {sorted(times)[494]:.2f} ms"
        )


def decisions():
    print("\ndecisions, each committed with its audit entry before it is answered, signed within a second")
    for connections in (1, 64):
        busy = server(f"busy-{connections}")
        busy.start()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "30s", "--latency", "-s", HERE / "decide.lua",
             f"http://127.0.0.1:{busy.port}"],
            env=os.environ | {"SEED": str(connections)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        figures = json.loads(done.stdout.splitlines()[-1])
        ended = time.perf_counter()
        with sqlite3.connect(busy.database) as database:
            last = database.execute("SELECT last FROM audit_counter").fetchone()[0]
        wait_for(folder / busy.name, last)
        lag = time.perf_counter() - ended
        busy.stop()
        assert figures["failed"] == 0 and last >= figures["requests"], figures
        subprocess.run([gatehouse, "audit", "verify", folder / busy.name], check=True, capture_output=True)
        print(
            f"  {connections:3} clients: {figures['requests'] / figures['seconds']:7.0f} entries/s, p50 {figures['p50_ms']:.2f} ms, "
            f"p99 {figures['p99_ms']:.2f} ms; all {last} under a checkpoint {lag:.2f} s after the last answer"
        )


def main():
    print(f"load {os.getloadavg()[0]:.1f}")
    log = fill()
    proofs(log)
    log.stop()
    peer = Program("go tlog", [auditcheck, "root", folder / "million/audit"])
    verify = [sys.executable, HERE / "verify.py", gatehouse]
    agree = lambda ours, theirs: "same root" if ours == theirs else f"DIFFERENT: {ours} {theirs}"  # noqa: E731
    contest(
        f"every entry, tile and the signature of {ENTRIES} entries; the peer hashes entries to the root only",
        Program("gatehouse audit verify TILES", [*verify, folder / "million/audit"]), [peer], agree,
    )  # fmt: skip
    contest(
        "the same, and the database's table against it",
        Program("gatehouse audit verify DATA", [*verify, folder / "million"]), [], agree,
    )  # fmt: skip
    decisions()


main()
