"""One round of a cell: wrk, or the client of this folder, asks one proxy for some seconds."""

import json
import os
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PATH = "/endpoints/credit/invocations"


@dataclass
class Round:
    requests: int
    seconds: float
    p50_us: float
    p99_us: float
    failed: int
    cpu_us: float  # of the proxy, per answered request
    p999_us: float = 0

    @property
    def per_second(self):
        return self.requests / self.seconds


def wrk(proxy, body, connections, seconds, units=0, path=PATH):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", HERE / "request.lua"]
    environment = os.environ | {"BODY": str(body), "UNITS": str(units)}
    return measured(proxy, [*command, f"http://127.0.0.1:{proxy.port}{path}"], environment, seconds)


def paced(proxy, client, body, connections, rate, seconds, units=0):
    """Requests leave when they are due, whatever the answers do; latency counts from then."""
    command = [client, proxy.port, PATH, body, connections, rate, int(rate * seconds), units, ""]
    return measured(proxy, command, os.environ, seconds)


def measured(proxy, command, environment, seconds):
    before = proxy.cpu_seconds()
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds * 6 + 60,
    )
    cpu = proxy.cpu_seconds() - before
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {done.returncode}: {done.stderr[-1000:]}{done.stdout[-1000:]}")
    figures = json.loads(done.stdout.splitlines()[-1])
    figures = {name: value for name, value in figures.items() if "watched" not in name}
    return Round(**figures, cpu_us=cpu * 1e6 / max(figures["requests"], 1))


def median(rounds, figure):
    return statistics.median(getattr(one, figure) for one in rounds)


def ratio(ours, theirs, figure):
    """The median over the rounds of ours / theirs: both of a round saw the same machine."""
    return statistics.median(getattr(mine, figure) / getattr(peer, figure) for mine, peer in zip(ours, theirs))
