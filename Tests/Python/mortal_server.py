"""A server process that is started and killed again and again, and asked in between over plain HTTP."""

import http.client
import json
import re
import signal
import subprocess
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from ports import unused_port

START_SECONDS_MAX = 120
CALL_SECONDS_MAX = 120


class Refused(Exception):
    """The server answered, and the answer was no."""


class Interrupted(Exception):
    """The server died before it answered."""


@dataclass
class MortalServer:
    """One server process and its folder; `start` and `kill` in turn."""

    binary: Path
    folder: Path
    port: int = 0
    token: str = ""
    options: tuple[str, ...] = ()
    process: subprocess.Popen | None = None
    # For those that were told where it is.
    keeps_port: bool = False

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        if not (self.port and self.keeps_port):
            self.port = unused_port()
        log = self.folder / "serve.log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--port", str(self.port), "--data-dir", self.data, *self.options],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self.is_healthy():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start again\n{log.read_text()}")
            time.sleep(0.02)
        # The greeting comes a moment after the first answer.
        while not self.token:
            if found := re.search(r"admin token:\s*(\S+)\n", log.read_text()):
                self.token = found[1]
            elif time.monotonic() > deadline:
                raise RuntimeError(f"the server printed no token\n{log.read_text()}")
            else:
                time.sleep(0.02)

    def is_healthy(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/health")
            return connection.getresponse().read().strip() == b"OK"
        except (OSError, http.client.HTTPException):
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(START_SECONDS_MAX)

    def call(self, method: str, *path: object, body: object = None, query: str = "") -> dict:
        """One request. Raises `Interrupted` without a complete answer and `Refused` with one that says no."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        segments = "/".join(urllib.parse.quote(str(segment), safe="") for segment in path)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_SECONDS_MAX)
        try:
            headers = {"Authorization": f"Bearer {self.token}"}
            connection.request(method, f"/api/gatehouse/v1/{segments}{query}", data, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as failure:
            raise Interrupted from failure
        finally:
            connection.close()
        if not 200 <= answer.status < 300:
            raise Refused(f"{method} {segments}: {answer.status} {content.decode(errors='replace')}")
        return json.loads(content) if content else {}

    def blob(self, digest: str) -> Path:
        bare = digest.removeprefix("sha256:")
        return self.data / "artifacts" / "blobs" / "sha256" / bare[:2] / bare
