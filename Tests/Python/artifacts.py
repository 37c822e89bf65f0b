"""MLflow's artifact routes over plain HTTP, with paths sent exactly as a test writes them."""

import http.client
import json
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass

CALL_SECONDS_MAX = 120
ROOT = "/api/2.0/mlflow-artifacts"
FILES = f"{ROOT}/artifacts"


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)


@dataclass(frozen=True)
class ArtifactServer:
    """One server's artifacts, as `user` of it."""

    port: int
    token: str = ""

    def call(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | dict | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """One request. A dictionary is sent as JSON, an iterable in chunks of unknown number."""
        headers = dict(headers or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_SECONDS_MAX)
        try:
            connection.request(method, path, body, headers, encode_chunked=not isinstance(body, bytes | None))
            answer = connection.getresponse()
            return Reply(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def put(self, path: str, body: bytes | Iterable[bytes]) -> Reply:
        return self.call("PUT", f"{FILES}/{path}", body)

    def get(self, path: str, **headers: str) -> Reply:
        return self.call(
            "GET", f"{FILES}/{path}", headers={key.replace("_", "-"): value for key, value in headers.items()}
        )

    def delete(self, path: str) -> Reply:
        return self.call("DELETE", f"{FILES}/{path}")

    def list(self, path: str) -> dict[str, int | None]:
        """Names in a folder with their sizes; a folder's size is None."""
        reply = self.call("GET", f"{FILES}?path={urllib.parse.quote(path)}")
        assert reply.status == 200, reply
        return {
            entry["path"]: None if entry["is_dir"] else int(entry.get("file_size", 0))
            for entry in reply.json.get("files", [])
        }

    def native(self, method: str, path: str, body: dict | None = None) -> Reply:
        return self.call(method, f"/api/gatehouse/v1/{path}", body)

    def register(self, model: str, source: str) -> Reply:
        """The next version of a model that is made when it is new."""
        self.native("POST", "models", {"name": model})
        return self.native("POST", f"models/{model}/versions", {"source": source, "tags": {}})
