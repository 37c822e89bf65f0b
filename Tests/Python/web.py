"""Plain HTTP requests with every header in the tester's hands, as browsers and intruders have them."""

import http.client
import json
import ssl
import urllib.parse
from dataclasses import dataclass

SECONDS_MAX = 120


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    def json(self) -> dict:
        return json.loads(self.text)

    def cookies(self) -> dict[str, str]:
        """What the answer sets, by name, with its attributes."""
        return {line.partition("=")[0]: line.partition("=")[2] for line in self.headers.get_all("Set-Cookie") or []}


def ask(
    url: str,
    path: str,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: object = None,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """One request on a connection of its own; redirects are answers. A body that is no bytes goes as JSON."""
    address = urllib.parse.urlsplit(url)
    assert address.hostname
    if address.scheme == "https":
        connection = http.client.HTTPSConnection(address.hostname, address.port, timeout=SECONDS_MAX, context=trust)
    else:
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=SECONDS_MAX)
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} if data is not None else {}
    try:
        connection.request(method, path, data, {**sent, **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode())
    finally:
        connection.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
