"""Millions of requests with everything on: memory does not grow, and every request is accounted for.

usage: endurance.py GATEWAY TOOLS FOLDER
"""

import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import proxies

REQUESTS = int(os.environ.get("REQUESTS", "1000000"))
CONNECTIONS = 64
UNITS = 1_000_000
SAMPLE_SECONDS = 10
SETTLE_SECONDS = 20
# The first fifth fills pools and the allocator's arenas. From then on the line through the samples may not rise by more than the
# first figure: a leak of one byte per request is 1 MB per million. What is below the second one may be the pages of notes that a
# loop has out while recording is behind, sixteen of half a megabyte, in use for the first time.
GROWTH_MB_PER_MILLION_MAX = 0.5
PAGES_MB = 8.5
FEATURES = {"split": 50_000, "shadow": 100_000, "live": 10, "log": 100}


def counted(gateway):
    """The counters of /metrics, summed over their labels; copies by what became of them."""
    found = {}
    for line in gateway.page("/metrics").splitlines():
        name, _, rest = line.removeprefix("gatehouse_gateway_").partition(" ")
        if line.startswith("#") or "_bucket" in name:
            continue
        name, _, labels = name.partition("{")
        outcome = re.search(r'outcome="([^"]*)"', labels)
        arm = re.search(r'arm="([^"]*)"', labels)
        # What the shadow answered is no request of a caller.
        if arm and arm.group(1) == "shadow" and not name.startswith("shadow_"):
            name = f"shadow:{name}"
        name = f"{name}:{outcome.group(1)}" if outcome else name
        found[name] = found.get(name, 0) + float(rest)
    return found


def settled(gateway):
    """What was counted when nothing is in flight any more."""
    deadline = time.monotonic() + SETTLE_SECONDS
    before = counted(gateway)
    while time.monotonic() < deadline:
        time.sleep(3)
        now = counted(gateway)
        if now == before:
            break
        before = now
    return before


def main(program, tools, folder):
    model = proxies.upstream(tools / "upstream", folder / "model")
    shadow = proxies.upstream(tools / "upstream", folder / "shadow")
    model.start()
    shadow.start()
    body = folder / "body.json"
    body.write_text(proxies.body())
    gateway = proxies.gateway(program, folder / "endurance", proxies.table(model, shadow, FEATURES))
    gateway.start()
    try:
        command = [
            tools / "client",
            gateway.port,
            "/endpoints/credit/invocations",
            body,
            CONNECTIONS,
            0,
            REQUESTS,
            UNITS,
            "",
        ]
        client = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
        samples = []
        while client.poll() is None:
            samples.append((answered(gateway), gateway.own_megabytes()))
            try:
                client.wait(SAMPLE_SECONDS if REQUESTS > 1_000_000 else 1)
            except subprocess.TimeoutExpired:
                continue
        answer = client.stdout.read()
        counts = settled(gateway)
    finally:
        gateway.stop()
        model.stop()
        shadow.stop()
    report(answer, samples, counts)


def answered(gateway):
    """Requests so far, as of the last window of a second."""
    return int(counted(gateway).get("requests_total", 0))


def trend(samples):
    """MB per million requests, and MB from the first sample to the last: the median slope of all pairs (Theil, 1950; Sen, 1968),
    which a few samples amid a batch do not move."""
    pairs = [(b[0] - a[0], b[1] - a[1]) for at, a in enumerate(samples) for b in samples[at + 1 :] if b[0] > a[0]]
    slope = statistics.median(megabytes / requests for requests, megabytes in pairs) if pairs else 0.0
    return slope * 1e6, slope * (samples[-1][0] - samples[0][0])


def report(answer, samples, counts):
    print(
        f"\n{REQUESTS:,} requests through split, exposures, shadow 100 %, live statistics and access log: {answer.strip()}"
    )
    growth, rise = trend([sample for sample in samples if sample[0] >= samples[-1][0] / 5])
    shown = samples[:: max(1, len(samples) // 12)]
    print("  MB: " + ", ".join(f"{megabytes:.0f} at {requests / 1e6:.1f} M" for requests, megabytes in shown))
    print(f"  from the first fifth on {growth:+.2f} MB per million requests")
    copies = {name.partition(":")[2]: int(count) for name, count in counts.items() if name.startswith("shadow_total:")}
    eligible = int(counts.get("shadow_eligible_total", 0))
    print(f"  copies: {eligible:,} eligible = " + " + ".join(f"{count:,} {name}" for name, count in copies.items()))
    noted, lost = int(counts["exposures_total"]), int(counts["records_lost_total"])
    print(
        f"  exposures: {int(counts['requests_total']):,} requests = {noted:,} noted + {lost:,} lost to pages (pairs among them)"
    )
    wrong = []
    if eligible != sum(copies.values()) or eligible != int(counts["requests_total"]):
        wrong.append("copies do not add up")
    if growth > GROWTH_MB_PER_MILLION_MAX and rise > PAGES_MB:
        wrong.append(f"memory grew by {rise:.0f} MB")
    if wrong:
        raise SystemExit("; ".join(wrong))
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
