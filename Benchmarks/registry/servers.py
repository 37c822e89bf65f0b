"""The two servers: how each is started on a folder of data, and what the kernel says about their processes."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS_MAX = 180
STOP_SECONDS_MAX = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Server:
    name: str
    folder: Path
    command: list  # PORT stands for the port
    database: Path = None
    durability: str = ""
    files: dict = field(default_factory=dict)  # names in the folder and texts, in which PORT stands for the port, too
    environment: dict = field(default_factory=dict)
    port: int = 0
    process: object = None
    first_answer_s: list = field(default_factory=list)

    def start(self):
        """Starts the program and waits for its first healthy answer; how long that took is kept."""
        self.port = free_port()
        command = [str(part).replace("PORT", str(self.port)) for part in self.command]
        for name, text in self.files.items():
            (self.folder / name).write_text(text.replace("PORT", str(self.port)))
        started = time.perf_counter()
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not self.is_healthy(timeout_s=5):
            if self.process.poll() is not None or time.perf_counter() - started > START_SECONDS_MAX:
                raise SystemExit(f"{self.name} does not answer:\n{(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.001)
        self.first_answer_s.append(time.perf_counter() - started)

    def is_healthy(self, path="/health", timeout_s=10):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
            connection.request("GET", path)
            healthy = connection.getresponse().status == 200
            connection.close()
            return healthy
        except OSError:
            return False

    def stop(self):
        """All of its processes: a deadlocked worker does not hear the polite signal."""
        if self.process is None:
            return
        group = self.process.pid
        for sign, seconds in ((signal.SIGTERM, STOP_SECONDS_MAX), (signal.SIGKILL, STOP_SECONDS_MAX)):
            try:
                os.killpg(group, sign)
                self.process.wait(seconds)
                os.killpg(group, 0)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self.process = None

    def processes(self):
        """Its process and all that descend from it."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            waiting += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu_seconds(self):
        """User and system time of all its processes."""
        total = 0
        for pid in self.processes():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
            except OSError:
                continue
        return total / TICKS

    def memory_megabytes(self):
        """Resident memory; what its processes share counts once (Pss)."""
        total = 0
        for pid in self.processes():
            try:
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1024

    def call(self, method, path, body=None):
        """One JSON call; for setting up and for comparing answers, not for measuring."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json"} if body is not None else {})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"{self.name} answers {answer.status} to {method} {path}: {content[:500]}")
        return json.loads(content or b"{}")


def gatehouse(binary, folder, name="gatehouse"):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return Server(
        name,
        folder,
        [
            binary,
            "serve",
            "--data-dir",
            folder / "data",
            "--port",
            "PORT",
            "--default-policy",
            "off",
            "--insecure-no-auth",
        ],
        folder / "data" / "gatehouse.db",
        "SQLite, WAL, synchronous=FULL; transactions that wait together share a commit",
    )


def mlflow(python, folder):
    """`mlflow server` as it comes: only the places of its data are named."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    workers = os.environ.get("MLFLOW_WORKERS")
    command = [
        python,
        "-m",
        "mlflow",
        "server",
        "--port",
        "PORT",
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        folder / "artifacts",
        *(["--workers", workers] if workers else []),
    ]
    return Server(
        "mlflow", folder, command, folder / "mlflow.db", "SQLite as MLflow opens it: rollback journal, synchronous=FULL"
    )
