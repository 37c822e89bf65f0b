"""A real `nats-server` for a test, and as much of its protocol as reading a stream takes."""

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conftest import unused_port

SECONDS_MAX = 120
# Debian installs it where only administrators look.
PROGRAM = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
INBOX = "_INBOX.test"


@dataclass
class NATSServer:
    """`start` and `kill` in turn; what a stream took stays in the folder."""

    folder: Path
    options: tuple[str, ...] = ("-js",)
    port: int = field(default_factory=unused_port)
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [PROGRAM, "-a", "127.0.0.1", "-p", str(self.port), "-sd", str(self.folder), *self.options]
        with (self.folder / "nats.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert self.process.poll() is None, (self.folder / "nats.log").read_text()
                time.sleep(0.02)
        raise AssertionError((self.folder / "nats.log").read_text())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def ask(self, subject: str, request: object = "") -> dict:
        """One request of JetStream's API over a connection of its own."""
        data = json.dumps(request).encode() if request else b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX) as connection:
            lines = connection.makefile("rb")
            lines.readline()
            connection.sendall(
                b'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}\r\n'
                + f"SUB {INBOX} 1\r\nPUB {subject} {INBOX} {len(data)}\r\n".encode() + data + b"\r\n"
            )  # fmt: skip
            while line := lines.readline():
                word, *rest = line.decode().split()
                if word == "MSG":
                    return json.loads(lines.read(int(rest[-1])))
                assert word in ("PING", "+OK"), line
        raise AssertionError("the connection ended before the reply")

    def make_stream(self, name: str, subject: str) -> None:
        made = self.ask(f"$JS.API.STREAM.CREATE.{name}", {"name": name, "subjects": [subject], "storage": "file"})
        assert "error" not in made, made

    def count(self, stream: str) -> int:
        return self.ask(f"$JS.API.STREAM.INFO.{stream}")["state"]["messages"]

    def message(self, stream: str, number: int) -> tuple[str, dict[str, str], bytes]:
        """Subject, headers and bytes of a message."""
        kept = self.ask(f"$JS.API.STREAM.MSG.GET.{stream}", {"seq": number})["message"]
        lines = base64.b64decode(kept["hdrs"]).decode().split("\r\n")[1:]
        headers = dict(line.split(": ", 1) for line in lines if line)
        return kept["subject"], headers, base64.b64decode(kept["data"])


def is_there() -> bool:
    libraries = [*Path("/usr/lib").glob("*/libnats.so*"), *Path("/usr/local/lib").glob("libnats.so*")]
    return bool(libraries) and PROGRAM is not None


@contextmanager
def running(folder: Path, *options: str) -> Iterator[NATSServer]:
    folder.mkdir()
    server = NATSServer(folder, options)
    server.start()
    try:
        yield server
    finally:
        server.kill()
