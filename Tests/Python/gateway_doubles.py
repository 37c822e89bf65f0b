"""What a gateway talks to, in a test's hands: a model server that misbehaves as told, a registry that can be lost."""

import base64
import hashlib
import http.server
import json
import random
import re
import socket
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from ports import unused_port

ANSWER = b'{"predictions": [%d.0]}'
BYTES_MAX = 1 << 20
ANSWER_PIECES = [
    *[b"HTTP/1.1 %d Said\r\n" % status for status in (200, 204, 304, 101)],
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n",
    *[b"content-length: %d\r\n" % length for length in (0, 5, 50)],
    b"transfer-encoding: chunked\r\n",
    b"transfer-encoding: gzip\r\n",
    b"connection: close\r\n",
    b"connection: keep-alive\r\n",
    *[b"\r\n"] * 6,
    b"hello",
    b"5\r\nhello\r\n",
    b"0\r\n\r\n",
    b"0\r\n",
    b"\n",
    b"\0",
    b" folded\r\n",
    b"x: y\r\n",
    b"x : y\r\n",
]


def answer(version: int, more: bytes = b"") -> bytes:
    body = ANSWER % version
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n%scontent-length: %d\r\n\r\n%s" % (
        more,
        len(body),
        body,
    )


class RawServer:
    """Takes requests apart as a strict server would, and answers each as `script` says. `requests` has what came."""

    def __init__(self, version: int = 7, script: str = "answers", port: int | None = None) -> None:
        self.version = version
        self.script = script
        self.requests: list[bytes] = []
        self.open: list[socket.socket] = []
        self.wrong: list[bytes] = []
        # One that can be listened at again after the end.
        self.port = port or unused_port()
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
        self.url = f"http://127.0.0.1:{self.port}"
        self.lives = True
        self.chance = random.Random(version)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while self.lives:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.open.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        pending = b""
        try:
            while True:
                while (end := pending.find(b"\r\n\r\n")) < 0:
                    if not (more := connection.recv(65536)):
                        return
                    pending += more
                head = pending[:end].decode("latin-1")
                found = re.search(r"(?im)^content-length: *(\d+)\r?$", head)
                if not re.match(r"(POST|GET|HEAD) /\S* HTTP/1\.1\r\n", head):
                    self.wrong.append(pending)
                    return
                if self.script == "early":
                    # Before the body has come, as servers do that refuse by the head.
                    self.requests.append(pending)
                    connection.sendall(answer(self.version))
                    pending = self.swallow(connection, pending[end + 4 :], int(found[1]))
                    continue
                if self.script == "starts":
                    # An answer that begins before the body has come, and never ends.
                    connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
                    time.sleep(5)
                    return
                length = end + 4 + int(found[1] if found else 0)
                is_chunked = re.search(r"(?im)^transfer-encoding: chunked\r?$", head)
                while len(pending) < (length := self.chunked(pending, end + 4) if is_chunked else length):
                    if not (more := connection.recv(65536)):
                        return
                    pending += more
                self.requests.append(pending[:length])
                pending = pending[length:]
                if not self.reply(connection, head):
                    return
        except OSError:
            pass
        finally:
            connection.close()

    @staticmethod
    def chunked(pending: bytes, at: int) -> int:
        """Where the chunks end; beyond what is there when they do not yet."""
        while (line := pending.find(b"\r\n", at)) >= 0:
            size = int(pending[at:line], 16)
            at = line + 2 + size + 2
            if size == 0:
                return at
        return len(pending) + 1

    @staticmethod
    def swallow(connection: socket.socket, pending: bytes, length: int) -> bytes:
        while len(pending) < length:
            if not (more := connection.recv(65536)):
                raise OSError
            pending += more
        return pending[length:]

    def reply(self, connection: socket.socket, head: str) -> bool:
        """Whether the connection goes on."""
        match self.script:
            case "answers":
                connection.sendall(answer(self.version))
            case "pauses":
                time.sleep(0.02)
                connection.sendall(answer(self.version))
            case "fails":
                connection.sendall(b"HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\nno")
            case "hangs":
                time.sleep(30)
            case "hangs up":
                return False
            case "garbage":
                connection.sendall(b"\x00\x01 nothing that is HTTP\r\n\r\n")
            case "two lengths":
                both = b"content-length: 5\r\ntransfer-encoding: chunked\r\n"
                connection.sendall(b"HTTP/1.1 200 OK\r\n%s\r\n0\r\n\r\n" % both)
            case "drips":
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
                for _ in range(1000):
                    connection.sendall(b"x")
                    time.sleep(0.02)
            case "floods":
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 90000000\r\n\r\n" + b"x" * (4 << 20))
            case "large":
                size = int(re.search(r"(?im)^x-size: *(\d+)", head)[1])
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size)
            case "pieces":
                return self.reply_in_pieces(connection, re.search(r"x-request-id: (\S+)", head)[1].encode())
            case _:
                raise AssertionError(self.script)
        return True

    def reply_in_pieces(self, connection: socket.socket, request_id: bytes) -> bool:
        """Its own id to a request whose id begins with `good`; anything to others."""
        if request_id.startswith(b"good"):
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(request_id), request_id))
            return True
        start = ANSWER_PIECES[:1] * (self.chance.random() < 0.8)
        connection.sendall(b"".join(start + self.chance.choices(ANSWER_PIECES, k=self.chance.randint(0, 9))))
        return self.chance.random() < 0.7

    def close(self) -> None:
        """As a process that is killed: nobody listens and every connection ends."""
        if not self.lives:
            return
        self.lives = False
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self) -> "RawServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class Batches:
    """What the registry made durable, by number; it outlives the registry that is killed."""

    taken: dict[int, bytes] = field(default_factory=dict)
    repeated: int = 0

    def records(self, kind: str) -> list[dict]:
        lines = [line for number in sorted(self.taken) for line in self.taken[number].splitlines()]
        return [record[kind] for record in map(json.loads, lines) if kind in record]


