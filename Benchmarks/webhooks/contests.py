"""Stage transitions on three servers in turn: without webhooks, with one that works, with HOOKS dead ones."""

import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

PAIRS = int(os.environ.get("PAIRS", "550"))
HOOKS = int(os.environ.get("HOOKS", "50"))
PAUSE = float(os.environ.get("PAUSE", "10")) / 1000
# Even, so that the version is back where it was.
BLOCK = 50
TICKS = os.sysconf("SC_CLK_TCK")
EVENT = "model_version.stage_transitioned"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gatehouse:
    def __init__(self, binary, folder):
        folder.mkdir()
        self.port = free_port()
        self.log = folder / "log"
        options = ["--default-policy", "off", "--webhook-allow-private"]
        command = [binary, "serve", "--port", str(self.port), "--data-dir", str(folder / "data"), *options]
        self.process = subprocess.Popen(command, stdout=self.log.open("wb"), stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while not (found := re.search(r"admin token:\s*(\S+)\n", self.log.read_text())):
            if time.monotonic() > deadline:
                sys.exit(f"the server does not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.02)
        self.headers = {"Authorization": f"Bearer {found[1]}"}
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.times = []
        self.hook = None

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        self.connection.request(method, f"/api/gatehouse/v1/{path}", data, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if not 200 <= answer.status < 300:
            sys.exit(f"{method} {path}: {answer.status} {content[:500]}")
        return json.loads(content) if content else None

    def prepare(self, urls):
        self.call("POST", "models", {"name": "m"})
        self.call("POST", "models/m/versions", {"files": [], "source": "s3://elsewhere/m"})
        for number, url in enumerate(urls):
            hook = {"name": f"hook{number}", "url": url, "events": [EVENT], "secret": "secret"}
            self.hook = self.call("POST", "webhooks", hook)["id"]

    def move(self, stage):
        started = time.perf_counter()
        self.call("POST", "models/m/versions/1/transitions", {"to": stage, "reason": "benchmark"})
        self.times.append((time.perf_counter() - started) * 1000)

    def resources(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return (int(fields[11]) + int(fields[12])) / TICKS, int(re.search(r"VmRSS:\s*(\d+)", status)[1]) / 1024

    def finish(self):
        """Seconds until deliveries that were put off are made: a log is read from complete ones only."""
        started = time.perf_counter()
        if self.hook:
            self.call("GET", f"webhooks/{self.hook}/deliveries")
        return time.perf_counter() - started

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def main():
    binary, folder = sys.argv[1], Path(sys.argv[2])
    receivers = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("receivers.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    works, kinds = json.loads(receivers.stdout.readline())
    servers = {"no hooks": Gatehouse(binary, folder / "none"), "one that works": Gatehouse(binary, folder / "one"),
               f"{HOOKS} dead hooks": Gatehouse(binary, folder / "dead")}  # fmt: skip
    none, one, dead = servers.values()
    none.prepare([])
    one.prepare([works])
    dead.prepare([kinds[number % len(kinds)] for number in range(HOOKS)])
    # In blocks, so that what a server does after a change falls on its own next one; each comes after each of the others once, and
    # none after itself. The first block of each is not counted.
    cycle = [none, one, dead, one, none, dead]
    for block in range(-(-(PAIRS // BLOCK + 1) // 2) * len(cycle)):
        for number in range(BLOCK):
            cycle[block % len(cycle)].move("Staging" if number % 2 == 0 else "None")
            time.sleep(PAUSE)
    # Deliveries that were put off are made now, and count as processor time.
    waited = {server: server.finish() for server in servers.values()}
    pace = f"{PAUSE * 1000:.0f} ms apart" if PAUSE else "as fast as they go"
    print(f"\n{len(none.times) - BLOCK} transitions each, {pace}, in blocks of {BLOCK}   load {os.getloadavg()[0]:.1f}")
    print(f"  {'':16} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'CPU s':>8} {'RSS MB':>8} {'after s':>8}")
    medians = {}
    for name, server in servers.items():
        times = sorted(server.times[BLOCK:])
        cuts = statistics.quantiles(times, n=100)
        medians[name] = cuts[49]
        cpu, memory = server.resources()
        print(
            f"  {name:16} {cuts[49]:8.2f} {cuts[94]:8.2f} {cuts[98]:8.2f} {cpu:8.2f} {memory:8.0f} {waited[server]:8.2f}"
        )
        if name != "no hooks":
            times = medians[name] / medians["no hooks"]
            print(
                f"  ratio to no hooks: {1 / times:.2f}   (median latency with {name}: {times:.2f} times that without)"
            )
    for server in servers.values():
        server.stop()
    receivers.stdin.close()
    receivers.wait(60)


main()
