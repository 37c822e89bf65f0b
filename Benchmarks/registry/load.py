"""One cell of the table: so many connections send one operation to one server for some seconds."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass
class Cell:
    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    failed: int
    timeouts: int
    cpu_ms: float  # of all the server's processes, per answered request

    @property
    def per_second(self):
        return self.requests / self.seconds


def run(server, operation, connections, seconds, models, versions, runs_file, seed=1):
    """wrk with one thread: it takes a few microseconds per request, the servers take more."""
    environment = os.environ | {
        "OP": operation,
        "MODELS": str(models),
        "VERSIONS": str(versions),
        "RUNS": str(runs_file),
        "SEED": str(seed),
    }
    before = server.cpu_seconds()
    done = subprocess.run(
        [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--timeout",
            f"{seconds}s",
            "--latency",
            "-s",
            HERE / "load.lua",
            f"http://127.0.0.1:{server.port}",
        ],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds * 4 + 60,
    )
    cpu = server.cpu_seconds() - before
    if done.returncode != 0:
        raise SystemExit(f"wrk ended with {done.returncode}: {done.stderr[-1000:]}{done.stdout[-1000:]}")
    figures = json.loads(done.stdout.splitlines()[-1])
    figures.pop("bytes")
    return Cell(**figures, cpu_ms=cpu * 1000 / max(figures["requests"], 1))