class Registry:
    """Speaks to gateways as a registry does; the test says which table it has, and when it is gone."""

    def __init__(self, table: dict, batches: Batches | None = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.signer = self.key
        self.table = table
        self.batches = batches or Batches()
        self.reports: list[dict] = []
        self.changed = threading.Condition()
        # Takes questions and answers none, as behind a broken network.
        self.hangs = False
        # How many batches are taken, each without an answer, before batches are answered again.
        self.silent = 0
        self.server: http.server.ThreadingHTTPServer | None = None
        self.open: set[socket.socket] = set()
        self.port = unused_port()
        self.start()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        registry = self

        class Handler(RegistryHandler):
            owner = registry

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_: object) -> None:
                pass

        self.server = Listener(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def kill(self) -> None:
        """Nobody listens, and what is in flight ends without an answer."""
        server, self.server = self.server, None
        if server is None:
            return
        server.shutdown()
        server.server_close()
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def publish(self, table: dict) -> None:
        with self.changed:
            self.table = table
            self.changed.notify_all()

    def public(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def envelope(self) -> bytes:
        kind, payload = b"application/vnd.gatehouse.route-table+json", json.dumps(self.table).encode()
        signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        made = self.signer.sign(signed, ec.ECDSA(hashes.SHA256()))
        public = self.signer.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        keyid = "sha256:" + hashlib.sha256(public).hexdigest()
        signature = {"keyid": keyid, "sig": base64.b64encode(made).decode()}
        whole = {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": kind.decode(),
            "signatures": [signature],
        }
        return json.dumps(whole).encode()

    def __enter__(self) -> "Registry":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class RegistryHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Registry

    def setup(self) -> None:
        super().setup()
        self.owner.open.add(self.connection)

    def finish(self) -> None:
        self.owner.open.discard(self.connection)
        super().finish()

    def hang(self) -> None:
        while self.owner.hangs:
            time.sleep(0.05)

    def do_GET(self) -> None:
        self.hang()
        path, _, query = self.path.removeprefix("/api/gatehouse/v1/").partition("?")
        match path:
            case "attestation-key":
                self.say({"key_id": "test", "algorithm": "ecdsa-p256-sha256", "pem": self.owner.public()})
            case "serving/record-key":
                self.say({"key": "07" * 32})
            case "serving/routes":
                asked = dict(urllib.parse.parse_qsl(query))
                after, deadline = int(asked["after"]), time.monotonic() + int(asked["wait_seconds"])
                with self.owner.changed:
                    while self.owner.table["number"] == after and time.monotonic() < deadline and self.owner.server:
                        self.owner.changed.wait(0.1)
                    new = self.owner.envelope() if self.owner.table["number"] != after else b""
                self.send(200 if new else 204, new)
            case _:
                self.send(404, b"{}")

    def do_POST(self) -> None:
        self.hang()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        owner = self.owner
        if path := re.search(r"/serving/gateways/[^/]+/batches/(\d+)$", self.path):
            number = int(path[1])
            with owner.changed:
                known = owner.batches.taken.setdefault(number, body)
                is_new = known is body
                owner.batches.repeated += not is_new
                mute, owner.silent = owner.silent > 0, max(0, owner.silent - 1)
            if known != body:
                return self.send(409, b'{"code": "conflict", "message": "other bytes"}')
            if mute:
                # Durable here, but the gateway never hears of it.
                self.close_connection = True
                return self.connection.shutdown(socket.SHUT_RDWR)
            counts = ("windows", "exposures", "pairs", "unsplit", "sampled_out", "mismatched")
            return self.say({"repeated": not is_new, **dict.fromkeys(counts, 0)})
        owner.reports.append(json.loads(body))
        self.say({"table_number": owner.table["number"], "stale_after_seconds": 60})

    def say(self, value: dict) -> None:
        self.send(200, json.dumps(value).encode())

    def send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class RawClient:
    """A connection that sends what it is told and says what came back."""

    def __init__(self, url: str, timeout: float = 120, receive_bytes: int | None = None) -> None:
        address = urllib.parse.urlsplit(url)
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(timeout)
        self.socket.connect((address.hostname, address.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def answer(self) -> tuple[int, bytes, bytes]:
        """Status, head and body of one answer; ConnectionError when there is none."""
        while (end := self.pending.find(b"\r\n\r\n")) < 0:
            self.read()
        head = self.pending[: end + 4]
        length = re.search(rb"(?im)^content-length: *(\d+)\r$", head)
        whole = end + 4 + int(length[1] if length else 0)
        while len(self.pending) < whole:
            self.read()
        body, self.pending = self.pending[end + 4 : whole], self.pending[whole:]
        return int(head.split()[1]), head, body

    def read(self) -> None:
        if not (more := self.socket.recv(65536)):
            raise ConnectionError(f"it ended behind {self.pending[-200:]!r}")
        self.pending += more

    def rest(self) -> bytes:
        """What comes until the other side closes; a reset is an end as well."""
        try:
            while len(self.pending) < BYTES_MAX:
                self.read()
        except ConnectionError:
            pass
        rest, self.pending = self.pending, b""
        return rest

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def post(body: bytes = b"{}", *fields: str, endpoint: str = "credit", length: int | None = None) -> bytes:
    head = [f"POST /endpoints/{endpoint}/invocations HTTP/1.1", "Host: gateway", *fields]
    head.append("Content-Type: application/json")
    head.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def version(number: int, upstream: str) -> dict:
    return {"version": number, "digest": f"sha256:{number % 10}" + "a" * 63, "upstream": upstream}


def endpoint(
    upstream: str, name: str = "credit", number: int = 7, rules: dict | None = None, **segment: object
) -> dict:
    found = {"name": name, "model": "credit-risk", "environment": "production", "rules": rules or {}}
    found["segments"] = [{"segment": "default", "champion": version(number, upstream), **segment}]
    return found


def table(number: int, *endpoints: dict) -> dict:
    return {"format": 1, "number": number, "created_at_ms": 0, "endpoints": list(endpoints)}


def split(upstream: str, buckets: int = 50_000, number: int = 8) -> dict:
    return {
        "id": "exp_1",
        "kind": "experiment",
        "challenger": version(number, upstream),
        "buckets": buckets,
        "algorithm": "gh1",
        "salt": "a salt",
    }
