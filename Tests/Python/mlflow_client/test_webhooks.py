"""Webhooks: made, changed, tried out, and delivered with a signature that a receiver can check."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue

import pytest
from mlflow import MlflowClient
from refusals import refused

try:
    from mlflow.webhooks.delivery import _generate_hmac_signature
except ImportError:  # A client older than webhooks: all here is skipped.
    _generate_hmac_signature = None

pytestmark = pytest.mark.since_3("webhooks")

SECRET = "s3cret"
DELIVERY_SECONDS_MAX = 120


@dataclass
class Receiver:
    """What arrived, and what to answer: each answer of `answers` once, then 200."""

    url: str = ""
    arrived: Queue = field(default_factory=Queue)
    answers: list[int] = field(default_factory=list)

    def next(self, name: str) -> tuple[dict, dict]:
        """Headers and body of the next delivery about this model; others may come from flows beside this one."""
        while True:
            headers, body = self.arrived.get(timeout=DELIVERY_SECONDS_MAX)
            if json.loads(body)["data"]["name"] == name:
                self.check(headers, body)
                return headers, json.loads(body)

    @staticmethod
    def check(headers: dict, body: bytes) -> None:
        signed = f"{headers['x-mlflow-delivery-id']}.{headers['x-mlflow-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
        assert headers["x-mlflow-signature"] == f"v1,{expected}"
        # MLflow ships the signer and no verifier.
        own = _generate_hmac_signature(
            SECRET, headers["x-mlflow-delivery-id"], headers["x-mlflow-timestamp"], body.decode()
        )
        assert headers["x-mlflow-signature"] == own


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    got = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.arrived.put(({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(got.answers.pop(0) if got.answers else 200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    got.url = f"http://127.0.0.1:{server.server_port}/hook"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield got
    server.shutdown()


@pytest.fixture
def hook(client: MlflowClient, receiver: Receiver, name: str) -> Iterator[str]:
    """The id of a hook on everything that happens to models."""
    events = [
        "registered_model.created",
        "model_version.created",
        "model_version_tag.set",
        "model_version_tag.deleted",
        "model_version_alias.created",
        "model_version_alias.deleted",
    ]
    made = client.create_webhook(name, receiver.url, events, secret=SECRET)
    yield made.webhook_id
    client.delete_webhook(made.webhook_id)


def test_made_found_changed_deleted(client: MlflowClient, receiver: Receiver, name: str) -> None:
    made = client.create_webhook(name, receiver.url, ["registered_model.created"], description="why", secret=SECRET)
    got = client.get_webhook(made.webhook_id)
    assert (got.name, got.url, got.description, str(got.status)) == (name, receiver.url, "why", "ACTIVE")
    assert [str(event) for event in got.events] == ["registered_model.created"] and got.secret is None
    assert made.webhook_id in {hook.webhook_id for hook in client.list_webhooks(max_results=1000)}
    changed = client.update_webhook(made.webhook_id, description="other", status="DISABLED", events=["prompt.created"])
    assert (changed.description, str(changed.status), changed.url) == ("other", "DISABLED", receiver.url)
    assert [str(event) for event in changed.events] == ["prompt.created"]
    client.delete_webhook(made.webhook_id)
    with refused("RESOURCE_DOES_NOT_EXIST", made.webhook_id):
        client.get_webhook(made.webhook_id)


def test_every_event_of_a_model_is_delivered(client: MlflowClient, receiver: Receiver, hook: str, name: str) -> None:
    client.create_registered_model(name, tags={"x": "y"}, description="d")
    headers, body = receiver.next(name)
    assert (body["entity"], body["action"]) == ("registered_model", "created")
    assert body["data"] == {"name": name, "tags": {"x": "y"}, "description": "d"}
    assert headers["content-type"].startswith("application/json") and "T" in body["timestamp"]

    client.create_model_version(name, "s3://b/1", tags={"k": "v"})
    _, body = receiver.next(name)
    assert (body["entity"], body["action"]) == ("model_version", "created")
    expected = {
        "name": name,
        "version": "1",
        "source": "s3://b/1",
        "run_id": None,
        "tags": {"k": "v"},
        "description": None,
    }
    assert body["data"] == expected

    steps = {
        ("model_version_tag", "set"): lambda: client.set_model_version_tag(name, "1", "a", "b"),
        ("model_version_tag", "deleted"): lambda: client.delete_model_version_tag(name, "1", "a"),
        ("model_version_alias", "created"): lambda: client.set_registered_model_alias(name, "al", "1"),
        ("model_version_alias", "deleted"): lambda: client.delete_registered_model_alias(name, "al"),
    }
    data = {}
    for event, step in steps.items():
        step()
        _, body = receiver.next(name)
        assert (body["entity"], body["action"]) == event
        data[event] = body["data"]
    assert list(data.values()) == [
        {"name": name, "version": "1", "key": "a", "value": "b"},
        {"name": name, "version": "1", "key": "a"},
        {"name": name, "alias": "al", "version": "1"},
        {"name": name, "alias": "al"},
    ]


def test_a_delivery_that_fails_is_tried_again(client: MlflowClient, receiver: Receiver, hook: str, name: str) -> None:
    receiver.answers = [503]
    client.create_registered_model(name)
    first, _ = receiver.next(name)
    second, _ = receiver.next(name)
    assert first["x-mlflow-delivery-id"] == second["x-mlflow-delivery-id"]


def test_the_test_call(client: MlflowClient, receiver: Receiver, hook: str) -> None:
    result = client.test_webhook(hook)
    assert (result.success, result.response_status, result.response_body) == (True, 200, "ok")
    headers, body = receiver.arrived.get(timeout=DELIVERY_SECONDS_MAX)
    Receiver.check(headers, body)
    receiver.answers = [404]
    result = client.test_webhook(hook, "model_version.created")
    assert (result.success, result.response_status) == (False, 404)


def test_what_is_not_asked_for_is_not_sent(client: MlflowClient, receiver: Receiver, name: str) -> None:
    other = client.create_webhook(name, receiver.url, ["prompt.created"], secret=SECRET)
    off = client.create_webhook(f"{name}-off", receiver.url, ["registered_model.created"], status="DISABLED")
    on = client.create_webhook(f"{name}-on", receiver.url, ["model_version.created"], secret=SECRET)
    client.create_registered_model(name)
    client.create_model_version(name, "s3://b/1")
    assert receiver.next(name)[1]["entity"] == "model_version"
    with pytest.raises(Empty):
        receiver.arrived.get_nowait()
    for hook in (other, off, on):
        client.delete_webhook(hook.webhook_id)


def test_what_is_refused(client: MlflowClient, name: str) -> None:
    for url, events in [
        ("ftp://127.0.0.1/x", ["registered_model.created"]),
        ("nonsense", ["registered_model.created"]),
        ("", ["registered_model.created"]),
        ("http://127.0.0.1/x", []),
    ]:
        with refused("INVALID_PARAMETER_VALUE", by_server=False):
            client.create_webhook(name, url, events)
    for bad in ["a b", "", "x" * 64, "-a"]:
        with refused("INVALID_PARAMETER_VALUE", by_server=False):
            client.create_webhook(bad, "http://127.0.0.1/x", ["registered_model.created"])
