"""How long 'why is this version where it is' takes in a long log.

Plays the demo's story, fills the log with made-up entries up to --entries (half of them tags of the very version that is
asked about, the worst case), starts the server on it and asks over HTTP and over the command line.
"""

import argparse
import hashlib
import json
import os
import random
import re
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MODEL, VERSION = "credit-risk", 3


def fill(database: Path, entries: int) -> None:
    """Appends rows in the form in which the server writes them."""
    with sqlite3.connect(database) as connection:
        (last,) = connection.execute("SELECT last FROM audit_counter").fetchone()
        chance = random.Random(7)

        def rows():
            for sequence in range(last + 1, entries + 1):
                is_same = sequence % 2 == 0
                model = MODEL if is_same else f"model-{chance.randrange(1000)}"
                version = VERSION if is_same else chance.randrange(1, 50)
                action = (
                    "tag.set" if is_same else chance.choice(["tag.set", "transition.refused", "version.registered"])
                )
                outcome = "refused" if action == "transition.refused" else "recorded"
                body = json.dumps(
                    {
                        "action": action,
                        "facts": {"key": f"k{sequence % 97}"},
                        "format": 2,
                        "id": f"fill-{sequence}",
                        "model": model,
                        "outcome": outcome,
                        "people": {},
                        "principal": "system:fill",
                        "sequence": sequence,
                        "texts": {},
                        "time": 1_790_000_000_000 + sequence,
                        "version": version,
                    },
                    separators=(",", ":"),
                    sort_keys=True,
                ).encode()
                yield (
                    sequence,
                    f"fill-{sequence}",
                    1_790_000_000_000 + sequence,
                    "system:fill",
                    action,
                    outcome,
                    model,
                    version,
                    body,
                    hashlib.sha256(b"\0" + body).digest(),
                )

        connection.executemany(
            "INSERT INTO audit_entry (sequence, id, time, principal, action, outcome, model, version, body, leaf_hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows(),
        )
        connection.execute("UPDATE audit_counter SET last = ?", (entries,))


def start(binary: Path, folder: Path) -> tuple[subprocess.Popen, str]:
    log = (folder.parent / "serve.log").open("w+")
    server = subprocess.Popen([binary, "serve", "--port", "0", "--data-dir", folder], stdout=log, stderr=log)
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and server.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+", Path(log.name).read_text()):
            try:
                urllib.request.urlopen(f"{found[0]}/health", timeout=5).read()
                return server, found[0]
            except OSError:
                pass
        time.sleep(0.1)
    raise SystemExit(f"the server did not start:\n{Path(log.name).read_text()}")


def timed(ask, count: int) -> list[float]:
    milliseconds = []
    for _ in range(count):
        begin = time.perf_counter()
        ask()
        milliseconds.append((time.perf_counter() - begin) * 1000)
    return sorted(milliseconds)


def report(name: str, found: list[float]) -> None:
    p95 = found[min(len(found) - 1, int(0.95 * len(found)))]
    print(f"{name:32} p50 {statistics.median(found):8.2f} ms   p95 {p95:8.2f} ms   max {found[-1]:8.2f} ms")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--binary", type=Path, default=REPOSITORY / ".build/release/gatehouse")
    options.add_argument("--entries", type=int, default=1_000_000)
    options.add_argument("--asks", type=int, default=200)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        story = Path(name) / "story"
        subprocess.run(
            [given.binary, "demo", "--exit", "--data-dir", story], check=True, capture_output=True, cwd=REPOSITORY
        )
        token = (story / "token").read_text().strip()
        fill(story / "server" / "gatehouse.db", given.entries)
        server, url = start(given.binary, story / "server")
        try:

            def get(path: str) -> bytes:
                call = urllib.request.Request(
                    f"{url}/api/gatehouse/v1/{path}", headers={"Authorization": f"Bearer {token}"}
                )
                return urllib.request.urlopen(call, timeout=60).read()

            answer = json.loads(get(f"models/{MODEL}/versions/{VERSION}/why"))
            assert answer["stage"] != "None" and answer["checks"]["results"], answer["sentence"]
            print(f"{given.entries} entries; {len(answer['entries'])} of them explain {MODEL} v{VERSION}")
            report("GET why", timed(lambda: get(f"models/{MODEL}/versions/{VERSION}/why"), given.asks))
            bundle = f"audit/bundle?model={MODEL}&version={VERSION}&explain=true"
            report("GET bundle (with proofs)", timed(lambda: get(bundle), given.asks))
            report("GET log, refusals of a month", timed(lambda: get("audit?outcome=refused&limit=20"), given.asks))
            environment = {**os.environ, "GATEHOUSE_SERVER": url, "GATEHOUSE_TOKEN": token}
            command = [given.binary, "audit", "why", MODEL, str(VERSION), "--json"]
            report(
                "gatehouse audit why",
                timed(lambda: subprocess.run(command, env=environment, check=True, capture_output=True), 20),
            )
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=120)


if __name__ == "__main__":
    main()
