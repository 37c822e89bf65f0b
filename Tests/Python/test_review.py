"""Reviews as people meet them: on the command line, over HTTP, and around every other door to Production."""

import base64
import itertools
import json
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import Client, started_server
from one_split import one_split
from web import ask, bearer

PASSWORD = "correct horse battery"
NATIVE = "/api/gatehouse/v1"
UNDECIDED, ANSWER_IS_NO, NOT_ALLOWED, FAILED = 3, 2, 4, 1
ANSWERS = {
    "risk": "Two points of AUC at the same approval rate.",
    "data": "None that matter here.",
    "timing": "Tuesday morning, everybody is in.",
    "edge_cases": "Empty fields; it answers the base rate.",
    "on_call": "dora",
}
CARD = '# Ranker\n## Limitations\n- No small firms.\n- One country: "DE" only.\n'

# 0.802 for a `utilisation` above 0.495, else 0.198.
TREE = one_split({"utilisation": "[0:1]", "late_payments": "[0:6]"}, 0.495, 1.4)
TRAINED_ON = {
    "format": "gatehouse.feature_stats/1",
    "rows": 10,
    "features": [
        {"name": "utilisation", "type": "numeric", "edges": [0, 0.25, 1], "counts": [5, 5], "missing": 0},
        {"name": "late_payments", "type": "numeric", "edges": [0, 3, 6], "counts": [5, 5], "missing": 0},
    ],
}


@dataclass(frozen=True)
class Person(Client):
    """The command line of somebody who signs in with name and password."""

    name: str = ""

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("GATEHOUSE_", "MLFLOW_"))}
        signed = {"MLFLOW_TRACKING_USERNAME": self.name, "MLFLOW_TRACKING_PASSWORD": PASSWORD}
        return {**own, "GATEHOUSE_SERVER": self.server.url, **signed}

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(f"{self.name}:{PASSWORD}".encode()).decode()}


@dataclass
class House:
    """A server with people who have accounts, and a fresh model for every test."""

    admin: Client
    folder: Path
    people: dict[str, Person]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def staged(self, required: int = 2, reviewers: str = "[ben, cleo, dora]", tree: str = "") -> str:
        """A model whose version 1 is in Staging; `rita` may ask for more. Without a tree it cannot be run."""
        name = f"ranker-{next(self.numbers)}"
        model = self.folder / name
        model.mkdir()
        (model / "model_card.md").write_text(CARD)
        (model / "weights.txt").write_text(tree or name)
        (model / "feature_stats.json").write_text(json.dumps(TRAINED_ON))
        rules = self.folder / f"{name}.yaml"
        rules.write_text(
            f"model: {name}\ngates:\n  custom: [{{name: legal, kind: attestation}}]\n"
            f"review: {{required: {required}, reviewers: {reviewers}}}\n"
        )
        self.admin("policy", "apply", rules)
        self.admin("model", "create", name)
        self.admin("version", "create", name, "--model", model)
        self.admin("attest", name, 1, "legal", "--note", "seen")
        self.admin("promote", name, 1, "--wait")
        return name

    def ask(self, name: str, *options: object) -> dict:
        return self.people["rita"].json("promote", name, 1, "--to", "production", *options, code=UNDECIDED)

    def reviewer(self, review: dict) -> Person:
        return self.people[review["reviewer"].removeprefix("user:")]

    def stage(self, name: str) -> str:
        return self.admin.json("version", "show", name, 1)["stage"]


