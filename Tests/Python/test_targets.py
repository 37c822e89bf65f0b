"""Each target of events, received over a socket and read as its receiver reads it, from models with hostile names."""

import json
import re
import time
import urllib.parse
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from cloudevents.core.bindings import http as cloudevents_http
from conftest import Client, started_server
from webhook_receiver import Arrival, Receiver, listening

WAIT_SECONDS_MAX = 120
# What each real receiver answers when it took an event; anything else is no success.
ACCEPTED = {"gitlab": 201, "github": 204, "slack": 200, "teams": 202, "pagerduty": 202, "cloudevents": 204}
SECRETS = {name: f"very-secret-{name}" for name in ("gitlab", "github", "pagerduty")}
SETTINGS = {
    "gitlab": ("project=risk/deployments", "ref=main"),
    "github": ("repository=acme/deployments", "event_type=model"),
    "pagerduty": ("source=registry-eu",),
    "cloudevents": ("mode=binary", "source=//models.example.com"),
}
HOSTILE = 'a`*b*_<!channel>&[x](evil.example)$CI_JOB_TOKEN{{DATE(2026)}}${y}"%é'


class Targets:
    """One webhook for each target, all at one receiver, told apart by where they knock."""

    def __init__(self, client: Client, receiver: Receiver, folder: Path) -> None:
        self.client, self.receiver, self.hooks = client, receiver, {}
        self.refuses = False
        receiver.answer = lambda arrival: self.answer(arrival)
        for target in ACCEPTED:
            options = [part for setting in SETTINGS.get(target, ()) for part in ("--setting", setting)]
            if target in SECRETS:
                secret = folder / f"{target}.token"
                secret.write_text(SECRETS[target] + "\n")
                options += ["--authorization-file", secret]
            added = client.json(
                "webhook", "add", target, f"{receiver.url}/{target}", "--event", "registered_model.created",
                "--event", "model_version.stage_transitioned", "--target", target, *options,
            )  # fmt: skip
            self.hooks[target] = added["webhook"]["id"]

    def answer(self, arrival: Arrival) -> int:
        target = arrival.path.split("/")[1]
        return 206 if self.refuses else ACCEPTED[target]

    def arrivals(self) -> dict[str, Arrival]:
        return {one.path.split("/")[1]: one for one in self.receiver.take(len(ACCEPTED))}

    def states(self) -> dict[str, dict]:
        return {
            target: self.client.call("GET", f"webhooks/{hook}/deliveries")[1]["items"][0]
            for target, hook in self.hooks.items()
        }


@pytest.fixture(scope="module")
def targets(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Targets]:
    folder = tmp_path_factory.mktemp("targets")
    with (
        listening() as receiver,
        started_server(gatehouse, folder / "data", "--webhook-allow-private", "--default-policy", "off") as server,
    ):
        yield Targets(Client(gatehouse, server), receiver, folder)


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def is_form(arrival: Arrival) -> None:
    """GitLab: POST /projects/:id/trigger/pipeline."""
    assert arrival.path == "/gitlab/api/v4/projects/risk%2Fdeployments/trigger/pipeline"
    assert arrival.headers["content-type"] == "application/x-www-form-urlencoded"
    form = dict(urllib.parse.parse_qsl(arrival.raw.decode(), strict_parsing=True))
    assert (form.pop("token"), form.pop("ref")) == (SECRETS["gitlab"], "main")
    assert all(re.fullmatch(r"variables\[GATEHOUSE_[A-Z_]+\]", name) for name in form)
    # GitLab's own rule: a doubled dollar sign is one that begins no variable.
    assert form["variables[GATEHOUSE_MODEL]"] == HOSTILE.replace("$", "$$")
    assert form["variables[GATEHOUSE_EVENT]"] == "registered_model.created"


def is_dispatch(arrival: Arrival) -> None:
    """GitHub: POST /repos/{owner}/{repo}/dispatches."""
    assert arrival.path == "/github/repos/acme/deployments/dispatches"
    assert arrival.headers["authorization"] == f"Bearer {SECRETS['github']}"
    assert arrival.headers["accept"] == "application/vnd.github+json" and arrival.headers["user-agent"]
    assert set(arrival.body) == {"event_type", "client_payload"} and arrival.body["event_type"] == "model"
    payload = arrival.body["client_payload"]
    assert len(payload) <= 10 and payload["model"] == payload["data"]["name"] == HOSTILE


