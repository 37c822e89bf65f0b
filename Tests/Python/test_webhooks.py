"""Webhooks from outside: what is sent, that nothing is lost or out of order, and where nothing is ever sent."""

import json
import re
import shutil
import ssl
import stat
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Client, Server, started_server, unused_port
from mortal_server import MortalServer
from webhook_receiver import Arrival, Receiver, listening

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WAIT_SECONDS_MAX = 120
OPEN = ("--webhook-allow-private", "--default-policy", "off")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as got:
        yield got


@pytest.fixture
def client(gatehouse: Path, tmp_path: Path) -> Iterator[Client]:
    """The command line against a server whose webhooks may reach this machine."""
    with started_server(gatehouse, tmp_path / "data", *OPEN) as running:
        yield Client(gatehouse, running)


@pytest.fixture(scope="module")
def closed(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The command line against a server as it is out of the box. Nothing that is refused leaves a trace in it."""
    with started_server(gatehouse, tmp_path_factory.mktemp("closed") / "data") as running:
        yield Client(gatehouse, running)


def add(client: Client, url: str, *events: str, name: str = "hook", secret: str | None = SECRET) -> str:
    status, answer = client.call("POST", "webhooks", {"name": name, "url": url, "events": events, "secret": secret})
    assert status == 201, answer
    return answer["id"]


def make_model(client: Client, name: str) -> None:
    status, answer = client.call("POST", "models", {"name": name})
    assert status == 201, answer


def make_version(client: Client, name: str) -> int:
    status, answer = client.call("POST", f"models/{name}/versions", {"files": [], "source": "s3://elsewhere/m"})
    assert status == 201, answer
    return answer["version"]


def mlflow(server: Server, method: str, path: str, body: object = None) -> tuple[int, dict]:
    """One of MLflow's calls, as its client sends it."""
    request = urllib.request.Request(
        f"{server.url}/api/2.0/mlflow/{path}",
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS_MAX) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


def until(found: Callable[[], object]) -> object:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.02)
    pytest.fail("it did not come about")


def deliveries(client: Client, hook: str) -> list[dict]:
    status, answer = client.call("GET", f"webhooks/{hook}/deliveries")
    assert status == 200, answer
    return answer["items"][::-1]


def test_a_change_is_told_with_a_signature_that_checks(client: Client, receiver: Receiver) -> None:
    hook = add(client, receiver.url + "/hook?x=1", "registered_model.created")
    make_model(client, "m")
    arrival = receiver.next()
    assert arrival.path == "/hook?x=1" and arrival.is_signed_with(SECRET)
    assert arrival.headers["x-mlflow-delivery-id"] == arrival.id
    assert abs(int(arrival.headers["webhook-timestamp"]) - time.time()) < 60
    assert arrival.data == {"name": "m", "tags": {}, "description": ""}
    assert (arrival.body["entity"], arrival.body["action"]) == ("registered_model", "created")
    done = until(lambda: [one for one in deliveries(client, hook) if one["state"] == "delivered"])[0]
    assert (done["id"], done["response_status"], done["response_body"], done["attempts"]) == (arrival.id, 200, "ok", 1)


def test_a_stage_transition_is_told_though_mlflow_has_no_name_for_it(client: Client, receiver: Receiver) -> None:
    add(client, receiver.url, "model_version.stage_transitioned")
    make_model(client, "m")
    for _ in range(2):
        make_version(client, "m")
    path = "models/m/versions/{}/transitions"
    assert client.call("POST", path.format(1), {"to": "Production", "reason": "first"})[0] == 200
    move = {"to": "Production", "reason": "better", "archive_existing_versions": True}
    assert client.call("POST", path.format(2), move)[0] == 200
    first, second, displaced = receiver.take(3)
    assert first.body["type"] == "model_version.stage_transitioned"
    assert (first.data["from_stage"], first.data["to_stage"], first.data["previous_version"]) == (
        "None",
        "Production",
        None,
    )
    assert (second.data["version"], second.data["previous_version"], second.data["reason"]) == ("2", "1", "better")
    assert (displaced.data["version"], displaced.data["from_stage"], displaced.data["to_stage"]) == (
        "1",
        "Production",
        "Archived",
    )
    assert displaced.data["displaced_by"] == "2"
    index = second.body["gatehouse"]["audit_index"]
    entry = client.call("GET", f"audit?after={index - 1}&limit=1")[1]["items"][0]
    assert (entry["action"], entry["version"], entry["principal"]) == (
        "transition.granted",
        2,
        second.body["gatehouse"]["actor"],
    )


