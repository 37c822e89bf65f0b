"""Fills a log, verifies it beside the Go program, and asks a server for decisions and proofs."""

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

import rows
from contest import Program, contest
from servers import Server

ENTRIES = int(os.environ.get("ENTRIES", "1000000"))
SECONDS = int(os.environ.get("SECONDS_PER_CELL", "10"))
HERE = Path(__file__).parent
gatehouse, auditcheck, log_bench, folder = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])


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


def fill():
    """Rows as the server writes them; then a server integrates them."""
    log = server("million")
    log.start()
    log.stop()
    last = rows.fill(log.database, ENTRIES)
    started = time.perf_counter()
    log.start()
    wait_for(folder / "million", last)
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


def disk():
    """What the disk can do: one wait for it per commit is the least that an acknowledged entry can share."""
    descriptor = os.open(folder / "disk", os.O_RDWR | os.O_CREAT, 0o600)
    times, started = [], time.perf_counter()
    while time.perf_counter() - started < 2:
        begun = time.perf_counter()
        os.write(descriptor, bytes(4096))
        os.fsync(descriptor)
        times.append((time.perf_counter() - begun) * 1000)
    os.close(descriptor)
    print(
        f"\nthe disk: {len(times) / 2:.0f} writes of 4 kB per second, each synchronised; median {statistics.median(times):.2f} ms, "
        f"p99 {sorted(times)[len(times) * 99 // 100]:.2f} ms"
    )


def appends():
    print(
        "\nentries appended to the log alone, each on disk before its writer goes on; signed five times a second beside it"
    )
    for name, options in [("", []), (", each with a reason", ["--reason"])]:
        for writers in (1, 64):
            data = folder / f"appended-{writers}{len(options)}"
            done = subprocess.run(
                [log_bench, data, "--writers", str(writers), "--seconds", str(SECONDS), *options],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            figures = json.loads(done.stdout)
            found = subprocess.run(
                [gatehouse, "audit", "verify", data, "--json"], capture_output=True, text=True, check=True
            )
            assert json.loads(found.stdout)["entries"] == figures["entries"]
            print(
                f"  {writers:3} writers{name}: {figures['entries'] / figures['seconds']:7.0f} entries/s in "
                f"{figures['commits'] / figures['seconds']:.0f} commits/s, p50 {figures['p50_ms']:.2f} ms, p99 {figures['p99_ms']:.2f} ms"
            )


def decisions():
    print("\nthe same over HTTP: a new model with each request, which is a decision with its entry")
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
    disk()
    appends()
    decisions()


main()
