"""Reviews in Slack: what a channel is told, and what people can and cannot do there. Slack's side is `slack_server.py`."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Client, started_server
from slack_server import BOT_TOKEN, CHANNEL, SECRET, TEAM, Message, Slack, buttons, signature, slack_server, texts
from test_review import ANSWERS, CARD, FAILED, NOT_ALLOWED, PASSWORD, House, Person, answered

BEN, CLEO, RITA = "U0BEN", "U0CLEO", "U0RITA"
CONNECTED = ("--slack-channel", CHANNEL, "--webhook-allow", "127.0.0.1")


@dataclass
class Office(House):
    """A server that is connected to Slack. `ben` and `rita` are linked; `cleo` is not."""

    slack: Slack | None = None
    standing: str = ""

    def asked(self, *options: object, reviewers: str = "[ben]", name: str | None = None) -> tuple[str, str, Message]:
        """A version that somebody was asked about: its model, the review, and the message."""
        name = name or self.staged(required=1, reviewers=reviewers)
        review = self.ask(name, *options)["reviews"][0]["id"]
        return name, review, self.slack.posting(review)

    def asked_again(self) -> tuple[str, str, Message]:
        """The same version every time: whoever uses this leaves it rejected."""
        self.standing = self.standing or self.staged(required=1, reviewers="[ben]")
        return self.asked(name=self.standing)

    def window(self, message: Message, user: str = BEN) -> dict:
        """The questionnaire, opened from the message."""
        self.slack.press(user, message.buttons["review_answer"])
        return self.slack.window()

    def token(self, window: dict) -> str:
        said = self.slack.submit(BEN, window, typed(window))
        return token_in(said)

    def state(self, review: str) -> str:
        return self.admin.json("review", "show", review)["review"]["state"]


def typed(window: dict) -> dict[str, str]:
    """What ben types into the questionnaire."""
    answers = {f"question_{key}": text for key, text in ANSWERS.items()}
    ticks = {block["block_id"]: "ticked" for block in window["blocks"] if block.get("block_id", "").startswith("limit")}
    return {**answers, **ticks}


def token_in(said: dict) -> str:
    assert said["response_action"] == "update", said
    return next(text for text in texts(said["view"]) if text.startswith("/approve-model")).split()[-1]


def secrets(folder: Path) -> tuple[str, ...]:
    (folder / "slack-secret").write_text(SECRET + "\n")
    (folder / "slack-token").write_text(BOT_TOKEN + "\n")
    return (
        "--slack-signing-secret-file", str(folder / "slack-secret"),
        "--slack-bot-token-file", str(folder / "slack-token"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def office(gatehouse: Path, tmp_path_factory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("slack")
    password = folder / "password"
    password.write_text(PASSWORD + "\n")
    with slack_server() as slack:
        options = (*CONNECTED, "--slack-api-url", slack.api, *secrets(folder))
        with started_server(gatehouse, folder / "data", *options) as server:
            slack.app = server.url
            admin = Client(gatehouse, server)
            roles = {"rita": ["production-manager", "reviewer"], "ben": ["reviewer"], "cleo": ["reviewer"]}
            for name, held in roles.items():
                grants = [word for role in held for word in ("--grant", role)]
                admin("user", "add", name, "--password-file", password, *grants)
            for name, member in {"rita": RITA, "ben": BEN}.items():
                admin("user", "link-slack", name, "--team", TEAM, "--user", member)
            people = {name: Person(gatehouse, server, name) for name in roles}
            yield Office(admin, folder, people, slack=slack)
            for secret in (SECRET, BOT_TOKEN):
                assert secret not in server.log.read_text()


def test_a_review_is_asked_for_answered_and_approved_in_slack(office: Office) -> None:
    name, review, message = office.asked("--reason", "beats the champion")
    slack = office.slack
    for text in (
        f"{name} v1",
        f"<@{BEN}>",
        "beats the champion",
        "legal: pass",
        "`rita`",
        "2 known limitations",
        review,
    ):
        assert text in message.words, message.words
    assert set(message.buttons) == {"review_answer", "review_reject"}

    window = office.window(message)
    assert office.state(review) == "opened"
    labels = [block["label"]["text"] for block in window["blocks"] if block["type"] == "input"]
    assert labels[-2:] == ["No small firms.", 'One country: "DE" only.'] and len(labels) == 5 + 2

    slack.press(BEN, buttons(window["blocks"])["review_panel:gates"], window)
    assert "legal: pass" in "\n".join(texts(slack.window()))
    assert office.admin.json("review", "show", review)["evidence_opened"] == ["gates"]

    half = {**typed(window), "question_risk": "  ", "limitation_1": ""}
    said = slack.submit(BEN, window, half)
    assert said["response_action"] == "errors" and set(said["errors"]) == {"question_risk", "limitation_1"}
    assert office.state(review) == "opened"

    token = office.token(window)
    shown = office.admin.json("review", "show", review)
    assert {question["key"]: question["answer"] for question in shown["questions"]} == ANSWERS
    assert office.stage(name) == "Staging"

    told = slack.command(BEN, "/approve-model", f"{name} 1 {token.lower()}")
    assert "Approved by 1 reviewer and moved to Production." in told and "Flagged for audit" in told
    assert office.stage(name) == "Production"
    assert "approved" in slack.change(review).words and not message.buttons
    assert len(slack.about(review)) == 1 and token not in json.dumps(message.content)
    decided = office.admin.json("review", "show", review)["review"]
    assert decided["reviewer"] == "user:ben" and "faster_than_after_opening" in decided["flags"]


def test_a_rejection_takes_one_window_or_one_command(office: Office) -> None:
    slack = office.slack
    name, review, message = office.asked_again()
    slack.press(BEN, message.buttons["review_reject"])
    window = slack.window()
    said = slack.submit(BEN, window, {"reason": "Nicht vor Weihnachten — 🎄 <3"})
    assert "stays where it is" in "\n".join(texts(said["view"]))
    assert office.admin.json("review", "show", review)["review"]["reason"] == "Nicht vor Weihnachten — 🎄 <3"
    assert "rejected" in slack.change(review).words and not message.buttons

    name, review, message = office.asked_again()
    assert "needs a reason" in slack.command(BEN, "/reject-model", f"{name} 1")
    assert "Rejected" in slack.command(BEN, "/reject-model", f"{name} v1 AUC & <calibration> differ")
    assert office.admin.json("review", "show", review)["review"]["reason"] == "AUC & <calibration> differ"
    assert office.stage(name) == "Staging"
    assert "is rejected" in slack.command(BEN, "/approve-model", f"{name} 1 AAAA-BBBB")


def test_nothing_is_believed_that_slack_did_not_sign_a_moment_ago(office: Office) -> None:
    slack = office.slack
    name, review, _ = office.asked_again()
    body = slack.command_body(BEN, "/reject-model", f"{name} 1 because")
    now = time.time()
    right = signature(str(int(now)), body)
    forged = [
        {"secret": "0" * 32},
        {"headers": {"X-Slack-Signature": None}},
        {"headers": {"X-Slack-Request-Timestamp": None}},
        {"headers": {"X-Slack-Signature": right[:-1]}},
        {"headers": {"X-Slack-Signature": right.upper()}},
        {"headers": {"X-Slack-Signature": "v1" + right[2:]}},
        {"headers": {"X-Slack-Request-Timestamp": str(int(now) - 1)}, "at": now},
        {"headers": {"X-Slack-Request-Timestamp": "soon"}},
        {"headers": {"X-Slack-Request-Timestamp": "9" * 30}},
        {"at": now - 301},
        {"at": now + 900},
    ]
    for attempt in forged:
        status, answer = slack.send("commands", body, **attempt)
        assert status == 401 and json.loads(answer)["code"] == "unauthenticated", attempt
    changed = body.replace(b"because", b"becausX")
    headers = {"X-Slack-Request-Timestamp": str(int(now)), "X-Slack-Signature": right}
    assert slack.send_as_is("commands", changed, headers)[0] == 401
    assert office.state(review) == "requested"
    # The very same command, signed as it should be.
    assert slack.send_as_is("commands", body, headers) == (200, b"")
    assert "Rejected" in slack.told()
    status, answer = slack.send_as_is("commands", body, headers)
    assert status == 409 and b"was here before" in answer
    assert slack.send_as_is("commands", body, {**headers, "X-Slack-Retry-Num": "1"})[0] == 409


def test_what_slack_repeats_is_done_once_and_answered_the_same(office: Office) -> None:
    slack = office.slack
    name, review, message = office.asked()
    window = office.window(message)
    trigger = slack.trigger()
    body = slack.submission(BEN, window, typed(window), trigger)
    now = time.time()
    first = slack.send("interactions", body, at=now)
    again = slack.send("interactions", body, at=now + 1, headers={"X-Slack-Retry-Num": "1"})
    assert first == again and first[0] == 200
    token = token_in(json.loads(first[1]))
    # Whoever taped the request learns no token from sending it once more.
    status, answer = slack.send("interactions", body, at=now)
    assert status == 409 and token.encode() not in answer

    trigger = slack.trigger()
    body = slack.command_body(BEN, "/approve-model", f"{name} 1 {token}", trigger)
    assert slack.send("commands", body, at=now) == slack.send("commands", body, at=now + 1) == (200, b"")
    assert "Approved" in slack.told() and slack.said.empty()
    actions = [entry["action"] for entry in office.admin.call("GET", f"audit?model={name}&limit=1000")[1]["items"]]
    assert [actions.count(f"review.{act}") for act in ("opened", "answered", "approved")] == [1, 1, 1]
    assert slack.change(review) is message


def test_only_people_who_were_linked_are_anybody(office: Office) -> None:
    slack = office.slack
    name, review, message = office.asked(reviewers="[cleo]")
    assert "`cleo`" in message.words
    told = slack.command(CLEO, "/reject-model", f"{name} 1 no")
    assert f"user link-slack NAME --team {TEAM} --user {CLEO}" in told
    slack.press(CLEO, message.buttons["review_answer"])
    assert "linked to no user" in slack.told()
    assert office.state(review) == "requested"

    assert "wrong, was used" in slack.command(CLEO, "/link-gatehouse", "0000-0000")
    office.admin("user", "link-slack", code=NOT_ALLOWED)
    cleo = office.people["cleo"]
    code = cleo.json("user", "link-slack")
    command, _, text = code["command"].partition(" ")
    assert "'cleo'" in slack.command(CLEO, command, text.upper())
    assert "wrong, was used" in slack.command("U0OTHER", command, text)
    assert [item["slack_user_id"] for item in cleo.json("user", "link-slack", "cleo", "--list")["items"]] == [CLEO]
    # One person in Slack is one user here.
    office.admin("user", "link-slack", "rita", "--team", TEAM, "--user", CLEO, code=FAILED)
    cleo("user", "link-slack", "ben", "--list", code=NOT_ALLOWED)
    assert "Rejected" in slack.command(CLEO, "/reject-model", f"{name} 1 no")
    cleo("user", "unlink-slack", "cleo", "--team", TEAM, "--user", CLEO)
    assert "linked to no user" in slack.command(CLEO, "/reject-model", f"{name} 1 no")
    # The log has the ids as words that can be forgotten.
    entries = [
        entry
        for entry in office.admin.call("GET", "audit?limit=1000")[1]["items"]
        if entry["action"].startswith("slack.")
    ]
    assert {entry["action"] for entry in entries} == {"slack.linked", "slack.unlinked"}
    assert all(CLEO not in json.dumps(entry["facts"]) and BEN not in json.dumps(entry["facts"]) for entry in entries)


def test_slack_is_no_way_around_the_questionnaire_or_other_eyes(office: Office, tmp_path) -> None:
    slack = office.slack
    name, review, message = office.asked()
    # Who asked, who is a reviewer too, and is linked.
    assert "You were not asked" in slack.command(RITA, "/approve-model", f"{name} 1 AAAA-BBBB")
    slack.press(RITA, message.buttons["review_answer"])
    assert "Somebody else was asked" in slack.told()
    slack.press(RITA, message.buttons["review_reject"])
    assert "Somebody else was asked" in slack.told()
    assert "Open the review" in slack.command(BEN, "/approve-model", f"{name} 1 AAAA")
    # Without a token the command opens the questionnaire.
    status, _ = slack.send("commands", slack.command_body(BEN, "/approve-model", f"{name} 1"))
    window = slack.window()
    assert status == 200 and window["private_metadata"] == review
    assert "has not been answered" in slack.command(BEN, "/approve-model", f"{name} 1 AAAA-BBBB")
    said = slack.submit(RITA, window, typed(window))
    assert "Somebody else was asked" in "\n".join(texts(said["view"]))
    # A window that was made up: of no review, and of nobody's questions.
    nowhere = slack.submit(BEN, {**window, "private_metadata": "rv_0"}, typed(window))
    assert "There is no review" in "\n".join(texts(nowhere["view"]))
    token = office.token(window)
    for _ in range(5):
        assert "not the token" in slack.command(BEN, "/approve-model", f"{name} 1 0000-0000")
    assert "is void" in slack.command(BEN, "/approve-model", f"{name} 1 {token}")
    assert office.stage(name) == "Staging" and office.state(review) == "answered"
    # What was answered at the command line can be approved here: it is the same review.
    token = answered(office.people["ben"], review, tmp_path)
    assert "moved to Production" in slack.command(BEN, "/approve-model", f"{name} 1 {token}")


def test_bad_input_gets_an_answer(office: Office) -> None:
    slack = office.slack
    assert "knows no command '/launch'" in slack.command(BEN, "/launch", "x")
    assert "missing" in slack.command(BEN, "/approve-model", "")
    assert "not asked" in slack.command(BEN, "/approve-model", "nowhere 1 AAAA")
    assert "1" in slack.command(BEN, "/approve-model", "nowhere one AAAA")
    assert slack.send("commands", b"a=" + b"x" * (1 << 20))[0] == 413
    for body in (
        b"",
        b"%zz=1",
        b"team_id=%ff&user_id=U1",
        b"&" * 10 + b"a&" * 200,
        b"team_id=t&user_id=../x&command=/a",
    ):
        status, answer = slack.send("commands", body)
        assert 400 <= status < 500 and json.loads(answer)["message"], body
    for payload in (b"payload=", b"payload={", b"payload=[]", b"payload=" + b"[" * 500, b"payload={}", b"x=1"):
        assert 400 <= slack.send("interactions", payload)[0] < 500, payload
    for kind in ("shortcut", "block_actions", "view_submission", "view_closed"):
        body = slack.interaction_body(BEN, {"type": kind, "actions": [], "view": {}})
        assert slack.send("interactions", body) == (200, b"")
    challenge = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1aB"}).encode()
    assert json.loads(slack.send("events", challenge)[1]) == {"challenge": "3eZbrw1aB"}
    assert slack.send("events", b'{"type":"event_callback","event_id":"Ev1"}') == (200, b"")
    assert slack.send("events", b'{"type":"url_verification"}')[0] == 400
    assert slack.send("events", challenge, secret="0" * 32)[0] == 401
    assert slack.send("commands", b"ssl_check=1&token=x") == (200, b"")
    # Slack's own failure is said to whoever was waiting.
    name, _, message = office.asked_again()
    slack.trouble = lambda method, _call: 500 if method == "views.open" else None
    slack.press(BEN, message.buttons["review_answer"])
    assert "did not show the window" in slack.told()
    slack.trouble = lambda _method, _call: None
    assert office.window(message)["callback_id"] == "review_questionnaire"
    assert "Rejected" in slack.command(BEN, "/reject-model", f"{name} 1 enough")


def test_names_and_reasons_are_shown_as_they_are(office: Office) -> None:
    name = 'Ünï *bold* <!channel> & `code` "q" 🐟'
    folder = office.folder / "odd"
    folder.mkdir()
    (folder / "model_card.md").write_text(CARD.replace("No small firms.", "Not for <!here> & *you*."))
    rules = office.folder / "odd.yaml"
    rules.write_text(
        f"model: {json.dumps(name, ensure_ascii=False)}\ngates:\n  custom: [{{name: legal, kind: attestation}}]\n"
        "review: {required: 1, reviewers: [ben]}\n"
    )
    office.admin("policy", "apply", rules)
    office.admin("model", "create", name)
    office.admin("version", "create", name, "--model", folder)
    office.admin("attest", name, 1, "legal", "--note", "seen")
    office.admin("promote", name, 1, "--wait")
    slack = office.slack
    _, _, message = office.asked("--reason", "<@U0BEN> said *so* & <https://evil.example|click>", name=name)
    for text in _typed_texts(message.content, "mrkdwn"):
        assert "<!" not in text and "<https" not in text, text
    assert "<!" not in message.content["text"] and "&lt;!channel&gt;" in message.content["text"]
    plain = "\n".join(_typed_texts(message.content, "plain_text"))
    assert f"{name} v1" in plain and "<@U0BEN> said *so* & <https://evil.example|click>" in plain
    window = office.window(message)
    assert "Not for <!here> & *you*." in [block["label"]["text"] for block in window["blocks"] if "label" in block]
    said = slack.submit(BEN, window, typed(window))
    assert not any("<!" in text for text in _typed_texts(said, "mrkdwn"))
    # What the window says is what can be typed.
    shown = next(text for text in texts(said["view"]) if text.startswith("/approve-model"))
    assert "moved to Production" in slack.command(BEN, *shown.split(" ", 1))


def _typed_texts(value: object, kind: str) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") == kind else []
        return own + [text for inner in value.values() for text in _typed_texts(inner, kind)]
    return [text for inner in value for text in _typed_texts(inner, kind)] if isinstance(value, list) else []


def test_a_message_comes_late_rather_than_never_or_twice(office: Office) -> None:
    slack = office.slack
    down, lost = (office.staged(required=1, reviewers="[ben]"), office.staged(required=1, reviewers="[ben]"))
    failures: dict[str, int] = {}

    def trouble(method: str, call: dict) -> int | str | None:
        for name, wrong in ((down, 503), (lost, "lose")):
            if method == "chat.postMessage" and name in json.dumps(call) and not failures.get(name):
                failures[name] = 1
                return wrong
        return None

    slack.trouble = trouble
    for name in (down, lost):
        office.ask(name)
    arrived = {name: slack.posting(name) for name in (lost, down)}
    assert slack.about(lost) == [arrived[lost]] and slack.about(down) == [arrived[down]]
    # The one whose answer was lost was found again: it can still be changed.
    until(lambda: "conversations.history" in slack.calls)
    for name in (lost, down):
        assert "Rejected" in slack.command(BEN, "/reject-model", f"{name} 1 no")
        assert "rejected" in slack.change(name).words
        assert len(slack.about(name)) == 1
    slack.trouble = lambda _method, _call: None


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