def test_many_writers_every_event_once_and_in_order(client: Client, receiver: Receiver) -> None:
    """Four deliveries fail at first, none of them twice: the second pause is long."""
    failed: set[str] = set()

    def answer(arrival: Arrival) -> int:
        if len(failed) == 4 or arrival.id in failed:
            return 200
        failed.add(arrival.id)
        return 503

    receiver.answer = answer
    hook = add(client, receiver.url, "model_version_tag.set")
    models, tags = [f"m{number}" for number in range(4)], 15
    for model in models:
        make_model(client, model)
        make_version(client, model)

    def write(model: str) -> None:
        for value in range(tags):
            status, answer = client.call("PUT", f"models/{model}/versions/1/tags/k", {"value": str(value)})
            assert status == 200, answer

    writers = [threading.Thread(target=write, args=(model,)) for model in models]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    seen: dict[str, list[str]] = {model: [] for model in models}
    ids: dict[str, str] = {}
    while any(len(values) < tags for values in seen.values()):
        arrival = receiver.next()
        assert arrival.is_signed_with(SECRET)
        key = f"{arrival.data['name']} {arrival.data['value']}"
        if ids.setdefault(key, arrival.id) != arrival.id:
            pytest.fail(f"{key} came under two ids")
        values = seen[arrival.data["name"]]
        if arrival.data["value"] not in values:
            values.append(arrival.data["value"])
    assert seen == {model: [str(value) for value in range(tags)] for model in models}
    sent = until(lambda: (all_of := deliveries(client, hook)) and all(one["finished_at"] for one in all_of) and all_of)
    assert {one["state"] for one in sent} == {"delivered"} and len(sent) == tags * len(models)
    sequences = [one["sequence"] for one in sent]
    assert sequences == list(range(1, len(sequences) + 1))


def test_a_kill_between_commit_and_delivery_loses_nothing(gatehouse: Path, tmp_path: Path) -> None:
    server = MortalServer(gatehouse, tmp_path, options=OPEN)
    release = threading.Event()
    with listening() as receiver:
        receiver.answer = lambda _: 200 if release.wait(WAIT_SECONDS_MAX) else 500
        server.start()
        running = Server(f"http://127.0.0.1:{server.port}", server.token, server.data, tmp_path / "serve.log", server.process)
        client = Client(gatehouse, running)
        hook = add(client, receiver.url, "registered_model.created", "model_version.created")
        make_model(client, "m")
        cut_off = receiver.next()
        make_version(client, "m")
        server.kill()
        release.set()
        server.start()
        again, following = receiver.take(2)
        assert again.id == cut_off.id and again.raw == cut_off.raw and again.is_signed_with(SECRET)
        assert following.body["type"] == "model_version.created"
        client = Client(gatehouse, Server(f"http://127.0.0.1:{server.port}", server.token, server.data, running.log, server.process))
        until(lambda: [one["state"] for one in deliveries(client, hook)] == ["delivered", "delivered"])
        server.kill()


def test_nobody_listens_yet(client: Client) -> None:
    port = unused_port()
    hook = add(client, f"http://127.0.0.1:{port}/", "registered_model.created")
    make_model(client, "m")
    waiting = until(lambda: [one for one in deliveries(client, hook) if one["attempts"]])[0]
    assert (
        waiting["state"] == "pending" and waiting["failure"] and waiting["next_attempt_at"] > waiting["last_attempt_at"]
    )
    with listening(port) as receiver:
        assert receiver.next().data["name"] == "m"


