"""A PostgreSQL of one's own, which can be stopped and started."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ports import unused_port

SECONDS_MAX = 180
OWNER = "owner"
OWNER_PASSWORD = "owner-password"


def programs() -> Path | None:
    """Debian keeps them apart from the path, one folder per version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if found:
        return found[-1]
    there = shutil.which("initdb")
    return Path(there).parent if there else None


class Cluster:
    def __init__(self, folder: Path, bin: Path):
        self.folder = folder
        self.bin = bin
        self.port = unused_port()

    def _run(self, *command: object) -> None:
        # PostgreSQL refuses to run as root.
        prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        # To a file: the server inherits what its starter has, and a pipe would never end.
        with open(self.folder / "out.log", "ab") as log:
            done = subprocess.run(
                [*prefix, *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=SECONDS_MAX,
                cwd="/",
                check=False,
            )
        assert done.returncode == 0, (self.folder / "out.log").read_text()

    def create(self) -> None:
        (self.folder / "password").write_text(OWNER_PASSWORD)
        if os.geteuid() == 0:
            for made in [self.folder, self.folder / "password"]:
                shutil.chown(made, "postgres")
        self._run(
            self.bin / "initdb", "-D", self.folder / "data", "-U", OWNER, "--auth=scram-sha-256", "--no-sync",
            f"--pwfile={self.folder / 'password'}", "-E", "UTF8",
        )  # fmt: skip

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run(
            self.bin / "pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o", options, "start"
        )

    def stop(self, mode: str = "immediate") -> None:
        self._run(self.bin / "pg_ctl", "-D", self.folder / "data", "-w", "-m", mode, "stop")

    def url(self, role: str, password: str, database: str = "postgres") -> str:
        return f"postgres://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def sql(self, text: str, url: str | None = None, check: bool = True) -> subprocess.CompletedProcess:
        """Runs statements in one transaction, as the owner unless another address is given; unaligned rows come back."""
        done = subprocess.run(
            [self.bin / "psql", url or self.url(OWNER, OWNER_PASSWORD), "-X", "-q", "-A", "-t", "-1", "-v", "ON_ERROR_STOP=1",
             "-f", "-"],
            input=text, capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stderr
        return done


@contextmanager
def cluster(bin: Path) -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-postgres-"))
    folder.chmod(0o755)
    running = Cluster(folder, bin)
    try:
        running.create()
        running.start()
        try:
            yield running
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
