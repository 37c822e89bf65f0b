"""Many processes register and move versions of one model at once, while the server is killed again and again.

What a client was told is done must be there afterwards, exactly once: numbers without gap or repeat, one stage for each
version, one audit entry for each change, and each entry begins where the one before it ended. Needs nothing but Python.
The last line is `acknowledged N, lost N, doubled N, violations N`; the exit code is 0 when nothing is wrong.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from faults import Tally
from mortal_server import MortalServer

MODEL = "rushed"
STAGES = ["None", "Staging", "Production", "Archived"]
CALL_SECONDS_MAX = 120
PAUSE_SECONDS = 0.05


class Rush:
    """What all processes share: where the server is, and how long it goes on, which is until the end, and on a slow machine
    until so much was done."""

    def __init__(self, port: int, seconds: float, least: int) -> None:
        self.port, self.done = multiprocessing.Value("i", port), multiprocessing.Value("i", 0)
        self.end, self.least = time.time() + seconds, least

    def goes_on(self) -> bool:
        return time.time() < self.end or self.done.value < self.least


class Worker:
    """One client with a connection of its own. Moves only versions that it registered, so that it knows their stage."""

    def __init__(self, number: int, rush: Rush, token: str) -> None:
        self.rush, self.token = rush, token
        self.chance = random.Random(number)
        self.connection: http.client.HTTPConnection | None = None
        self.registered: list[str] = []
        # Per version: every stage it was asked into, with whether that was acknowledged.
        self.moves: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        self.refusals: list[str] = []

    def work(self) -> None:
        while self.rush.goes_on():
            if self.registered and self.chance.random() < 0.6:
                version, stage = self.chance.choice(self.registered), self.chance.choice(STAGES)
                call = {"name": MODEL, "version": version, "stage": stage}
                self.moves[version].append((stage, self.ask("transition-stage", call) is not None))
            elif answer := self.ask("create", {"name": MODEL, "source": "s3://bucket/model"}):
                self.registered.append(answer["model_version"]["version"])

    def ask(self, call: str, body: dict) -> dict | None:
        """The answer, or None when the server died before there was one."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.rush.port.value, timeout=CALL_SECONDS_MAX)
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            self.connection.request("POST", f"/api/2.0/mlflow/model-versions/{call}", json.dumps(body), headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection = None
            time.sleep(PAUSE_SECONDS)
            return None
        if answer.status != 200:
            self.refusals.append(f"{call} {body}: {answer.status} {content.decode(errors='replace')[:300]}")
            return None
        with self.rush.done.get_lock():
            self.rush.done.value += 1
        return json.loads(content)


def run_worker(number: int, rush: Rush, token: str, results) -> None:
    worker = Worker(number, rush, token)
    worker.work()
    results.put((worker.registered, dict(worker.moves), worker.refusals))


def played(server: MortalServer, processes: int, seconds: float, kills: int, least: int) -> Tally:
    server.start()
    server.call("POST", "models", body={"name": MODEL})
    rush = Rush(server.port, seconds, least)
    results = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(target=run_worker, args=(number, rush, server.token, results))
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    chance = random.Random(kills)
    for number in range(kills):
        time.sleep(max(0.0, (rush.end - time.time()) / (kills - number) * chance.uniform(0.5, 1.0)))
        server.kill()
        server.start()
        rush.port.value = server.port
        print(f"kill {number + 1} of {kills}", flush=True)
    told = [results.get(timeout=seconds + 5 * CALL_SECONDS_MAX) for _ in workers]
    for worker in workers:
        worker.join()
    tally = Tally()
    inspect(server, told, tally)
    if server.stop() != 0:
        tally.violations.append("the server did not end cleanly")
    return tally


def inspect(server: MortalServer, told: list, tally: Tally) -> None:
    versions = pages(server, "models", MODEL, "versions")
    stages = {str(version["version"]): version["stage"] for version in versions}
    if sorted(map(int, stages)) != list(range(1, len(stages) + 1)) or len(versions) != len(stages):
        tally.violations.append(f"{len(versions)} versions with {len(stages)} numbers up to {max(map(int, stages))}")
    entries = audit(server)
    registered = [number for numbers, _, _ in told for number in numbers]
    tally.acknowledged = len(registered)
    tally.lost += [f"version {number}" for number in registered if number not in stages]
    if len(set(registered)) != len(registered):
        tally.doubled.append("one number was given to two clients")
    recorded = [str(e["version"]) for e in entries if e["action"] == "version.registered"]
    if sorted(recorded, key=int) != sorted(stages, key=int):
        tally.violations.append(f"{len(recorded)} registrations recorded for {len(stages)} versions")
    changes = defaultdict(list)
    for entry in entries:
        if entry["action"] in ("transition.granted", "rollback.performed"):
            changes[str(entry["version"])].append((entry["facts"]["from"], entry["facts"]["to"]))
    for _, moves, refusals in told:
        tally.violations += refusals
        for version, asked in moves.items():
            tally.acknowledged += sum(done for _, done in asked)
            inspect_moves(version, asked, changes[version], stages.get(version), tally)


def inspect_moves(version: str, asked: list, changes: list, stage: str | None, tally: Tally) -> None:
    """What is recorded must be what was asked for, in order; only what was in doubt may be missing."""
    stages = ["None", *(to for _, to in changes)]
    if [begin for begin, _ in changes] != stages[:-1]:
        tally.violations.append(f"version {version}: an entry does not begin where the one before it ended: {changes}")
        return
    if stage != stages[-1]:
        tally.violations.append(f"version {version} is in {stage} after {changes}")
    # How many of the recorded changes may have happened so far. What was in doubt leaves both open.
    reached = {0}
    for wanted, done in asked:
        moved = {position + 1 for position in reached if stages[position + 1 : position + 2] == [wanted]}
        reached = moved if done else reached | moved
        if not reached:
            tally.lost.append(f"version {version} to {wanted}: recorded {changes}, asked {asked}")
            return
    if len(changes) not in reached:
        tally.doubled.append(f"version {version}: recorded {changes}, asked {asked}")


def pages(server: MortalServer, *path: object) -> list[dict]:
    found, token = [], None
    while True:
        page = server.call("GET", *path, query="?limit=1000" + (f"&page_token={token}" if token else ""))
        found += page["items"]
        token = page["next_page_token"]
        if not token:
            return found


def audit(server: MortalServer) -> list[dict]:
    entries, after = [], 0
    while page := server.call("GET", "audit", query=f"?after={after}&limit=1000")["items"]:
        entries += page
        after = page[-1]["sequence"]
    return entries


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--least", type=int, default=0, help="go on beyond the seconds until so much was acknowledged")
    parser.add_argument("--binary", type=Path, default=os.environ.get("GATEHOUSE_BIN"), help="[GATEHOUSE_BIN]")
    options = parser.parse_args()
    if options.binary is None:
        parser.error("name the program with --binary or GATEHOUSE_BIN")
    with tempfile.TemporaryDirectory(prefix="gatehouse-rush-") as folder:
        binary = Path(options.binary).resolve()
        server = MortalServer(binary, Path(folder), options=("--default-policy", "off"))
        try:
            tally = played(server, options.processes, options.seconds, options.kills, options.least)
        finally:
            if server.process and server.process.poll() is None:
                server.kill()
    for what, list_ in [("lost", tally.lost), ("doubled", tally.doubled), ("violation", tally.violations)]:
        for line in list_[:50]:
            print(f"{what}: {line}")
    print(tally)
    return 0 if tally.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
