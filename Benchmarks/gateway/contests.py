"""Runs the cells of the table: gateway, nginx and haproxy in turn, round after round, in front of the same model servers.

usage: contests.py GATEWAY TOOLS FOLDER
"""

import json
import os
import re
import sys
from pathlib import Path

import load
import proxies
from contest import figure
from load import median, ratio

SECONDS = int(os.environ.get("SECONDS_PER_CELL", "2"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CONNECTIONS = [int(text) for text in os.environ.get("CONNECTIONS", "1,16,64,256").split(",")]
BUSY = 64
UNITS = 10_000
WARM_UP_SECONDS = 1

# What is on, the share that nginx mirrors, and the ratio to nginx by CPU that is aimed at.
CELLS = {
    "plain": ("no features", {}, None, 1.0),
    "shadow_1": ("shadow 1 %, nginx mirrors 1 %", {"shadow": 1_000}, "1%", 1.0),
    "shadow_100": ("shadow 100 %, nginx mirrors 100 %", {"shadow": 100_000}, "100%", 2.5),
    "exposures": ("champion and challenger 50:50, every exposure recorded", {"split": 50_000}, None, 0.9),
    "all": (
        "split 50:50 with exposures, shadow 1 %, live statistics 1 in 10, access log 1 in 100",
        {"split": 50_000, "shadow": 1_000, "live": 10, "log": 100},
        None,
        0.8,
    ),
}


class Bench:
    def __init__(self, gateway, tools, folder):
        self.gateway, self.tools, self.folder = gateway, tools, folder
        self.body = folder / "body.json"
        self.body.write_text(proxies.body())
        self.model = proxies.upstream(tools / "upstream", folder / "model")
        self.shadow = proxies.upstream(tools / "upstream", folder / "shadow")
        self.summary = []

    def contestants(self, cell):
        _, features, mirrored, _ = CELLS[cell]
        folder = self.folder / cell
        shadow = self.shadow if mirrored else None
        found = [
            proxies.gateway(self.gateway, folder / "gatehouse", proxies.table(self.model, self.shadow, features)),
            proxies.nginx(folder / "nginx", self.model, shadow, mirrored),
        ]
        return [*found, proxies.haproxy(folder / "haproxy", self.model)] if cell == "plain" else found

    def run(self, cell):
        title, features, _, aim = CELLS[cell]
        units = 0 if cell == "plain" else UNITS
        contestants = self.contestants(cell)
        try:
            for proxy in contestants:
                proxy.start()
                load.wrk(proxy, self.body, BUSY, WARM_UP_SECONDS, units)
            for connections in CONNECTIONS if cell == "plain" else [BUSY]:
                rounds = {proxy.name: [] for proxy in contestants}
                for _ in range(ROUNDS):
                    for proxy in contestants:
                        rounds[proxy.name].append(load.wrk(proxy, self.body, connections, SECONDS, units))
                memory = {proxy.name: proxy.memory_megabytes() for proxy in contestants}
                self.show(f"{title}, {connections} connections", rounds, memory, aim)
            if "shadow" in features:
                print("  " + accounted(contestants[0]))
        finally:
            for proxy in contestants:
                proxy.stop()

    def show(self, title, rounds, memory, aim):
        print(f"\n{title}   load {os.getloadavg()[0]:.1f}")
        print(f"  {'':10} {'requests/s':>10} {'p50 µs':>9} {'p99 µs':>9} {'CPU µs':>9} {'MB':>7}")
        for name, own in rounds.items():
            failed = sum(one.failed for one in own)
            figures = [
                f"{median(own, 'per_second'):10,.0f}",
                *(f"{median(own, key):9,.0f}" for key in ("p50_us", "p99_us")),
            ]
            note = f"   {failed} failed" if failed else ""
            print(f"  {name:10} {' '.join(figures)} {median(own, 'cpu_us'):9.2f} {memory[name]:7.0f}{note}")
        ours = rounds["gatehouse"]
        for name in [name for name in rounds if name != "gatehouse"]:
            cpu, speed = ratio(rounds[name], ours, "cpu_us"), ratio(ours, rounds[name], "per_second")
            late = ratio(rounds[name], ours, "p99_us")
            print(
                f"  ratio to {name}: {figure(cpu)}   (CPU per request; requests/s {figure(speed)}, p99 {figure(late)})"
            )
            if name == "nginx":
                self.summary.append((title, cpu, speed, aim))
        sys.stdout.flush()

    def paced(self, cell):
        """A constant rate of half of what the gateway can take: what it adds to each request."""
        title = CELLS[cell][0]
        units = 0 if cell == "plain" else UNITS
        contestants = [self.model, *self.contestants(cell)]
        try:
            for proxy in contestants[1:]:
                proxy.start()
            ours = contestants[1]
            load.wrk(ours, self.body, BUSY, WARM_UP_SECONDS, units)
            rate = int(load.wrk(ours, self.body, BUSY, SECONDS, units).per_second / 2)
            rounds = {proxy.name: [] for proxy in contestants}
            for _ in range(ROUNDS):
                for proxy in contestants:
                    client = self.tools / "client"
                    rounds[proxy.name].append(load.paced(proxy, client, self.body, BUSY, rate, SECONDS, units))
        finally:
            for proxy in contestants[1:]:
                proxy.stop()
        print(f"\n{title}, {rate:,} requests/s whatever the answers do   load {os.getloadavg()[0]:.1f}")
        print(f"  {'':10} {'p50 µs':>9} {'p99 µs':>9} {'p99.9 µs':>9} {'added p99':>10} {'CPU µs':>9}")
        direct = median(rounds["direct"], "p99_us")
        for name, own in rounds.items():
            figures = [f"{median(own, key):9,.0f}" for key in ("p50_us", "p99_us", "p999_us")]
            added = f"{median(own, 'p99_us') - direct:10,.0f}"
            print(f"  {name:10} {' '.join(figures)} {added} {median(own, 'cpu_us'):9.2f}")
        sys.stdout.flush()

    def allocations(self):
        """Per request, all threads of the gateway; more than the committed number fails the run."""
        limits = json.loads((Path(__file__).parent / "allocations.json").read_text())
        print(f"\nallocations per request, {BUSY} connections")
        above = []
        for cell, limit in limits.items():
            counted = self.folder / f"allocations-{cell}"
            environment = {"LD_PRELOAD": str(self.tools / "allocations.so"), "ALLOCATIONS": str(counted)}
            routes = proxies.table(self.model, self.shadow, CELLS[cell][1])
            proxy = proxies.gateway(self.gateway, self.folder / f"counted-{cell}", routes, environment)
            units = 0 if cell == "plain" else UNITS
            proxy.start()
            try:
                load.wrk(proxy, self.body, BUSY, WARM_UP_SECONDS, units)
                before = int.from_bytes(counted.read_bytes(), sys.byteorder)
                requests = load.wrk(proxy, self.body, BUSY, SECONDS, units).requests
                per_request = (int.from_bytes(counted.read_bytes(), sys.byteorder) - before) / requests
            finally:
                proxy.stop()
            print(f"  {cell:10} {per_request:8.2f}   at most {limit}", flush=True)
            if per_request > limit:
                above.append(cell)
        if above:
            raise SystemExit(f"more allocations than agreed: {', '.join(above)}")

    def close(self):
        if not self.summary:
            return
        print(f"\nratio to nginx, median of {ROUNDS} rounds of {SECONDS} s, {proxies.LOOPS} loop(s) or worker(s) each")
        width = max(len(title) for title, *_ in self.summary)
        print(f"  {'':{width}} {'CPU':>6} {'req/s':>6} {'aim':>6}")
        for title, cpu, speed, aim in self.summary:
            print(f"  {title:{width}} {cpu:6.2f} {speed:6.2f} {aim:6.2f}")


def accounted(gateway):
    """What became of the copies, as the gateway counts them."""
    outcomes = {}
    for line in gateway.page("/metrics").splitlines():
        if line.startswith("gatehouse_gateway_shadow_eligible_total"):
            outcomes["eligible"] = outcomes.get("eligible", 0) + int(line.rsplit(" ", 1)[1])
        elif line.startswith("gatehouse_gateway_shadow_total"):
            outcome = "/".join(re.findall(r'(?:outcome|reason)="([^"]*)"', line))
            outcomes[outcome] = outcomes.get(outcome, 0) + int(line.rsplit(" ", 1)[1])
    return "copies: " + ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.items())


def main(gateway, tools, folder):
    bench = Bench(gateway, tools, folder)
    bench.model.start()
    bench.shadow.start()
    print(
        f"500-byte POST, 200-byte answer; {SECONDS} s and {ROUNDS} rounds per cell, one proxy at a time is asked; "
        f"client, proxy and model server share {os.cpu_count()} processors"
    )
    try:
        for cell in CELLS:
            if cell in ONLY:
                bench.run(cell)
        for cell in ("plain", "all"):
            if "paced" in ONLY:
                bench.paced(cell)
        bench.close()
        if "allocations" in ONLY:
            bench.allocations()
    finally:
        bench.model.stop()
        bench.shadow.stop()


ONLY = os.environ.get("ONLY", ",".join([*CELLS, "paced", "allocations"])).split(",")
if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