@pytest.fixture(scope="module")
def house(gatehouse: Path, tmp_path_factory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("reviews")
    password = folder / "password"
    password.write_text(PASSWORD + "\n")
    with started_server(gatehouse, folder / "data") as server:
        admin = Client(gatehouse, server)
        roles = {
            "rita": "production-manager",
            "ben": "reviewer",
            "cleo": "reviewer",
            "dora": "reviewer",
            "root": "admin",
        }
        for name, role in roles.items():
            admin("user", "add", name, "--password-file", password, "--grant", role)
        yield House(admin, folder, {name: Person(gatehouse, server, name) for name in roles})


def answered(person: Person, review: str, folder: Path) -> str:
    """Fills the form in, as an editor would, and returns the token."""
    form = person("review", "answer", review, "--form").stdout
    for key, text in ANSWERS.items():
        assert f'  {key}: ""' in form
        form = form.replace(f'  {key}: ""', f"  {key}: {text}")
    assert form.count("ticked: false") == 2
    file = folder / f"{review}.yaml"
    file.write_text(form.replace("ticked: false", "ticked: true"))
    said = person("review", "answer", review, file)
    return re.search(r"--token (\S+)", said.stderr)[1]


def test_two_reviewers_bring_a_version_to_production(house: House, tmp_path) -> None:
    name = house.staged()
    promotion = house.ask(name, "--reason", "beats the champion")
    assert promotion["state"] == "awaiting_review" and promotion["approved"] is None
    assert promotion["slot"] == f"{name}/production/default/champion"
    assert len({review["reviewer"] for review in promotion["reviews"]}) == 2
    for left, review in zip((1, 0), promotion["reviews"], strict=True):
        person, number = house.reviewer(review), review["id"]
        assert number in person("review", "list", "--mine").stdout
        person("review", "open", number)
        panels = person.json("review", "open", number, "--panel", "gates", "--panel", "limitations")["panels"]
        assert panels[0]["checks"]["legal"]["verdict"] == "pass"
        assert panels[1]["lines"] == ["No small firms.", 'One country: "DE" only.']
        token = answered(person, number, tmp_path)
        done = person("review", "approve", number, "--token", token, code=UNDECIDED if left else 0)
        # All of it took a moment.
        assert "faster_than_after_opening" in done.stdout and "faster_than_after_request" in done.stdout
    assert house.stage(name) == "Production"
    history = house.admin.json("history", name)["items"]
    assert [(item["version"], item["by"], item["reason"]) for item in history] == [
        (1, "user:rita", "beats the champion")
    ]
    shown = person("review", "show", number).stdout
    for text in (*ANSWERS.values(), "beats the champion", "Approved by 2 reviewers and moved to Production."):
        assert text in shown
    final = house.people["rita"].json("promote", name, 1, "--to", "production")
    assert final["state"] == "approved"


def test_nobody_approves_what_they_asked_for_through_any_door(house: House, tmp_path) -> None:
    name = house.staged(required=1)
    review = house.ask(name)["reviews"][0]["id"]
    reviewer = house.reviewer(house.admin.json("review", "show", review)["review"])
    reviewer("review", "open", review)
    token = answered(reviewer, review, tmp_path)
    url = house.admin.server.url
    for somebody in ("rita", "root"):
        person = house.people[somebody]
        person("review", "approve", review, "--token", token, code=NOT_ALLOWED)
        answer = ask(url, f"{NATIVE}/reviews/{review}/approve", "POST", person.headers, {"token": token})
        assert (answer.status, answer.json()["code"]) == (403, "forbidden")
    # A token is a machine, the admin's and the reviewer's own as well.
    made = house.admin.json("token", "create", f"robot-of-{name}", "--grant", "reviewer")["token"]
    for machine in (made, house.admin.server.token):
        answer = ask(url, f"{NATIVE}/reviews/{review}/approve", "POST", bearer(machine), {"token": token})
        assert answer.status == 403 and "not a person" in answer.json()["message"]
    # MLflow's calls, and ours.
    mlflow = "/api/2.0/mlflow"
    stage = {"name": name, "version": "1", "stage": "Production"}
    alias = {"name": name, "version": "1", "alias": "champion"}
    for somebody in ("rita", "root"):
        headers = house.people[somebody].headers
        for path, body in (("model-versions/transition-stage", stage), ("registered-models/alias", alias)):
            answer = ask(url, f"{mlflow}/{path}", "POST", headers, body)
            assert answer.status == 403, (path, answer.text)
            assert "1 approval by a reviewer" in answer.text and "gatehouse review list --promotion" in answer.text
        path = f"{NATIVE}/models/{name}/versions/1/transitions"
        assert ask(url, path, "POST", headers, {"to": "Production"}).status == 403
    assert house.stage(name) == "Staging"
    reviewer("review", "approve", review, "--token", token)
    assert house.stage(name) == "Production"
    reviewer("review", "approve", review, "--token", token, code=FAILED)


def test_a_rejection_is_one_call_with_a_reason(house: House) -> None:
    name = house.staged()
    promotion = house.ask(name)
    first, second = promotion["reviews"]
    person = house.reviewer(first)
    # Nothing to reject with, a wrong usage; an empty reason, a wrong one.
    person("review", "reject", first["id"], code=64)
    person("review", "reject", first["id"], "--reason", " ", code=FAILED)
    person("review", "reject", first["id"], "--reason", "not before Christmas")
    assert house.stage(name) == "Staging"
    status, answer = house.admin.call("GET", f"promotions/{promotion['id']}")
    assert (status, answer["state"], answer["approved"]) == (200, "blocked", False)
    assert [review["state"] for review in answer["reviews"]] == ["rejected", "voided"]
    assert answer["reviews"][0]["reason"] == "not before Christmas"
    assert "another reviewer rejected" in answer["reviews"][1]["reason"]
    # Who was not asked yet, or longest ago, is asked first now.
    again = house.ask(name)
    asked = {review["reviewer"] for review in again["reviews"]}
    assert len(asked) == 2 and asked - {first["reviewer"], second["reviewer"]}


def databricks(person: Person, call: str, body: dict, method: str = "POST") -> tuple[int, dict]:
    answer = ask(person.server.url, f"/api/2.0/mlflow/transition-requests/{call}", method, person.headers, body)
    return answer.status, answer.json()


def test_databricks_calls_open_and_answer_reviews(house: House, tmp_path) -> None:
    """Their `TransitionRequest` and `Activity`, on a promotion that people have to decide."""
    name = house.staged()
    rita, wanted = house.people["rita"], {"name": name, "version": "1", "stage": "Production"}
    status, made = databricks(rita, "create", {**wanted, "comment": "beats the champion"})
    assert (status, made["request"]["to_stage"], made["request"]["user_id"]) == (200, "Production", "user:rita")
    promotion = house.admin.call("GET", f"promotions/{made['request']['id']}")[1]
    assert promotion["state"] == "awaiting_review"
    path = f"/api/2.0/mlflow/transition-requests/list?name={name}&version=1"
    listed = ask(rita.server.url, path, headers=rita.headers).json()["requests"]
    assert [(one["id"], one["comment"], one["state"]) for one in listed] == [
        (made["request"]["id"], "beats the champion", "awaiting_review")
    ]
    asked = {review["reviewer"] for review in promotion["reviews"]}
    for person in house.people.values():
        if f"user:{person.name}" not in asked:
            for call in ("approve", "reject"):
                assert databricks(person, call, {**wanted, "comment": "x"})[0] == 403, person.name
    for left, review in zip((1, 0), promotion["reviews"], strict=True):
        person, number = house.reviewer(review), review["id"]
        for comment in ({}, {"comment": ""}):
            status, answer = databricks(person, "approve", {**wanted, **comment})
            assert status == 400 and "token of the completed questionnaire" in answer["message"]
        assert 400 <= databricks(person, "approve", {**wanted, "comment": "no-such-token"})[0] < 500
        person("review", "open", number)
        token = answered(person, number, tmp_path)
        status, done = databricks(person, "approve", {**wanted, "comment": token})
        assert status == 200 and done["activity"]["activity_type"] == "APPROVED_REQUEST"
        assert (done["activity"]["id"], done["activity"]["user_id"]) == (number, review["reviewer"])
        assert house.stage(name) == ("Staging" if left else "Production")
    assert ask(rita.server.url, path, headers=rita.headers).json() == {}
    assert databricks(house.reviewer(promotion["reviews"][0]), "approve", {**wanted, "comment": token})[0] == 404


def test_databricks_reject_takes_the_comment_as_its_reason(house: House) -> None:
    name = house.staged()
    rita, wanted = house.people["rita"], {"name": name, "version": "1", "stage": "Production"}
    number = databricks(rita, "create", wanted)[1]["request"]["id"]
    person = house.reviewer(house.admin.call("GET", f"promotions/{number}")[1]["reviews"][0])
    assert databricks(person, "reject", wanted)[0] == 400
    status, done = databricks(person, "reject", {**wanted, "comment": "not before Christmas"})
    assert status == 200 and done["activity"]["activity_type"] == "REJECTED_REQUEST"
    assert done["activity"]["comment"] == "not before Christmas"
    assert house.admin.call("GET", f"promotions/{number}")[1]["state"] == "blocked"
    assert house.stage(name) == "Staging"
    assert databricks(rita, "delete", wanted, "DELETE")[0] == 404


def test_databricks_delete_withdraws_the_promotion(house: House) -> None:
    name = house.staged()
    rita, wanted = house.people["rita"], {"name": name, "version": "1", "stage": "Production"}
    number = databricks(rita, "create", wanted)[1]["request"]["id"]
    assert databricks(house.people["ben"], "delete", {**wanted, "creator": "rita"}, "DELETE")[0] == 403
    status, answer = databricks(rita, "delete", {**wanted, "creator": "ben"}, "DELETE")
    assert status == 404 and "user:rita" in answer["message"], answer
    # Their SDK sends a query.
    query = f"delete?name={name}&version=1&stage=Production&creator=user:rita&comment=wrong+version"
    path = f"/api/2.0/mlflow/transition-requests/{query}"
    done = ask(rita.server.url, path, "DELETE", rita.headers).json()["activity"]
    assert (done["activity_type"], done["user_id"], done["comment"]) == ("CANCELLED_REQUEST", "user:rita", "wrong version")
    promotion = house.admin.call("GET", f"promotions/{number}")[1]
    assert promotion["state"] == "withdrawn" and {review["state"] for review in promotion["reviews"]} == {"voided"}
    assert databricks(rita, "delete", wanted, "DELETE")[0] == 404


def test_a_promotion_is_withdrawn_on_the_command_line(house: House) -> None:
    name = house.staged()
    promotion, rita = house.ask(name)["id"], house.people["rita"]
    listed = house.admin.json("promotion", "list", name, "--state", "open")["items"]
    assert [(one["id"], one["state"], one["requested_by"]) for one in listed] == [(promotion, "awaiting_review", "user:rita")]
    refused = house.people["ben"]("promotion", "withdraw", promotion, "--reason", "no", code=NOT_ALLOWED).stderr
    assert "whoever asked for it may" in refused and "the role production-manager" in refused
    rita("promotion", "withdraw", promotion, "--reason", " ", code=FAILED)
    rita("promotion", "withdraw", promotion, "--reason", "the wrong version")
    shown = house.admin.json("promotion", "show", promotion, code=ANSWER_IS_NO)
    assert (shown["state"], shown["approved"]) == ("withdrawn", False)
    assert shown["reason"] == "Withdrawn by rita: the wrong version"
    assert "is withdrawn already" in rita("promotion", "withdraw", promotion, "--reason", "again", code=FAILED).stderr
    assert house.admin.json("promotion", "list", name, "--state", "open")["items"] == []
    unknown = house.admin("promotion", "list", "--state", "gone", code=FAILED).stderr
    assert "'state' is not 'gone'" in unknown and "withdrawn" in unknown
    said = house.admin("audit", "why", name, 1).stdout
    assert "withdrawn" in said and "the wrong version" in said
    assert house.ask(name)["id"] != promotion


def test_a_change_of_the_policy_voids_what_was_approved(house: House, tmp_path) -> None:
    name = house.staged()
    promotion = house.ask(name)
    first, second = promotion["reviews"]
    person = house.reviewer(first)
    person("review", "open", first["id"])
    person("review", "approve", first["id"], "--token", answered(person, first["id"], tmp_path), code=UNDECIDED)
    other = house.reviewer(second)
    other("review", "open", second["id"])
    token = answered(other, second["id"], tmp_path)
    rules = house.folder / f"{name}.yaml"
    rules.write_text(rules.read_text().replace("required: 2", "required: 1"))
    house.admin("policy", "apply", rules)
    done = other("review", "approve", second["id"], "--token", token, code=FAILED)
    assert "is voided" in done.stderr
    assert "the policy changed" in other("review", "show", second["id"]).stdout
    assert house.stage(name) == "Staging"
    voided = [
        entry
        for entry in house.admin.json("audit", "log", "--model", name)["items"]
        if entry["action"] == "review.voided"
    ]
    assert [entry["facts"]["because"] for entry in voided] == ["the policy changed"] * 2


def test_edge_cases_are_tried_on_the_very_model_and_kept(house: House, tmp_path) -> None:
    review = house.ask(house.staged(required=1, tree=TREE))["reviews"][0]
    person, number = house.reviewer(review), review["id"]
    person("review", "open", number)
    usual = json.loads(person("review", "try", number, "--form").stdout)
    assert usual == {"utilisation": 0.25, "late_payments": 3}
    file = tmp_path / "row.json"
    file.write_text(json.dumps({**usual, "utilisation": 0.9}))
    tried = person.json("review", "try", number, "--row", file)
    assert tried["candidate"]["outputs"] == [pytest.approx(1 / (1 + math.exp(-1.4)), abs=1e-12)]
    assert tried["champion"] is None and tried["number"] == 1
    again = person("review", "try", number, "--set", "utilisation=")
    assert "0.1978" in again.stdout and "48 more can be tried" in again.stderr
    told = person("review", "try", number, "--set", "late_payments=often", "--set", "utilization=1", code=FAILED)
    assert "must be a number" in told.stderr and "did you mean 'utilisation'?" in told.stderr
    kept = ask(house.admin.server.url, f"{NATIVE}/reviews/{number}/trials", headers=house.people["rita"].headers).json()
    assert [one["row"]["utilisation"] for one in kept["trials"]] == [0.9, None] and kept["trials_left"] == 48
    for other in ("rita", "root", *({"ben", "cleo", "dora"} - {person.name})):
        house.people[other]("review", "try", number, "--set", "utilisation=1", code=NOT_ALLOWED)
    assert "2 edge cases" in person("review", "show", number).stdout


def test_a_version_that_cannot_be_run_says_why_and_nothing_is_tried(house: House) -> None:
    review = house.ask(house.staged(required=1))["reviews"][0]
    person, number = house.reviewer(review), review["id"]
    url, path = house.admin.server.url, f"{NATIVE}/reviews/{number}/trials"

    def tried() -> str:
        answer = ask(url, path, "POST", person.headers, {"row": {"age": 17}})
        assert answer.status == 409
        return answer.json()["message"]

    assert "Open the review" in tried()
    person("review", "open", number)
    told = person("review", "try", number, "--set", "age=17", code=FAILED)
    assert "cannot be tried here" in told.stderr and "Nothing was tried" in told.stderr
    assert "cannot be tried here" in tried()
    offered = ask(url, path, headers=house.people["rita"].headers).json()
    assert offered["opened"] and offered["trials"] == [] and "cannot be tried here" in offered["problem"]
    assert person.json("review", "show", number)["edge_cases_tried"] == 0


def test_a_comment_is_for_anybody_who_reads(house: House) -> None:
    name = house.staged()
    review = house.ask(name)["reviews"][0]["id"]
    house.people["rita"]("review", "comment", review, "The small firms are in the next version.")
    shown = house.admin.json("review", "show", review)["comments"]
    assert [(comment["author"], comment["text"]) for comment in shown] == [
        ("user:rita", "The small firms are in the next version.")
    ]
    assert house.admin.call("POST", f"reviews/{review}/comments", {"text": " "})[0] == 400
    assert house.admin.call("POST", f"reviews/{review}/comments", {"text": "x" * 10_001})[0] == 413
    assert house.admin.call("POST", "reviews/rv_nothing/comments", {"text": "x"})[0] == 404


def test_a_promotion_that_nobody_may_review_says_whom_it_lacks(house: House) -> None:
    name = house.staged(required=1, reviewers="[nobody]")
    blocked = house.people["rita"].json("promote", name, 1, "--to", "production", code=ANSWER_IS_NO)
    assert "1 reviewer is needed; of 0 users" in blocked["reason"]
    assert f"gatehouse user grant NAME 'reviewer:{name}'" in blocked["reason"]


def test_a_policy_can_name_a_team(house: House) -> None:
    team = f"desk-{next(house.numbers)}"
    house.admin("team", "add", team, "dora")
    assert house.admin.json("team", "add", team, "cleo") == {"name": team, "members": ["cleo", "dora"]}
    assert {"name": team, "members": ["cleo", "dora"]} in house.admin.json("team", "list")["items"]
    house.admin("team", "remove", team, "cleo")
    house.admin("team", "remove", team, "cleo", code=FAILED)
    name = house.staged(required=1, reviewers=f"[{team}]")
    assert [review["reviewer"] for review in house.ask(name)["reviews"]] == ["user:dora"]
    house.people["rita"]("team", "add", team, "rita", code=NOT_ALLOWED)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("reviews/rv_nothing", None, 404),
        ("reviews?state=perhaps", None, 400),
        ("reviews?limit=0", None, 400),
        ("reviews?model=a%2Fb", None, 400),
        ("reviews/rv_nothing/open", {}, 404),
        ("reviews/rv_nothing/evidence/everything", {}, 400),
        ("reviews/rv_nothing/answers", {"answers": {}}, 400),
        ("reviews/rv_nothing/answers", {"answers": {"risk": 1}, "limitations": []}, 400),
        ("reviews/rv_nothing/approve", {"token": "x"}, 404),
        ("reviews/rv_nothing/approve", {}, 400),
        ("reviews/rv_nothing/reject", {"reason": "x"}, 404),
    ],
)
def test_bad_calls_are_refused(house: House, path: str, body: object, status: int) -> None:
    method = "GET" if body is None else "POST"
    assert house.admin.call(method, path, body)[0] == status
