"""A small model server: answers every scoring request with its own name, or slowly when told so."""

import http.server
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class ModelServer:
    """What it heard, in order: path and headers; and the versions that fail."""

    url: str
    heard: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)


@contextmanager
def model_servers() -> Iterator[ModelServer]:
    """One server for all versions: the first part of the path is the version, and its prediction is that number."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            running.heard.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            if b"slow" in body:
                time.sleep(0.8)
            version = self.path.split("/")[1]
            answer = json.dumps({"predictions": [float(version)]}).encode()
            self.send_response(500 if version in running.failing else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    running = ModelServer("")
    with served(Handler) as port:
        running.url = f"http://127.0.0.1:{port}"
        yield running


@contextmanager
def served(handler: type[http.server.BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server of that handler on a port of its own, until the end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
