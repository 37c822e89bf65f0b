"""Runs Gatehouse and the peer in turn and prints medians with the ratio pair by pair.

usage: compare.py GATEHOUSE PEER FOLDER RUNS [scored]
"""
import json
import os
import statistics
import subprocess
import sys
import time

gatehouse, peer, folder, runs = *sys.argv[1:4], int(sys.argv[4])
is_scored = sys.argv[5:] == ["scored"]
models = (
    ["--scores", "candidate", "--champion-scores", "champion"] if is_scored else
    ["--model", f"{folder}/candidate", "--champion", f"{folder}/champion", "--pipeline", f"{folder}/pipeline.json"])
commands = {
    "gatehouse": [
        gatehouse, "evaluate", *models, "--data", f"{folder}/data.csv", "--policy", f"{folder}/policy.yaml",
        "--feature-stats", f"{folder}/feature_stats.json", "--current", f"{folder}/data.csv", "--json"],
    "peer": [sys.executable, peer, folder],
}
peers = "pandas+sklearn+fairlearn" if is_scored else "pandas+lightgbm+sklearn+fairlearn"


def measure(command):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode not in (0, 2):
        sys.exit(f"{command[0]} ended with {process.returncode}")
    return {"wall s": wall, "CPU s": usage.ru_utime + usage.ru_stime, "peak MB": usage.ru_maxrss / 1024}, json.loads(output)


figures = {name: [] for name in commands}
for _ in range(runs):
    answers = {}
    for name, command in commands.items():
        figure, answers[name] = measure(command)
        figures[name].append(figure)

values = {m["metric"]: m["value"] for m in answers["gatehouse"]["checks"]["accuracy"]["measurements"] if not m["subject"]}
difference = abs(values["auc_roc"] - answers["peer"]["auc"])
print(f"{'':12} {'gatehouse':>12} {'peer':>12}   median of {runs}, in turn; AUC differs by {difference:.1e}")
for key in ["wall s", "CPU s", "peak MB"]:
    ours, theirs = ([f[key] for f in figures[name]] for name in ("gatehouse", "peer"))
    ratio = statistics.median(b / a for a, b in zip(ours, theirs))
    print(f"{key:12} {statistics.median(ours):12.2f} {statistics.median(theirs):12.2f}   ratio to {peers}: {ratio:.1f}")