def test_retry_after_is_honoured(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda _: (429, {"Retry-After": "1800"})
    hook = add(client, receiver.url, "registered_model.created")
    make_model(client, "m")
    waiting = until(lambda: [one for one in deliveries(client, hook) if one["attempts"]])[0]
    last, due = (
        time.mktime(time.strptime(waiting[key][:19], "%Y-%m-%dT%H:%M:%S"))
        for key in ("last_attempt_at", "next_attempt_at")
    )
    # From the answer on, which on a busy machine comes some time after the attempt began.
    assert 1798 <= due - last <= 1860


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "https://[::1]:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://localhost:{port}/",
        "https://127.1:{port}/",
        "https://2130706433:{port}/",
        "https://0x7f000001:{port}/",
        "https://0.0.0.0:{port}/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://172.16.3.4/",
        "https://192.168.0.1/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://user:pw@127.0.0.1/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/x",
        "//127.0.0.1:{port}/",
        "https://",
        "https://127.0.0.1:{port}\r\nX-A: b/",
        "",
    ],
)
def test_a_server_does_not_knock_at_its_neighbours_doors(closed: Client, receiver: Receiver, url: str) -> None:
    address = url.replace("{port}", receiver.url.rsplit(":", 1)[1])
    body = {"name": "hook", "url": address, "events": ["registered_model.created"]}
    status, answer = closed.call("POST", "webhooks", body)
    assert status == 400 and answer["code"] == "invalidArgument", answer
    events = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
    status, answer = mlflow(closed.server, "POST", "webhooks", {**body, "events": events})
    assert status == 400 and answer["error_code"] == "INVALID_PARAMETER_VALUE", answer
    assert closed.call("GET", "webhooks")[1]["items"] == []
    assert receiver.arrived.empty()


def test_what_was_opened_once_is_closed_again_after_a_restart_without_the_option(
    gatehouse: Path, tmp_path: Path, receiver: Receiver
) -> None:
    """The address is judged when it is connected to, not only when the webhook is made."""
    with started_server(gatehouse, tmp_path / "data", "--webhook-allow", "127.0.0.0/8") as opened:
        hook = add(Client(gatehouse, opened), receiver.url, "registered_model.created")
    with started_server(gatehouse, tmp_path / "data", token=opened.token) as closed:
        client = Client(gatehouse, closed)
        status, result = client.call("POST", f"webhooks/{hook}/test", {})
        assert status == 200 and not result["success"] and result["response_status"] is None
        make_model(client, "m")
        failed = until(lambda: [one for one in deliveries(client, hook) if one["state"] == "failed"])[0]
        assert "127.0.0.1" in failed["failure"]
    assert receiver.arrived.empty()


def test_a_redirect_is_not_followed(client: Client, receiver: Receiver) -> None:
    with listening() as inside:
        receiver.answer = lambda _: (307, {"Location": inside.url + "/inside"})
        hook = add(client, receiver.url, "registered_model.created")
        make_model(client, "m")
        failed = until(lambda: [one for one in deliveries(client, hook) if one["state"] == "failed"])[0]
        assert failed["failure"] == "it answered 307" and inside.arrived.empty()


