"""A receiver of webhooks on a free port of the loopback, and its own idea of what a signature is."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

# A delivery that failed twice comes after more than half a minute.
ARRIVAL_SECONDS_MAX = 120
NO_CONTENT = 204


@dataclass(frozen=True)
class Arrival:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict:
        return json.loads(self.raw)

    @property
    def data(self) -> dict:
        return self.body["data"]

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def is_signed_with(self, secret: str) -> bool:
        """By MLflow's rule, and by that of Standard Webhooks 1.0.0."""
        key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
        return self.headers["x-mlflow-signature"] == self._signature(
            "x-mlflow-delivery-id", "x-mlflow-timestamp", secret.encode()
        ) and self.headers["webhook-signature"] == self._signature("webhook-id", "webhook-timestamp", key)

    def _signature(self, identity: str, time: str, key: bytes) -> str:
        signed = f"{self.headers[identity]}.{self.headers[time]}.".encode() + self.raw
        return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@dataclass
class Receiver:
    """`answer` says what each request is answered: a status, or a status and headers."""

    url: str = ""
    answer: Callable[[Arrival], int | tuple[int, dict[str, str]]] = lambda _: 200
    arrived: Queue = field(default_factory=Queue)

    def next(self) -> Arrival:
        return self.arrived.get(timeout=ARRIVAL_SECONDS_MAX)

    def take(self, count: int) -> list[Arrival]:
        return [self.next() for _ in range(count)]


@contextmanager
def listening(port: int = 0, wrap: Callable | None = None) -> Iterator[Receiver]:
    """Answers until the end of the block. `wrap` puts its socket under TLS."""
    got = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            arrival = Arrival(self.path, {key.lower(): value for key, value in self.headers.items()}, raw)
            got.arrived.put(arrival)
            answer = got.answer(arrival)
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            body = b"" if status == NO_CONTENT else b"ok"
            for key, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Senders that are killed or that refuse a certificate hang up; that is what is tested."""

    server = Server(("127.0.0.1", port), Handler)
    if wrap:
        server.socket = wrap(server.socket)
    got.url = f"{'https' if wrap else 'http'}://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield got
    finally:
        server.shutdown()
        server.server_close()
