"""Runs the same operations on Gatehouse and on `mlflow server`, in turn, and prints what each took and the ratios.

usage: contests.py GATEHOUSE MLFLOW_PYTHON FOLDER
"""

import os
import sqlite3
import sys
from pathlib import Path

import fill
import growth
import load
import servers
from contest import figure

MODELS, VERSIONS = 100, 100
RUNS = 64
WARM_UP_SECONDS = 2
SECONDS = int(os.environ.get("SECONDS_PER_CELL", "6"))
CONNECTIONS = [int(text) for text in os.environ.get("CONNECTIONS", "1,16,64").split(",")]
OPERATIONS = {
    "fresh": "get version, every call a new one",
    "version": "get version",
    "alias": "get version by alias",
    "search": "search 10,000 versions by tag, 100 rows",
    "page": "search by name, 100 rows",
    "batch": "log-batch of 100 metrics",
    "create_run": "create run",
    "stage": "transition stage",
}
PREFIX = "/api/2.0/mlflow"


def prepare(server, fill_database):
    """Starts it once for its schema, fills it, starts it again; the file with run ids for log-batch."""
    server.start()
    server.stop()
    fill_database(server.database, MODELS, VERSIONS)
    server.start()
    runs = server.folder / "runs"
    if "batch" in only:
        runs.write_text(
            "\n".join(
                server.call("POST", f"{PREFIX}/runs/create", {"experiment_id": "0", "start_time": 1})["run"]["info"][
                    "run_id"
                ]
                for _ in range(RUNS)
            )
        )
    else:
        runs.write_text("")
    return runs


def compare(ours, theirs):
    """The same questions get the same answers: a fast server that answers something else would be no use."""
    fields = ("name", "version", "current_stage", "source", "run_id", "description", "status", "tags", "aliases")

    def version(answer):
        found = {key: answer.get(key) for key in fields}
        return found | {"tags": sorted((tag["key"], tag["value"]) for tag in found["tags"] or [])}

    for path in ("model-versions/get?name=model-7&version=42", "registered-models/alias?name=model-7&alias=champion"):
        answers = [version(server.call("GET", f"{PREFIX}/{path}")["model_version"]) for server in (ours, theirs)]
        if answers[0] != answers[1]:
            raise SystemExit(f"the answers to {path} differ:\n{answers[0]}\n{answers[1]}")
    if not {"search", "page"} & set(only):
        return
    for query in ("tags.team%20%3D%20%27risk%27", "name%20%3D%20%27model-7%27"):
        answers = [
            server.call("GET", f"{PREFIX}/model-versions/search?max_results=100&filter={query}")["model_versions"]
            for server in (ours, theirs)
        ]
        pages = [[version(row) for row in answer] for answer in answers]
        if pages[0] != pages[1]:
            raise SystemExit(f"the answers to the search {query} differ")


def measure(server, operation, connections, runs):
    """A cell, after a short warming up. A server that no longer answers is started anew and the cell says so."""
    load.run(server, operation, connections, WARM_UP_SECONDS, MODELS, VERSIONS, runs, seed=1)
    cell = load.run(server, operation, connections, SECONDS, MODELS, VERSIONS, runs, seed=2)
    stuck = not server.is_healthy(f"{PREFIX}/registered-models/get?name=model-1")
    if stuck:
        server.stop()
        server.start()
    return cell, stuck


def words(cell, stuck):
    notes = []
    if stuck:
        notes.append("stopped answering, started anew")
    elif cell.requests == 0:
        notes.append(f"nothing answered within {SECONDS} s")
    if cell.timeouts:
        notes.append(f"{cell.timeouts} timed out")
    if cell.failed:
        notes.append(f"{cell.failed} failed")
    return ", ".join(notes)


def line(name, cell, note):
    if cell.requests == 0:
        return f"  {name:10} {'0.0':>10}   {note}"
    return (
        f"  {name:10} {cell.per_second:10,.1f} {cell.p50_ms:10.2f} {cell.p99_ms:10.2f} {cell.cpu_ms:10.3f}   {note}"
    ).rstrip()


def race(ours, theirs, runs):
    for operation in [operation for operation in OPERATIONS if operation in only]:
        for connections in CONNECTIONS:
            cells = {
                server.name: measure(server, operation, connections, runs[server.name]) for server in (ours, theirs)
            }
            print(f"\n{OPERATIONS[operation]}, {connections} connections   load {os.getloadavg()[0]:.1f}")
            print(f"  {'':10} {'requests/s':>10} {'p50 ms':>10} {'p99 ms':>10} {'CPU ms':>10}")
            for name, (cell, stuck) in cells.items():
                print(line(name, cell, words(cell, stuck)))
            (mine, _), (peer, _) = cells[ours.name], cells[theirs.name]
            if mine.requests and peer.requests:
                print(
                    f"  ratio to mlflow: {figure(peer.cpu_ms / mine.cpu_ms)}   (CPU per request; requests/s "
                    f"{figure(mine.per_second / peer.per_second)}, p50 {figure(peer.p50_ms / mine.p50_ms)}, "
                    f"p99 {figure(peer.p99_ms / mine.p99_ms)})"
                )
            sys.stdout.flush()


def summary(ours, theirs):
    print("\nmemory after the load, time from start to the first healthy answer (least of all starts)")
    for server in (ours, theirs):
        print(f"  {server.name:10} {server.memory_megabytes():8.0f} MB {min(server.first_answer_s) * 1000:8.0f} ms")
    print(
        f"  ratio to mlflow: {figure(theirs.memory_megabytes() / ours.memory_megabytes())} memory, "
        f"{figure(min(theirs.first_answer_s) / min(ours.first_answer_s))} start"
    )


def main(gatehouse, python, folder):
    ours, theirs = servers.gatehouse(gatehouse, folder / "gatehouse"), servers.mlflow(python, folder / "mlflow")
    if set(only) & set(OPERATIONS):
        try:
            runs = {ours.name: prepare(ours, fill.fill_gatehouse), theirs.name: prepare(theirs, fill.fill_mlflow)}
            print(
                f"{MODELS * VERSIONS:,} versions of {MODELS} models, two tags each; {SECONDS} s per cell; "
                f"both servers and wrk share {os.cpu_count()} processors, one server at a time is asked"
            )
            for server in (ours, theirs):
                print(
                    f"  {server.name}: {server.durability} "
                    f"(journal_mode={sqlite3.connect(server.database).execute('PRAGMA journal_mode').fetchone()[0]})"
                )
            compare(ours, theirs)
            for server in (ours, theirs):
                # MLflow's workers go on importing for a while after the first healthy answer.
                load.run(server, "version", 16, SECONDS, MODELS, VERSIONS, runs[server.name])
            race(ours, theirs, runs)
            summary(ours, theirs)
        finally:
            ours.stop()
            theirs.stop()
    if "growth" in only:
        growth.run(gatehouse, folder)


only = os.environ.get("ONLY", ",".join([*OPERATIONS, "growth"])).split(",")
if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