def test_a_certificate_that_nobody_vouches_for_is_refused(client: Client, tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed: no certificate to refuse")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with listening(wrap=lambda plain: context.wrap_socket(plain, server_side=True)) as receiver:
        hook = add(client, receiver.url, "registered_model.created")
        result = client.call("POST", f"webhooks/{hook}/test", {})[1]
        assert not result["success"] and result["response_status"] is None, result
        assert "CERTIFICATE" in result["failure"].upper() and receiver.arrived.empty()


def test_the_secret_is_nowhere(gatehouse: Path, tmp_path: Path, receiver: Receiver) -> None:
    secret = "a-secret-that-is-easy-to-find"
    with started_server(gatehouse, tmp_path / "data", *OPEN) as running:
        client = Client(gatehouse, running)
        hook = add(client, receiver.url, "registered_model.created", secret=secret)
        answers = [client.call("GET", path)[1] for path in ("webhooks", f"webhooks/{hook}", "audit")]
        answers.append(mlflow(running, "GET", "webhooks")[1])
        make_model(client, "m")
        assert receiver.next().is_signed_with(secret)
        assert secret not in json.dumps(answers)
        key = running.data_dir / "server.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600 and re.fullmatch("[0-9a-f]{64}\n", key.read_text())
    for file in running.data_dir.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file
    assert secret not in running.log.read_text()


def test_under_another_key_a_stored_secret_does_not_open_and_nothing_is_sent_unsigned(
    gatehouse: Path, tmp_path: Path, receiver: Receiver
) -> None:
    with started_server(gatehouse, tmp_path / "data", *OPEN) as running:
        hook = add(Client(gatehouse, running), receiver.url, "registered_model.created")
    other = tmp_path / "other.key"
    other.write_text("ab" * 32)
    with started_server(
        gatehouse, tmp_path / "data", *OPEN, "--server-key-file", str(other), token=running.token
    ) as again:
        client = Client(gatehouse, again)
        make_model(client, "m")
        waiting = until(lambda: [one for one in deliveries(client, hook) if one["attempts"]])[0]
        assert waiting["state"] == "pending" and "does not open" in waiting["failure"]
        assert receiver.arrived.empty()


@pytest.mark.parametrize("text", ["", "no key", "ab" * 31])
def test_a_server_does_not_start_with_a_key_that_is_none(run: Callable, tmp_path: Path, text: str) -> None:
    key = tmp_path / "key"
    key.write_text(text)
    finished = run("serve", "--port", 0, "--data-dir", tmp_path / "data", "--server-key-file", key, check=False)
    assert finished.returncode == 1 and "64 hexadecimal digits" in finished.stderr


def test_mlflows_calls(client: Client, receiver: Receiver) -> None:
    server = client.server
    events = [{"entity": "MODEL_VERSION", "action": "CREATED"}, {"entity": "REGISTERED_MODEL", "action": "CREATED"}]
    status, answer = mlflow(
        server, "POST", "webhooks", {"name": "h", "url": receiver.url, "events": events, "secret": "s"}
    )
    assert status == 200, answer
    made = answer["webhook"]
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["webhook_id"])
    assert made["status"] == "ACTIVE" and "description" not in made and "secret" not in made
    assert sorted(map(str, made["events"])) == sorted(map(str, events))
    path = f"webhooks/{made['webhook_id']}"
    assert mlflow(server, "GET", path) == (200, {"webhook": made})
    status, answer = mlflow(
        server, "PATCH", path, {"description": "d2", "status": "DISABLED", "name": "", "events": []}
    )
    changed = answer["webhook"]
    assert (changed["description"], changed["status"], changed["name"]) == ("d2", "DISABLED", "h")
    assert changed["events"] == made["events"] and changed["last_updated_timestamp"] >= made["last_updated_timestamp"]
    status, answer = mlflow(server, "POST", f"{path}/test", {"event": {"entity": "PROMPT_TAG", "action": "SET"}})
    assert answer == {"result": {"success": True, "response_status": 200, "response_body": "ok"}}
    arrival = receiver.next()
    assert arrival.is_signed_with("s")
    assert arrival.data == {"name": "example_prompt", "key": "example_key", "value": "example_value"}
    assert mlflow(server, "DELETE", path) == (200, {})
    status, answer = mlflow(server, "GET", path)
    assert status == 404 and answer["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert mlflow(server, "GET", "webhooks") == (200, {})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "Missing value for required parameter 'name'"),
        ({"name": "h"}, "Missing value for required parameter 'url'"),
        ({"name": "h", "url": "http://127.0.0.1"}, "Missing value for required parameter 'events'"),
        ({"name": "h", "url": "http://127.0.0.1", "events": []}, "Webhook events must be a non-empty list"),
        ({"name": "h", "url": "http://127.0.0.1", "events": [{}]}, "events[0].entity"),
        ({"name": "h", "url": "http://127.0.0.1", "events": ["x"]}, "parameter 'events'"),
        ({"name": 5, "url": "http://127.0.0.1", "events": []}, "Invalid value 5 for parameter 'name'"),
        (
            {"name": "h", "url": "http://127.0.0.1", "events": [{"entity": "MODEL_VERSION", "action": "UPDATED"}]},
            "Invalid action 'updated' for entity 'model_version'. Valid actions are: ['created']",
        ),
        (
            {"name": "a b", "url": "http://127.0.0.1", "events": [{"entity": 1, "action": 1}]},
            "Webhook name 'a b' is invalid",
        ),
        ({"name": "h", "url": "ftp://x", "events": [{"entity": 1, "action": 1}]}, "Invalid webhook URL scheme: 'ftp'"),
    ],
)
def test_mlflows_refusals(closed: Client, body: dict, said: str) -> None:
    status, answer = mlflow(closed.server, "POST", "webhooks", body)
    assert status == 400 and answer["error_code"] == "INVALID_PARAMETER_VALUE"
    assert said in answer["message"]


