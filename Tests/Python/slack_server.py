"""A stand-in for Slack's servers: it signs what it sends as Slack does, refuses what Slack would refuse, and can be down.

It does less for its apps than Slack may: a message posted twice is there twice, whatever its `client_msg_id`.
"""

import hashlib
import hmac
import itertools
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT_TOKEN = "xoxb-1234-not-a-real-token"
TEAM, CHANNEL = "T0HOUSE", "C0RISK"
ARRIVAL_SECONDS_MAX = 120
# Slack gives up after 3 s. How long a busy machine takes for an answer that waits for nobody says nothing about it.
ACKNOWLEDGED_WITHIN_SECONDS = 60
LENGTHS = {"header": 150, "section": 3000}


def signature(timestamp: str, body: bytes, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()


@dataclass
class Message:
    """A message in a channel."""

    channel: str
    ts: str
    content: dict
    changes: int = 0

    @property
    def blocks(self) -> list[dict]:
        return self.content["blocks"]

    @property
    def words(self) -> str:
        """Everything that people read in it."""
        return "\n".join(texts(self.blocks))

    @property
    def buttons(self) -> dict[str, dict]:
        return buttons(self.blocks)


def buttons(blocks: list[dict]) -> dict[str, dict]:
    found = [button for block in blocks if block["type"] == "actions" for button in block["elements"]]
    return {button["action_id"]: button for button in found}


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") in ("plain_text", "mrkdwn"):
            yield value["text"]
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def problem(content: dict) -> str | None:
    """What Slack says to blocks that it does not take."""
    blocks = content.get("blocks", [])
    if not blocks or len(blocks) > (100 if content.get("type") == "modal" else 50):
        return "invalid_blocks"
    for block in blocks:
        text = block.get("text", {}).get("text", "x")
        if not 0 < len(text) <= LENGTHS.get(block["type"], 3000):
            return "invalid_blocks"
        if block["type"] == "header" and block["text"]["type"] != "plain_text":
            return "invalid_blocks"
        if block["type"] == "input" and not 0 < len(block["label"]["text"]) <= 2000:
            return "invalid_blocks"
    identities = [block["block_id"] for block in blocks if "block_id" in block]
    if len(identities) != len(set(identities)):
        return "invalid_blocks"
    if content.get("type") == "modal" and not 0 < len(content["title"]["text"]) <= 24:
        return "invalid_arguments"
    return None


@dataclass
class Slack:
    """`trouble` says what is wrong with a call before it is looked at: a status; `lose`, when it is done and the answer
    lost on the way; None, when all is well."""

    app: str = ""
    url: str = ""
    trouble: Callable[[str, dict], int | str | None] = lambda _method, _call: None
    messages: list[Message] = field(default_factory=list)
    posted: Queue = field(default_factory=Queue)
    updated: Queue = field(default_factory=Queue)
    views: Queue = field(default_factory=Queue)
    said: Queue = field(default_factory=Queue)
    calls: list[str] = field(default_factory=list)
    counter: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def api(self) -> str:
        return f"{self.url}/api"

    # What Slack sends.

    def send(
        self, path: str, body: bytes, *, secret: str = SECRET, at: float | None = None, headers: dict | None = None
    ) -> tuple[int, bytes]:
        """Signs and sends; `headers` replace what would be sent."""
        timestamp = str(int(time.time() if at is None else at))
        signed = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature(timestamp, body, secret)}
        return self.send_as_is(path, body, {**signed, **(headers or {})})

    def send_as_is(self, path: str, body: bytes, headers: dict[str, str | None]) -> tuple[int, bytes]:
        kind = "application/json" if body.startswith(b"{") else "application/x-www-form-urlencoded"
        sent = {"Content-Type": kind, **{name: value for name, value in headers.items() if value is not None}}
        request = urllib.request.Request(f"{self.app}/slack/{path}", body, sent, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=ACKNOWLEDGED_WITHIN_SECONDS) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def trigger(self) -> str:
        return f"{next(self.counter)}.{id(self)}.trigger"

    def command_body(self, user: str, command: str, text: str, trigger: str | None = None) -> bytes:
        # Slack writes these three as entities in what people type.
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return urllib.parse.urlencode(
            {
                "token": "old", "team_id": TEAM, "team_domain": "house", "channel_id": CHANNEL, "user_id": user,
                "user_name": "anybody", "command": command, "text": text, "api_app_id": "A1",
                "response_url": f"{self.url}/response/{next(self.counter)}", "trigger_id": trigger or self.trigger(),
            }
        ).encode()  # fmt: skip

    def command(self, user: str, command: str, text: str = "") -> str:
        """Types a command and returns what only this user is told."""
        status, body = self.send("commands", self.command_body(user, command, text))
        assert status == 200, body
        return json.loads(body)["text"] if body else self.told()

    def told(self) -> str:
        answer = self.said.get(timeout=ARRIVAL_SECONDS_MAX)
        assert answer["response_type"] == "ephemeral"
        return answer["text"]

    def interaction_body(self, user: str, payload: dict, trigger: str | None = None) -> bytes:
        whole = {
            "team": {"id": TEAM, "domain": "house"},
            "user": {"id": user, "username": "anybody", "team_id": TEAM},
            "trigger_id": trigger or self.trigger(),
            **payload,
        }
        return urllib.parse.urlencode({"payload": json.dumps(whole)}).encode()

    def press(self, user: str, button: dict, view: dict | None = None) -> None:
        """Presses a button of a message, or of a window."""
        payload = {"type": "block_actions", "actions": [{**button, "type": "button"}]}
        if view:
            payload["view"] = view
        else:
            payload["response_url"] = f"{self.url}/response/{next(self.counter)}"
        status, body = self.send("interactions", self.interaction_body(user, payload))
        assert (status, body) == (200, b"")

    def submission(self, user: str, view: dict, typed: dict[str, str], trigger: str | None = None) -> bytes:
        """A window sent in: text by block, `ticked` for boxes."""
        values = {}
        for block in view["blocks"]:
            if block["type"] != "input":
                continue
            kind, text = block["element"]["type"], typed.get(block["block_id"])
            value = {"type": kind, "value": text}
            if kind == "checkboxes":
                value = {"type": kind, "selected_options": block["element"]["options"] if text == "ticked" else []}
            values[block["block_id"]] = {block["element"]["action_id"]: value}
        payload = {"type": "view_submission", "view": {**view, "id": "V1", "state": {"values": values}}}
        return self.interaction_body(user, payload, trigger)

    def submit(self, user: str, view: dict, typed: dict[str, str]) -> dict:
        status, body = self.send("interactions", self.submission(user, view, typed))
        assert status == 200, body
        return json.loads(body)

    def window(self) -> dict:
        return self.views.get(timeout=ARRIVAL_SECONDS_MAX)

    def posting(self, name: str = "") -> Message:
        """The next message that speaks of `name`."""
        return self._next(self.posted, name)

    def change(self, name: str = "") -> Message:
        return self._next(self.updated, name)

    def _next(self, queue: Queue, name: str) -> Message:
        while name not in (message := queue.get(timeout=ARRIVAL_SECONDS_MAX)).words:
            pass
        return message

    def about(self, name: str) -> list[Message]:
        return [message for message in self.messages if name in message.words]

    # What apps ask of Slack.

    def answer(self, method: str, call: dict) -> dict:
        match method:
            case "chat.postMessage":
                if call["channel"] != CHANNEL:
                    return {"ok": False, "error": "channel_not_found"}
                if word := problem(call):
                    return {"ok": False, "error": word}
                message = Message(CHANNEL, f"{time.time():.6f}", call)
                self.messages.append(message)
                self.posted.put(message)
                return {"ok": True, "channel": CHANNEL, "ts": message.ts, "message": call}
            case "chat.update":
                for message in self.messages:
                    if (message.channel, message.ts) == (call["channel"], call["ts"]):
                        if word := problem(call):
                            return {"ok": False, "error": word}
                        message.content = {**message.content, **call}
                        message.changes += 1
                        self.updated.put(message)
                        return {"ok": True, "channel": message.channel, "ts": message.ts}
                return {"ok": False, "error": "message_not_found"}
            case "conversations.history":
                oldest, latest = float(call["oldest"]), float(call["latest"])
                found = [message for message in self.messages if oldest <= float(message.ts) <= latest]
                listed = [
                    {"type": "message", "ts": message.ts, "metadata": message.content["metadata"]} for message in found
                ]
                return {"ok": True, "messages": listed[::-1][: int(call["limit"])]}
            case "views.open" | "views.push":
                if word := problem(call["view"]):
                    return {"ok": False, "error": word}
                if not call["trigger_id"].endswith(".trigger"):
                    return {"ok": False, "error": "invalid_trigger_id"}
                self.views.put(call["view"])
                return {"ok": True, "view": call["view"]}
        return {"ok": False, "error": "unknown_method"}


@contextmanager
def slack_server() -> Iterator[Slack]:
    """Answers until the end of the block."""
    slack = Slack()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            if self.path.startswith("/response/"):
                slack.said.put(json.loads(raw))
                return self.reply(200, b"ok")
            method = self.path.removeprefix("/api/")
            slack.calls.append(method)
            if self.headers["content-type"].startswith("application/json"):
                call = json.loads(raw)
            else:
                call = dict(urllib.parse.parse_qsl(raw.decode()))
            wrong = slack.trouble(method, call)
            if isinstance(wrong, int):
                return self.reply(wrong, b"{}")
            if self.headers["authorization"] != f"Bearer {BOT_TOKEN}":
                return self.reply(200, b'{"ok":false,"error":"invalid_auth"}')
            answer = json.dumps(slack.answer(method, call)).encode()
            if wrong == "lose":
                self.close_connection = True
                return None
            return self.reply(200, answer)

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Apps that end hang up; that is what is tested."""

    server = Server(("127.0.0.1", 0), Handler)
    slack.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield slack
    finally:
        server.shutdown()
        server.server_close()
