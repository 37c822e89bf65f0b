"""What webhooks were sent, sent again and signed with; Databricks' calls; trouble over real processes."""

import base64
import datetime
import hashlib
import hmac
import json
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Client, Server, started_server, unused_port
from mortal_server import MortalServer
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from test_webhooks import OPEN, SECRET, add, deliveries, make_model, make_version, mlflow, until
from webhook_receiver import Arrival, Receiver, listening

OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.fixture(scope="module")
def client(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One server for all tests here that kill none; names tell their models apart."""
    with started_server(gatehouse, tmp_path_factory.mktemp("log") / "data", *OPEN) as running:
        yield Client(gatehouse, running)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as got:
        yield got


def finished(client: Client, hook: str, state: str = "delivered") -> list[dict]:
    return until(
        lambda: (all_of := deliveries(client, hook)) and {one["state"] for one in all_of} == {state} and all_of
    )


def verified(arrival: Arrival, secret: str) -> dict:
    return Webhook(secret).verify(arrival.raw, arrival.headers)


def test_a_standard_webhooks_library_verifies_deliveries(client: Client, receiver: Receiver) -> None:
    add(client, receiver.url, "registered_model.created", name="standard")
    make_model(client, "standard")
    arrival = receiver.next()
    assert verified(arrival, SECRET)["type"] == "registered_model.created"
    with pytest.raises(WebhookVerificationError):
        verified(arrival, OTHER_SECRET)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(arrival.raw + b" ", arrival.headers)


def test_an_erasure_says_that_events_keep_the_name_for_a_while(client: Client, receiver: Receiver, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse battery")
    client("user", "add", "grace-hopperton", "--grant", "admin", "--password-file", password)
    add(client, receiver.url, "registered_model.created", name="named")
    sign_in = {"MLFLOW_TRACKING_USERNAME": "grace-hopperton", "MLFLOW_TRACKING_PASSWORD": password.read_text()}
    environment = {key: value for key, value in client.environment.items() if key != "GATEHOUSE_TOKEN"} | sign_in
    subprocess.run([client.gatehouse, "model", "create", "named"], check=True, capture_output=True, env=environment)
    assert "grace-hopperton" in receiver.next().raw.decode()
    erased = client.json("audit", "erase", "--user", "grace-hopperton", "--reason", "request 17")
    assert [(left["place"], left["rows"]) for left in erased["remaining"]] == [("event.body", 1)]
    assert "30 days" in erased["remaining"][0]["reason"]


def test_the_official_vector_of_the_standard() -> None:
    """Of the specification 1.0.0; the same that the Swift tests sign."""
    body, identity, seconds = b'{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    signed = base64_signature(Webhook(SECRET), identity, seconds, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def base64_signature(webhook: Webhook, identity: str, seconds: int, body: bytes) -> str:
    return webhook.sign(identity, datetime.datetime.fromtimestamp(seconds, datetime.UTC), body.decode())


def test_a_secret_is_replaced_without_a_gap(client: Client, receiver: Receiver) -> None:
    hook = add(client, receiver.url, "registered_model.created", name="rotating")
    shown = client.json("webhook", "rotate", hook, "--overlap-hours", "1")
    new = shown["secret"]
    assert shown["webhook"]["old_secret_until"]
    make_model(client, "rotating-1")
    during = receiver.next()
    assert verified(during, SECRET) == verified(during, new)
    mlflow_signature = during.headers["x-mlflow-signature"]
    signed = f"{during.id}.{during.headers['x-mlflow-timestamp']}.".encode() + during.raw
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    assert mlflow_signature == "v1," + base64.b64encode(digest).decode()
    assert client.json("webhook", "rotate", hook, "--finish")["webhook"]["old_secret_until"] is None
    make_model(client, "rotating-2")
    after = receiver.next()
    assert verified(after, new) and after.is_signed_with(new)
    with pytest.raises(WebhookVerificationError):
        verified(after, SECRET)


def test_what_was_given_up_is_listed_with_its_attempts_and_replayed(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda _: 422
    hook = add(client, receiver.url, "registered_model.created", name="letters")
    for number in range(3):
        make_model(client, f"letter-{number}")
    failed = until(
        lambda: len(found := client.json("webhook", "deliveries", hook, "--state", "failed")["items"]) == 3 and found
    )
    refused = receiver.take(3)
    log = client.json("webhook", "delivery", hook, failed[0]["id"])
    assert [(one["number"], one["response_status"], one["response_body"]) for one in log["attempts"]] == [
        (1, 422, "ok")
    ]
    assert "answered 422" in client("webhook", "delivery", hook, failed[0]["id"]).stdout
    receiver.answer = lambda _: 200
    assert client.json("webhook", "replay", hook, "--delivery", failed[0]["id"]) == {"replayed": 1, "partial": False}
    again = receiver.next()
    assert again.id == failed[0]["id"] and again.raw in [one.raw for one in refused]
    until(lambda: client.json("webhook", "delivery", hook, failed[0]["id"])["delivery"]["state"] == "delivered")
    assert client.json("webhook", "replay", hook, "--from", "2020-01-01")["replayed"] == 2
    assert {one.id for one in receiver.take(2)} == {failed[1]["id"], failed[2]["id"]}
    finished(client, hook)
    assert client.json("webhook", "replay", hook, "--until", "2020-01-01", "--state", "delivered")["replayed"] == 0
    for body in ({}, {"delivery": "x", "states": ["failed"]}, {"from": "soon"}, {"states": ["lost"]}):
        assert client.call("POST", f"webhooks/{hook}/replay", body)[0] == 400, body
    assert client.call("POST", f"webhooks/{hook}/replay", {"delivery": "x"})[0] == 404
    assert client.call("GET", f"webhooks/{hook}/deliveries/x")[0] == 404


def test_a_pause_keeps_what_happens_and_a_model_filter_leaves_out(client: Client, receiver: Receiver) -> None:
    body = {
        "name": "paused",
        "url": receiver.url,
        "events": ["registered_model.created"],
        "models": ["kept-1", "kept-2"],
    }
    hook = client.call("POST", "webhooks", body)[1]["id"]
    assert client.json("webhook", "pause", hook)["status"] == "PAUSED"
    for name in ("kept-1", "left-out", "kept-2"):
        make_model(client, name)
    assert [one["state"] for one in deliveries(client, hook)] == ["pending", "pending"]
    shown = mlflow(client.server, "GET", f"webhooks/{hook}")[1]["webhook"]
    assert shown["status"] == "DISABLED"
    assert receiver.arrived.empty()
    assert client.json("webhook", "resume", hook)["status"] == "ACTIVE"
    assert {one.data["name"] for one in receiver.take(2)} == {"kept-1", "kept-2"}


def test_a_certificate_is_not_looked_at_only_where_the_webhook_says_so(client: Client, tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed: no certificate to accept")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=elsewhere.example",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with listening(wrap=lambda plain: context.wrap_socket(plain, server_side=True)) as receiver:
        token = tmp_path / "token"
        token.write_text("Bearer of-the-receiver\n")
        arguments = ("--event", "registered_model.created", "--authorization-file", token)
        added = client.json("webhook", "add", "trusting", receiver.url, *arguments, "--insecure-tls")["webhook"]
        assert not added["verify_tls"] and added["authorized"]
        assert client.json("webhook", "test", added["id"])["success"]
        assert receiver.next().headers["authorization"] == "Bearer of-the-receiver"
        assert "NOT verified" in client("webhook", "show", added["id"]).stdout
        assert "not verified" in client("webhook", "list").stdout
        entry = [
            one for one in client.call("GET", "audit?limit=1000")[1]["items"] if one["action"] == "webhook.created"
        ][-1]
        assert entry["facts"]["verifies_tls"] is False and "of-the-receiver" not in json.dumps(entry)
        strict = client.json("webhook", "add", "strict", receiver.url, "--event", "registered_model.created")["webhook"]
        assert not client.json("webhook", "test", strict["id"], code=2)["success"]


def test_decisions_are_told(client: Client, receiver: Receiver) -> None:
    """The server has the policy `off`, so a promotion is granted at once."""
    events = ("promotion.requested", "promotion.approved", "policy.applied", "webhook.disabled")
    add(client, receiver.url, *events, name="decisions")
    make_model(client, "decided")
    make_version(client, "decided")
    path = "models/decided/versions/1/promotions"
    status, answer = client.call("POST", path, {"to": "Staging", "reason": "ready"})
    assert status == 200 and answer["approved"], answer
    requested, approved = receiver.take(2)
    assert (requested.body["type"], approved.body["type"]) == ("promotion.requested", "promotion.approved")
    for arrival in (requested, approved):
        assert arrival.data["promotion"] == answer["id"] and arrival.data["to"] == "Staging"
        assert (arrival.data["name"], arrival.data["version"], arrival.data["reason"]) == ("decided", "1", "ready")
    with listening() as gone:
        gone.answer = lambda _: 410
        hook = add(client, gone.url, "registered_model.created", name="gone")
        make_model(client, "gone")
        told = receiver.next()
        assert (
            told.body["type"] == "webhook.disabled" and told.data["webhook"] == hook and "410" in told.data["because"]
        )


def test_every_event_can_be_tested(client: Client, receiver: Receiver) -> None:
    refusal = client.call("POST", "webhooks", {"name": "x", "url": receiver.url, "events": ["nothing"]})[1]
    events = re.findall(r"[a-z_]+\.[a-z_]+", refusal["hint"])
    assert len(events) > 45
    hook = add(client, receiver.url, *events, name="all")
    for event in events:
        assert client.call("POST", f"webhooks/{hook}/test", {"event": event})[1]["success"]
        assert receiver.next().body["type"] == event


def test_databricks_webhooks(client: Client, receiver: Receiver) -> None:
    server = client.server
    spec = {"url": receiver.url, "secret": "shared", "authorization": "Bearer them", "enable_ssl_verification": False}
    body = {"events": ["MODEL_VERSION_TRANSITIONED_TO_PRODUCTION", "MODEL_VERSION_CREATED"], "model_name": "bricks",
            "http_url_spec": spec, "description": "d"}  # fmt: skip
    status, answer = mlflow(server, "POST", "registry-webhooks/create", body)
    assert status == 200, answer
    hook = answer["webhook"]
    assert hook["status"] == "ACTIVE" and hook["model_name"] == "bricks" and hook["events"] == body["events"]
    assert hook["http_url_spec"] == {"url": receiver.url, "enable_ssl_verification": False}
    make_model(client, "bricks")
    make_version(client, "bricks")
    for stage in ("Staging", "Production"):
        assert client.call("POST", "models/bricks/versions/1/transitions", {"to": stage, "reason": "r"})[0] == 200
    created, moved = receiver.take(2)
    assert (created.body["event"], created.body["version"]) == ("MODEL_VERSION_CREATED", "1")
    assert moved.body["event"] == "MODEL_VERSION_TRANSITIONED_TO_PRODUCTION"
    assert (moved.body["from_stage"], moved.body["to_stage"]) == ("Staging", "Production")
    assert moved.body["webhook_id"] == hook["id"] and abs(moved.body["event_timestamp"] / 1000 - time.time()) < 60
    assert moved.headers["authorization"] == "Bearer them"
    assert moved.headers["x-databricks-signature"] == hmac.new(b"shared", moved.raw, hashlib.sha256).hexdigest()
    listed = mlflow(server, "GET", "registry-webhooks/list?model_name=bricks&events=MODEL_VERSION_CREATED")[1]
    assert [one["id"] for one in listed["webhooks"]] == [hook["id"]]
    assert mlflow(server, "GET", "registry-webhooks/list?events=COMMENT_CREATED") == (200, {})
    change = {"id": hook["id"], "events": ["COMMENT_CREATED"], "status": "TEST_MODE"}
    assert mlflow(server, "PATCH", "registry-webhooks/update", change)[1]["webhook"]["status"] == "TEST_MODE"
    tested = mlflow(server, "POST", "registry-webhooks/test", {"id": hook["id"]})[1]
    # Databricks' documents and its SDK differ in where it stands.
    assert tested == {"webhook": {"status_code": 200, "body": "ok"}, "status_code": 200, "body": "ok"}
    assert receiver.next().body["event"] == "COMMENT_CREATED"
    assert mlflow(server, "DELETE", "registry-webhooks/delete", {"id": hook["id"]}) == (200, {})
    assert mlflow(server, "POST", "registry-webhooks/test", {"id": hook["id"]})[0] == 404
    # As the SDK sends it.
    again = mlflow(server, "POST", "registry-webhooks/create", body)[1]["webhook"]["id"]
    assert mlflow(server, "DELETE", f"registry-webhooks/delete?id={again}") == (200, {})
    assert mlflow(server, "DELETE", f"registry-webhooks/delete?id={again}")[0] == 404


def test_a_databricks_job_is_started_by_an_event(client: Client, receiver: Receiver) -> None:
    spec = {"workspace_url": receiver.url, "job_id": "42", "access_token": "dapi"}
    body = {"events": ["REGISTERED_MODEL_CREATED"], "job_spec": spec}
    status, answer = mlflow(client.server, "POST", "registry-webhooks/create", body)
    assert status == 200 and answer["webhook"]["job_spec"] == {"workspace_url": receiver.url, "job_id": "42"}
    make_model(client, "starts-a-job")
    run = receiver.next()
    assert run.path == "/api/2.1/jobs/run-now" and run.headers["authorization"] == "Bearer dapi"
    assert run.body["job_id"] == 42 and len(run.body["idempotency_token"]) <= 64
    message = json.loads(run.body["notebook_params"]["event_message"])
    assert (message["event"], message["model_name"]) == ("REGISTERED_MODEL_CREATED", "starts-a-job")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"http_url_spec": {"url": "https://x.example"}}, "events"),
        ({"events": ["NOTHING"], "http_url_spec": {"url": "https://x.example"}}, "NOTHING"),
        ({"events": ["COMMENT_CREATED"]}, "http_url_spec"),
        ({"events": ["COMMENT_CREATED"], "http_url_spec": {}}, "url"),
        ({"events": ["COMMENT_CREATED"], "http_url_spec": {"url": "x"}, "job_spec": {}}, "not both"),
        (
            {"events": ["COMMENT_CREATED"], "job_spec": {"workspace_url": "http://127.0.0.1:1", "access_token": "t"}},
            "job_id",
        ),
        ({"events": ["COMMENT_CREATED"], "job_spec": {"workspace_url": "http://127.0.0.1:1", "job_id": "1"}}, "token"),
        (
            {"events": ["COMMENT_CREATED"], "http_url_spec": {"url": "http://127.0.0.1:1"}, "status": "SOMETIMES"},
            "status",
        ),
    ],
)
def test_what_databricks_calls_refuse(client: Client, body: dict, said: str) -> None:
    status, answer = mlflow(client.server, "POST", "registry-webhooks/create", body)
    assert status == 400 and answer["error_code"] == "INVALID_PARAMETER_VALUE" and said in answer["message"], answer


def test_transition_requests(client: Client) -> None:
    server = client.server
    make_model(client, "asked-for")
    make_version(client, "asked-for")
    asked = {"name": "asked-for", "version": "1", "stage": "Staging", "comment": "please"}
    status, answer = mlflow(server, "POST", "transition-requests/create", asked)
    assert status == 200 and answer["request"]["to_stage"] == "Staging" and answer["request"]["comment"] == "please"
    # The policy is off: it is granted at once, and nothing is left to decide.
    assert mlflow(server, "GET", "transition-requests/list?name=asked-for&version=1") == (200, {})
    for method, call in (("POST", "approve"), ("POST", "reject"), ("DELETE", "delete")):
        status, answer = mlflow(server, method, f"transition-requests/{call}", asked)
        assert status == 404 and answer["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_down_receiver_and_two_kills_lose_nothing(gatehouse: Path, tmp_path: Path) -> None:
    """Retries that would fall due later are asked for at once, by a replay of what waits. The simulated hour
    is a Swift test of the deliverer."""
    server = MortalServer(gatehouse, tmp_path, options=OPEN)
    port = unused_port()
    others, tags = [f"m{number}" for number in range(5)], 20
    server.start()
    hook = server.call("POST", "webhooks", body={
        "name": "hook", "url": f"http://127.0.0.1:{port}/", "events": ["model_version_tag.set"], "secret": SECRET,
    })["id"]  # fmt: skip
    for model in ["one", *others]:
        server.call("POST", "models", body={"name": model})
        server.call("POST", "models", model, "versions", body={"files": [], "source": "s3://elsewhere/m"})

    def tag(model: str, value: int) -> None:
        server.call("PUT", "models", model, "versions", 1, "tags", "k", body={"value": str(value)})

    tag("one", 0)
    for value in range(tags // 2):
        for model in others:
            tag(model, value)
    server.kill()
    server.start()
    tag("one", 1)
    for value in range(tags // 2, tags):
        for model in others:
            tag(model, value)
    tag("one", 2)
    server.kill()
    with listening(port) as receiver:
        server.start()
        client = Client(
            gatehouse,
            Server(f"http://127.0.0.1:{server.port}", server.token, server.data, tmp_path / "l", server.process),
        )
        assert client.call("POST", f"webhooks/{hook}/replay", {"states": ["pending"]})[0] == 200
        seen: dict[str, list[str]] = {model: [] for model in ["one", *others]}
        ids: dict[tuple[str, str], str] = {}
        while sum(map(len, seen.values())) < 3 + tags * len(others):
            arrival = receiver.next()
            assert verified(arrival, SECRET)
            model, value = arrival.data["name"], arrival.data["value"]
            assert ids.setdefault((model, value), arrival.id) == arrival.id
            if value not in seen[model]:
                seen[model].append(value)
        assert seen.pop("one") == ["0", "1", "2"]
        assert seen == {model: [str(value) for value in range(tags)] for model in others}
        finished_all = until(
            lambda: (
                (found := client.call("GET", f"webhooks/{hook}/deliveries?limit=1000")[1]["items"])
                and all(one["state"] == "delivered" for one in found)
                and found
            )
        )
        assert len(finished_all) == 3 + tags * len(others)
    server.kill()
