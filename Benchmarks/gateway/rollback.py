"""How long a bad version goes on answering after the command that takes it back, with 64 connections busy.

usage: rollback.py GATEHOUSE TOOLS FOLDER
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import proxies
import registry
from load import PATH

RUNS = int(os.environ.get("RUNS", "5"))
CONNECTIONS = 64
BUSY_SECONDS = 1


def once(client, gateway, tools, body):
    """The bad version 2 comes in, answers everybody, and is taken back: (command, last answer) in seconds, its answers after
    the command began."""
    client.produce("credit-risk", 2)
    registry.until(lambda: gateway.version() == "2", "version 2 to answer")
    command = [tools / "client", gateway.port, PATH, body, CONNECTIONS, 0, 0, 1000, "2"]
    busy = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    time.sleep(BUSY_SECONDS)
    began = time.monotonic()
    client("rollback", "credit-risk", "--reason", "it declines everybody")
    ended = time.monotonic()
    registry.until(lambda: gateway.version() == "1", "version 1 to answer")
    time.sleep(BUSY_SECONDS)
    busy.terminate()
    figures = json.loads(busy.communicate()[0])
    return ended - began, figures["last_watched"] - began, figures


def main(program, tools, folder):
    model = proxies.upstream(tools / "upstream", folder / "rollback-model")
    model.start()
    body = folder / "body.json"
    body.write_text(proxies.body())
    with registry.running(program, folder / "rollback", model) as (client, gateway):
        runs = [once(client, gateway, tools, body) for _ in range(RUNS)]
    model.stop()
    print(f"\nrollback, {CONNECTIONS} connections busy, {RUNS} runs   load {os.getloadavg()[0]:.1f}")
    for name, at in (("the command took", 0), ("last answer by the bad version, from the command's start", 1)):
        times = sorted(run[at] * 1000 for run in runs)
        print(f"  {name}: {statistics.median(times):,.0f} ms (least {times[0]:,.0f}, most {times[-1]:,.0f})")
    failed = sum(run[2]["failed"] for run in runs)
    print(f"  requests meanwhile: {sum(run[2]['requests'] for run in runs):,}, failed {failed}", flush=True)
    if failed or max(run[1] for run in runs) >= 1:
        raise SystemExit("a rollback took a second or more, or requests failed")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
