"""Events in a stream of a real `nats-server` with JetStream, through the libnats of the machine."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nats_server
import pytest
from certificates import certificate
from conftest import Client, started_server
from nats_server import NATSServer, running

pytestmark = pytest.mark.skipif(not nats_server.is_there(), reason="nats-server or libnats is not installed")

WAIT_SECONDS_MAX = 120
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = "registered_model.created"


@pytest.fixture(scope="module")
def client(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("nats")
    made = [certificate(folder, "vouched"), certificate(folder, "elsewhere", "elsewhere.example.com", "192.0.2.1")]
    vouched = folder / "roots.pem"
    vouched.write_text("".join(certificate.read_text() for certificate, _ in made))
    with pytest.MonkeyPatch.context() as patch:
        # Where OpenSSL, which libnats verifies with, looks for roots.
        patch.setenv("SSL_CERT_FILE", str(vouched))
        with started_server(gatehouse, folder / "data", "--webhook-allow-private") as server:
            yield Client(gatehouse, server)


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NATSServer]:
    with running(tmp_path / "nats", "-js") as server:
        server.make_stream("MODELS", "gatehouse.>")
        yield server


@pytest.fixture
def hook(client: Client, nats: NATSServer, tmp_path: Path) -> Iterator[str]:
    yield from webhook(client, nats.url, tmp_path)


def webhook(
    client: Client, url: str, folder: Path, *options: object, authorization: str | None = None
) -> Iterator[str]:
    """One that is there for the block of a `for`."""
    (folder / "secret").write_text(SECRET)
    if authorization is not None:
        (folder / "authorization").write_text(authorization)
        options += ("--authorization-file", folder / "authorization")
    added = client.json(
        "webhook", "add", "stream", url, "--event", EVENT, "--event", "model_version.created", "--target", "nats",
        "--secret-file", folder / "secret", *options,
    )  # fmt: skip
    yield added["webhook"]["id"]
    client("webhook", "remove", added["webhook"]["id"])


def tried(client: Client, hook: str) -> dict:
    """What a test of the webhook says, whether it worked or not."""
    return {"failure": "", **client.call("POST", f"webhooks/{hook}/test", {})[1]}


def are_delivered(found: list[dict]) -> bool:
    return all(one["state"] == "delivered" for one in found)


def deliveries(client: Client, hook: str, is_done: Callable[[list[dict]], bool] = are_delivered) -> list[dict]:
    """Oldest first, as soon as they are as asked."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < deadline:
        found = client.call("GET", f"webhooks/{hook}/deliveries")[1]["items"]
        if found and is_done(found):
            return found[::-1]
        time.sleep(0.05)
    raise AssertionError(found)


def register(client: Client, name: str) -> None:
    assert client.call("POST", "models", {"name": name})[0] < 300


def test_events_stand_in_the_stream_in_order_and_signed(client: Client, nats: NATSServer, hook: str) -> None:
    names = ["plain", "a.b *>é"]
    for name in names:
        register(client, name)
    for _ in range(3):
        client.call("POST", "models/plain/versions", {"files": [], "source": "s3://elsewhere/m"})
    made = deliveries(client, hook, lambda found: len(found) == 5 and are_delivered(found))
    messages = [nats.message("MODELS", number + 1) for number in range(nats.count("MODELS"))]
    assert sorted(subject for subject, _, _ in messages) == sorted(
        ["gatehouse.registered_model.created.a%2Eb%20%2A%3E%C3%A9", "gatehouse.registered_model.created.plain"]
        + ["gatehouse.model_version.created.plain"] * 3
    )
    ours = [json.loads(body) for subject, _, body in messages if subject.endswith(".plain")]
    assert [one["data"].get("version") for one in ours] == [None, "1", "2", "3"]
    assert {headers["Nats-Msg-Id"] for _, headers, _ in messages} == {one["id"] for one in made}
    for _, headers, body in messages:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{signature}"
        assert set(headers) == {"Content-Type", "Nats-Msg-Id", "webhook-id", "webhook-timestamp", "webhook-signature"}
    assert [json.loads(one["response_body"])["stream"] for one in made] == ["MODELS"] * 5
    assert all("response_status" not in one or one["response_status"] is None for one in made)


def test_a_repeated_event_is_known_by_its_id(client: Client, nats: NATSServer, hook: str) -> None:
    register(client, "repeated")
    first = deliveries(client, hook)[0]
    client("webhook", "replay", hook, "--delivery", first["id"])
    again = deliveries(client, hook, lambda found: found[0]["attempts_total"] == 2 and are_delivered(found))[0]
    assert json.loads(again["response_body"])["duplicate"] is True
    assert nats.count("MODELS") == 1