def is_slack(arrival: Arrival) -> None:
    """Slack: an incoming webhook, of blocks; only `<…>` calls or links in its markup."""
    assert 1 <= len(arrival.body["blocks"]) <= 50
    assert "<" not in arrival.body["text"] and "&lt;!channel&gt;" in arrival.body["text"]
    for block in arrival.body["blocks"]:
        texts = [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
        for text in filter(None, texts):
            assert 1 <= len(text["text"]) <= (150 if block["type"] == "header" else 2000)
            assert text["type"] == "plain_text" or "<" not in text["text"]


def is_card(arrival: Arrival) -> None:
    """Teams: a message with one Adaptive Card, in which nothing that was written is Markdown."""
    assert arrival.body["type"] == "message"
    (attachment,) = arrival.body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert {element["type"] for element in card["body"]} == {"RichTextBlock"}
    assert {run["type"] for element in card["body"] for run in element["inlines"]} == {"TextRun"}
    assert not any("{{" in text or "${" in text for text in strings(card))


def is_alert(arrival: Arrival) -> None:
    """PagerDuty: Events API v2."""
    event = arrival.body
    assert (event["routing_key"], event["event_action"]) == (SECRETS["pagerduty"], "trigger")
    assert 1 <= len(event["dedup_key"]) <= 255
    payload = event["payload"]
    assert 1 <= len(payload["summary"]) <= 1024 and payload["source"] == "registry-eu"
    assert payload["severity"] == "info" and payload["component"] == HOSTILE
    assert datetime.fromisoformat(payload["timestamp"]).tzinfo


def is_cloud_event(arrival: Arrival) -> None:
    """Read by the reader of the specification's own project."""
    event = cloudevents_http.from_http_event(cloudevents_http.HTTPMessage(arrival.headers, arrival.raw))
    assert event.get_specversion() == "1.0" and event.get_type() == "gatehouse.registered_model.created"
    assert event.get_source() == "//models.example.com" and event.get_time().tzinfo
    assert urllib.parse.unquote(event.get_subject()) == f"models/{HOSTILE}"
    assert event.get_data()["data"]["name"] == HOSTILE


READERS = {
    "gitlab": is_form,
    "github": is_dispatch,
    "slack": is_slack,
    "teams": is_card,
    "pagerduty": is_alert,
    "cloudevents": is_cloud_event,
}


def test_every_target_gets_what_its_receiver_reads_and_no_secret_is_shown(targets: Targets) -> None:
    client = targets.client
    assert client.call("POST", "models", {"name": HOSTILE})[0] == 201
    arrivals = targets.arrivals()
    for target, read in READERS.items():
        read(arrivals[target])
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while {one["state"] for one in targets.states().values()} != {"delivered"} and time.monotonic() < deadline:
        time.sleep(0.05)
    assert {target: one["response_status"] for target, one in targets.states().items()} == ACCEPTED
    shown = [
        client.server.log.read_text(),
        json.dumps(client.call("GET", "audit?limit=1000")[1]),
        json.dumps(client.call("GET", "webhooks")[1]),
        json.dumps(targets.states()),
        *(client("webhook", "show", hook).stdout for hook in targets.hooks.values()),
    ]
    assert not [text for text in shown if "very-secret" in text]
    # A token goes where it belongs and into no other target's request.
    for target, arrival in arrivals.items():
        said = arrival.path + json.dumps(arrival.headers) + arrival.raw.decode()
        assert [secret for secret in SECRETS.values() if secret in said] == ([SECRETS[target]] if target in SECRETS else [])


def test_what_a_target_lacks_is_said_before_anything_is_sent(targets: Targets, tmp_path: Path) -> None:
    client = targets.client
    add = ("webhook", "add", "x", "https://gitlab.example.com", "--event", "registered_model.created", "--target")
    token = tmp_path / "token"
    token.write_text("t")
    for arguments, said in (
        (("gitlab", "--setting", "project=42", "--authorization-file", token), "needs the setting 'ref': the branch or tag"),
        (("gitlab", "--setting", "project=42", "--setting", "ref=main"), "needs an authorization: the pipeline trigger token"),
        (("github", "--setting", "repository=acme", "--authorization-file", token), "'acme' is no repository"),
        (("pagerduty", "--setting", "severity=loud", "--authorization-file", token), "has no severity 'loud'"),
        (("cloudevents", "--setting", "mode=batched"), "has no mode 'batched'"),
        (("slack", "--setting", "channel=x"), "has no setting 'channel'"),
        (("pager",), "There is no target 'pager'"),
    ):
        assert said in client(*add, *arguments, code=1).stderr


def test_an_answer_that_is_not_the_targets_own_is_no_success(targets: Targets) -> None:
    targets.refuses = True
    assert targets.client.call("POST", "models", {"name": "m"})[0] == 201
    targets.arrivals()
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not all(one["attempts"] for one in targets.states().values()) and time.monotonic() < deadline:
        time.sleep(0.05)
    for target, one in targets.states().items():
        assert one["state"] == "pending" and "206" in one["failure"], (target, one)


def test_pagerduty_hears_of_rollouts_unless_told_otherwise(targets: Targets, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("routing-key\n")
    options = (f"{targets.receiver.url}/pagerduty", "--target", "pagerduty", "--authorization-file", key)
    hook = targets.client.json("webhook", "add", "on-call", *options)["webhook"]
    assert hook["events"] == [
        f"rollout.{action}" for action in ("advanced", "needs_human", "promoted", "resumed", "rolled_back")
    ]
    other = targets.client.json("webhook", "add", "other", *options, "--event", "break_glass.used")["webhook"]
    assert other["events"] == ["break_glass.used"]
    for one in (hook, other):
        targets.client("webhook", "remove", one["id"])
    targets.client("webhook", "add", "nothing", f"{targets.receiver.url}/x", code=64)
    call = {"name": "nothing", "url": f"{targets.receiver.url}/x", "events": []}
    assert targets.client.call("POST", "webhooks", call)[0] == 400
