"""Times the pages of a large registry, one request after the other; see `run`.

usage: contests.py GATEHOUSE MLFLOW_PYTHON FOLDER
"""

import http.client
import json
import os
import statistics
import sys
import threading
import time
from pathlib import Path

import fill
import pages
import servers
from contest import figure

MODELS = 100
VERSIONS = int(os.environ.get("VERSIONS", "10000"))
ENTRIES = int(os.environ.get("ENTRIES", "100000"))
REQUESTS = int(os.environ.get("REQUESTS", "100"))
WARM_UP = 10
# Lists of which only a part is asked for: rare and frequent, present and absent.
FILTERS = [
    "/audit?outcome=refused",
    "/audit?outcome=granted",
    "/audit?principal=user%3Aon-call",
    "/audit?principal=user%3Anobody",
    "/audit?action=rollback.performed",
    "/audit?model=model-1",
    "/audit?model=credit-risk&outcome=refused",
    "/models?q=model-1",
    "/models?q=nothing-of-that-name",
]
WRITERS = 32
# The aim: the server's time for a page, 95 of 100 times.
P95_AIM_MS = 20
# What MLflow's pages ask its server for when they show the same models.
SEARCH = "/ajax-api/2.0/mlflow"
PEERS = {
    "/models": f"{SEARCH}/registered-models/search?max_results=100",
    "/models/model-1": f"{SEARCH}/model-versions/search?filter=name%3D%27model-1%27&max_results=100",
}


def write_entries(server, token, count):
    """Changes descriptions until the audit log has so many entries more: each change is an entry."""
    left, lock = [count], threading.Lock()

    def write():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        while True:
            with lock:
                if left[0] <= 0:
                    break
                left[0] -= 1
                number = left[0]
            body = json.dumps({"name": f"model-{number % MODELS}", "description": f"description {number}"})
            connection.request("PATCH", "/api/2.0/mlflow/registered-models/update", body, headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 200:
                raise SystemExit(f"a change was answered with {answer.status}: {content[:300]}")
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def timed(server, path, headers):
    """Milliseconds of each request on one connection, and the bytes of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    times, size = [], 0
    for index in range(WARM_UP + REQUESTS):
        started = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{server.name} answers {answer.status} to {path}: {content[:300]}")
        if index >= WARM_UP:
            times.append((time.perf_counter() - started) * 1000)
            size = len(content)
    connection.close()
    return times, size


def p95(times):
    return statistics.quantiles(times, n=20)[-1]


def main():
    gatehouse, python, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    token = (folder / "played" / "token").read_text().strip()
    ours = servers.gatehouse(gatehouse, folder / "gatehouse")
    (folder / "played" / "server").rename(folder / "gatehouse" / "data")
    ours.command = [part for part in ours.command if part not in ("--insecure-no-auth", "--default-policy", "off")]
    fill.fill_gatehouse(ours.database, MODELS, VERSIONS // MODELS)
    theirs = servers.mlflow(python, folder / "mlflow")
    theirs.start()
    theirs.stop()
    fill.fill_mlflow(theirs.database, MODELS, VERSIONS // MODELS)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/html"}
    try:
        ours.start()
        write_entries(ours, token, ENTRIES)
        paths = pages.addresses(f"http://127.0.0.1:{ours.port}", token)
        paths += [path for path in ("/models/model-1", "/models/model-1/50") if "/models/{model}" in pages.PAGES]
        found = {path: timed(ours, path, headers) for path in paths + FILTERS}
        memory = ours.memory_megabytes()
    finally:
        ours.stop()
    try:
        theirs.start()
        asked = {path: timed(theirs, PEERS[path], {}) for path in PEERS if path in found}
    finally:
        theirs.stop()
    print(f"\n{VERSIONS:,} versions, {ENTRIES:,} audit entries; {REQUESTS} requests each   load {os.getloadavg()[0]:.1f}")
    print(f"  {'page':48} {'p50 ms':>8} {'p95 ms':>8} {'KB':>7}")
    for path, (times, size) in sorted(found.items(), key=lambda item: -p95(item[1][0])):
        mark = "" if p95(times) <= P95_AIM_MS else f"   above {P95_AIM_MS}"
        print(f"  {path[:48]:48} {statistics.median(times):8.2f} {p95(times):8.2f} {size / 1000:7.1f}{mark}")
    slowest = max(p95(times) for times, _ in found.values())
    print(f"slowest page: p95 {slowest:.1f} ms (aim {P95_AIM_MS}); memory {memory:.0f} MB")
    for path, (times, _) in asked.items():
        ratio = statistics.median(times) / statistics.median(found[path][0])
        print(f"  ratio to mlflow: {figure(ratio)}   ({path}, whole; MLflow's JSON for it {statistics.median(times):.1f} ms)")


main()