def test_a_killed_server_gets_what_happened_meanwhile(client: Client, nats: NATSServer, hook: str) -> None:
    register(client, "before")
    deliveries(client, hook)
    nats.kill()
    register(client, "meanwhile")
    waiting = deliveries(client, hook, lambda found: found[0]["attempts"] >= 1)
    assert waiting[1]["state"] == "pending" and waiting[1]["failure"].startswith("NATS: ")
    nats.start()
    client("webhook", "replay", hook, "--state", "pending")
    deliveries(client, hook)
    assert [nats.message("MODELS", number)[0].split(".")[-1] for number in (1, 2)] == ["before", "meanwhile"]
    assert nats.count("MODELS") == 2


def test_a_server_without_jetstream_or_without_a_stream_has_taken_nothing(client: Client, tmp_path: Path) -> None:
    for number, options in enumerate([(), ("-js",)]):
        with running(tmp_path / str(number), *options) as server:
            for hook in webhook(client, server.url, tmp_path):
                said = tried(client, hook)
                assert not said["success"]
                assert "no stream takes the subject 'gatehouse.model_version.created.example_model'" in said["failure"]


def test_a_server_that_asks_who_is_there_is_told(client: Client, tmp_path: Path) -> None:
    for number, (options, right, wrong) in enumerate([
        (("--user", "ada", "--pass", "p:w"), "ada:p:w", "ada:x"), (("--auth", "token"), "token", "other"),
    ]):  # fmt: skip
        with running(tmp_path / str(number), *options) as server:
            for authorization, words in [(right, "no stream takes"), (wrong, "uthoriz"), (None, "uthoriz")]:
                for hook in webhook(client, server.url, tmp_path, authorization=authorization):
                    assert words in tried(client, hook)["failure"]


def test_a_certificate_is_that_of_the_name_and_vouched_for(client: Client, tmp_path: Path) -> None:
    """`elsewhere` is vouched for, and is another machine's; for `other` nobody vouches."""
    folder = client.server.data_dir.parent
    certificate(tmp_path, "other")
    for place, name in [(folder, "vouched"), (folder, "elsewhere"), (tmp_path, "other")]:
        options = ("-js", "--tls", "--tlscert", str(place / f"{name}.pem"), "--tlskey", str(place / f"{name}.key"))
        with running(tmp_path / f"{name}-data", *options) as server:
            hosts = [f"{host}:{server.port}" for host in ("localhost", "127.0.0.1")]
            urls = [f"{scheme}://{host}" for scheme in ("tls", "nats") for host in hosts]
            # Those of `nats` are told by the server that it wants TLS.
            for url, more in [(url, more) for url in urls for more in ((), ("--insecure-tls",))]:
                for hook in webhook(client, url, tmp_path, *more):
                    # Whoever was let in hears that there is no stream.
                    is_taken = "no stream takes" in tried(client, hook)["failure"]
                    assert is_taken == (name == "vouched" or more != ()), (name, url, more)


def test_what_a_server_says_of_its_cluster_leads_nowhere(client: Client, tmp_path: Path) -> None:
    """A server whose address is allowed names another one, then refuses: nobody knocks there."""
    with socket.create_server(("127.0.0.1", 0)) as named, socket.create_server(("127.0.0.1", 0)) as server:
        information = {
            "server_id": "x", "version": "2.9.10", "headers": True, "max_payload": 1 << 20,
            "connect_urls": [f"127.0.0.1:{named.getsockname()[1]}"],
        }  # fmt: skip

        def refuse() -> None:
            connection = server.accept()[0]
            with connection:
                connection.sendall(f"INFO {json.dumps(information)}\r\n".encode())
                connection.recv(4096)
                connection.sendall(b"-ERR 'Authorization Violation'\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        for hook in webhook(client, f"nats://127.0.0.1:{server.getsockname()[1]}", tmp_path):
            assert not tried(client, hook)["success"]
        thread.join()
        named.setblocking(False)
        with pytest.raises(BlockingIOError):
            named.accept()


@pytest.mark.parametrize("url", ["nats://127.0.0.1:4222", "tls://127.0.0.1:4222", "nats://192.0.2.1", "tls://localhost"])
def test_what_is_not_public_is_not_reached(gatehouse: Path, tmp_path: Path, url: str) -> None:
    with started_server(gatehouse, tmp_path / "data") as server:
        call = {"name": "stream", "url": url, "events": [EVENT], "target": "nats"}
        status, answer = Client(gatehouse, server).call("POST", "webhooks", call)
        assert status == 400 and "URL" in answer["message"], answer


def test_a_url_is_its_targets(client: Client) -> None:
    for url, target in [("nats://127.0.0.1", "webhook"), ("http://127.0.0.1", "nats"), ("nats://127.0.0.1/x", "nats")]:
        call = {"name": "stream", "url": url, "events": [EVENT], "target": target}
        assert client.call("POST", "webhooks", call)[0] == 400, url
    call = {"name": "stream", "url": "nats://127.0.0.1", "events": [EVENT], "target": "nats"}
    for settings in [{"subject": "a..b"}, {"subject": "a.>"}, {"subject": ""}, {"prefix": "x"}]:
        assert client.call("POST", "webhooks", {**call, "settings": settings})[0] == 400, settings