def test_lists_have_pages(client: Client) -> None:
    for number in range(5):
        add(client, "http://127.0.0.1:1/", "prompt.created", name=f"h{number}")
    add(client, "http://127.0.0.1:1/", "model_version.stage_transitioned", name="ours")
    names, token = [], ""
    while True:
        status, page = mlflow(client.server, "GET", f"webhooks?max_results=2&page_token={token}")
        assert status == 200, page
        names += [hook["name"] for hook in page["webhooks"]]
        if not (token := page.get("next_page_token", "").replace("=", "%3D")):
            break
    assert sorted(names) == [f"h{number}" for number in range(5)]
    assert len(client.call("GET", "webhooks?limit=4")[1]["items"]) == 4
    for bad in ("max_results=1001", "max_results=-1", "page_token=%21%21", "page_token=eyJvZmZzZXQiOiAtMX0%3D"):
        assert mlflow(client.server, "GET", f"webhooks?{bad}")[0] == 400


def test_the_command(client: Client, receiver: Receiver) -> None:
    added = client.json("webhook", "add", "ci", receiver.url, "--event", "registered_model.created")
    hook, secret = added["webhook"]["id"], added["secret"]
    client("model", "create", "m")
    assert receiver.next().is_signed_with(secret)
    assert [one["name"] for one in client.json("webhook", "list")["items"]] == ["ci"]
    shown = client.json("webhook", "show", hook)
    assert shown["signed"] and secret not in json.dumps(shown)
    assert client.json("webhook", "test", hook)["success"]
    receiver.next()
    receiver.answer = lambda _: 500
    assert not client.json("webhook", "test", hook, code=2)["success"]
    until(lambda: client.json("webhook", "deliveries", hook)["items"][0]["state"] == "delivered")
    assert "delivered" in client("webhook", "deliveries", hook).stdout
    assert client.json("webhook", "disable", hook)["status"] == "DISABLED"
    assert client.json("webhook", "enable", hook)["status"] == "ACTIVE"
    assert client.json("webhook", "remove", hook) == {"deleted": hook}
    assert client("webhook", "show", hook, code=1).stderr.startswith("error:")
    actions = [
        entry["action"] for entry in client.call("GET", "audit")[1]["items"] if entry["action"].startswith("webhook")
    ]
    assert actions == ["webhook.created", "webhook.updated", "webhook.updated", "webhook.deleted"]


def test_a_receiver_that_hangs_does_not_hold_up_the_end_of_the_server(gatehouse: Path, tmp_path: Path) -> None:
    """`started_server` fails when SIGTERM does not end the server within its 30 s, which is also the limit of an attempt."""
    hang = threading.Event()
    with listening() as receiver:
        receiver.answer = lambda _: 200 if hang.wait(WAIT_SECONDS_MAX) else 500
        with started_server(gatehouse, tmp_path / "data", *OPEN) as running:
            add(Client(gatehouse, running), receiver.url, "registered_model.created")
            make_model(Client(gatehouse, running), "m")
            receiver.next()
        hang.set()
