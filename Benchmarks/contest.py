"""Runs programs in turn on the same data and prints what each took, whether they agree, and the ratios.

Every program prints one JSON object: wall_s and cpu_s of the computation alone, peak_mb of the whole process, before_mb
just before the clock started, and a result to compare.
"""
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field

RUNS = int(os.environ.get("RUNS", "3"))


def peak_megabytes():
    """The most memory this process ever held. From /proc: what getrusage says includes the program that started it."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def measured(work):
    """For peers: does the work under the clock, prints its figures and returns its result. `work` returns (result, json)."""
    before, wall, cpu = peak_megabytes(), time.perf_counter(), time.process_time()
    answer = work()
    figures = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "before_mb": before}
    return figures | {"peak_mb": peak_megabytes(), "answer": answer}


def report(figures, result):
    """For peers: prints what `measured` returned, with the part of the answer that is compared."""
    print(json.dumps({k: v for k, v in figures.items() if k != "answer"} | {"result": result}))


@dataclass
class Program:
    name: str
    command: list
    runs: int = RUNS
    figures: list = field(default_factory=list)
    result: object = None

    def run(self):
        done = subprocess.run([str(part) for part in self.command], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{self.name} ended with {done.returncode}: {done.stderr[-2000:]}")
        answer = json.loads(done.stdout.splitlines()[-1])
        self.result = answer.pop("result")
        self.figures.append(answer)

    def best(self, key):
        return min(figures[key] for figures in self.figures)


def contest(title, ours, peers, agreement):
    """Runs all in turn, as often as each asks for, prints a table with the best of each, the agreement that `agreement(ours,
    peer)` puts into words, and one ratio line per peer: peer / ours, above 1 = better than the peer."""
    for turn in range(max(program.runs for program in [ours, *peers])):
        for program in [ours, *peers]:
            if turn < program.runs:
                program.run()
    width = max(len(program.name) for program in [ours, *peers])
    print(f"\n{title}   load {os.getloadavg()[0]:.1f}")
    print(f"  {'':{width}} {'wall s':>9} {'CPU s':>9} {'peak MB':>9} {'input MB':>9}  runs")
    for program in [ours, *peers]:
        figures = [f"{program.best(key):9.3f}" for key in ("wall_s", "cpu_s")]
        memory = [f"{program.best(key):9.0f}" for key in ("peak_mb", "before_mb")]
        words = agreement(ours.result, program.result) if program is not ours else ""
        print(f"  {program.name:{width}} {' '.join(figures + memory)}  {len(program.figures):4}  {words}")
    for peer in peers:
        ratios = {key: peer.best(key) / ours.best(key) for key in ("cpu_s", "wall_s", "peak_mb")}
        print(f"  ratio to {peer.name}: {figure(ratios['cpu_s'])}   "
              f"(CPU seconds; wall {figure(ratios['wall_s'])}, peak memory {figure(ratios['peak_mb'])})")
    sys.stdout.flush()


def figure(ratio):
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"


def greatest_difference(ours, theirs):
    """Over two lists of numbers in which null stands for undefined."""
    if len(ours) != len(theirs) or any((a is None) != (b is None) for a, b in zip(ours, theirs)):
        return float("inf")
    return max((abs(a - b) for a, b in zip(ours, theirs) if a is not None), default=0.0)
