"""Waivers, break-glass, rollback and policies under four eyes, as people and MLflow's clients meet them."""

import dataclasses
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import COMMAND_SECONDS_MAX, Client, started_server
from test_access import PASSWORD, add_user, basic
from web import ask

POLICY = """\
model: {model}
stakes: {stakes}
evaluation: {{dataset: holdout, label: defaulted, groups: [business_size], decision_threshold: 0.35}}
gates:
  accuracy: {{min_absolute_auc: {auc}, min_relative_improvement: -1}}
"""
PEOPLE = {
    "rita": ["registrant", "reviewer"],
    "ben": ["reviewer"],
    "cleo": ["reviewer"],
    "olga": ["production-manager", "staging-manager", "reviewer"],
    "paul": ["production-manager"],
    "oncall": ["operator"],
    "pia": ["policy-owner", "registrant"],
    "quin": ["policy-owner"],
    "boss": ["admin"],
}


@dataclasses.dataclass(frozen=True)
class Person:
    """Somebody who is signed in with a name and a password."""

    client: Client
    name: str

    def __call__(self, *arguments: object, code: int = 0) -> subprocess.CompletedProcess:
        environment = {
            **os.environ,
            "GATEHOUSE_SERVER": self.client.server.url,
            "MLFLOW_TRACKING_USERNAME": self.name,
            "MLFLOW_TRACKING_PASSWORD": PASSWORD,
        }
        finished = subprocess.run(
            [self.client.gatehouse, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            env=environment,
        )
        assert finished.returncode == code, finished
        return finished

    def json(self, *arguments: object, code: int = 0) -> dict:
        return json.loads(self(*arguments, "--json", code=code).stdout)

    def mlflow(self, path: str, **body: object) -> tuple[int, dict]:
        url, path = self.client.server.url, f"/api/2.0/mlflow/{path}"
        answer = ask(url, path, "POST", headers=basic(self.name, PASSWORD), body=body)
        return answer.status, answer.json()


@dataclasses.dataclass(frozen=True)
class Office:
    """A server with people, data and the versions of the example."""

    admin: Client
    folder: Path
    models: Path

    def __getattr__(self, name: str) -> Person:
        return Person(self.admin, name)

    def policy(self, model: str, auc: float, stakes: str = "normal", more: str = "") -> Path:
        file = self.folder / f"{model}-{auc}-{stakes}{len(more)}.yaml"
        file.write_text(POLICY.format(model=model, auc=auc, stakes=stakes) + more)
        return file

    def model(self, name: str, auc: float, versions: int = 1, stakes: str = "normal") -> None:
        """A model whose versions are registered by rita and evaluated under its policy."""
        self.quin("policy", "apply", self.policy(name, auc, stakes))
        for number in range(1, versions + 1):
            self.rita("version", "create", name, "--model", self.models / f"v{number}")

    def log(self, action: str, outcome: str | None = None) -> list[dict]:
        entries = self.admin.json("audit", "log", "--limit", 1000)["items"]
        return [e for e in entries if e["action"] == action and outcome in (None, e["outcome"])]


@pytest.fixture(scope="module")
def office(
    gatehouse: Path, example: Path, holdout: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    with started_server(gatehouse, folder / "data") as server:
        client = Client(gatehouse, server)
        for name, grants in PEOPLE.items():
            add_user(client, folder, name, *grants)
        client("dataset", "add", "holdout", holdout)
        yield Office(client, folder, example / "models")


def test_a_waiver_by_two_lets_a_failed_check_pass_and_shows_everywhere(office: Office) -> None:
    office.model("loans", auc=0.999)
    office.rita("evaluate", "loans", 1, "--wait", code=2)
    asked = office.rita.json("waiver", "request", "loans", 1, "accuracy", "--days", 14, "--reason", "full-size loans")
    assert (asked["state"], asked["verdict"], asked["approvals"]) == ("requested", "fail", [])
    waiver = asked["id"]
    office.rita("waiver", "approve", waiver, code=4)
    office.quin("waiver", "approve", waiver, code=4)
    assert office.ben.json("waiver", "approve", waiver)["state"] == "requested"
    office.ben("waiver", "approve", waiver, code=1)
    office.olga("promote", "loans", 1, "--wait", code=2)
    active = office.cleo.json("waiver", "approve", waiver, "--comment", "seen")
    assert active["state"] == "active"
    assert [approval["by"] for approval in active["approvals"]] == ["user:ben", "user:cleo"]

    shown = office.olga("promote", "loans", 1, "--wait")
    assert "fail (waived)" in shown.stdout and f"waived: accuracy, by {waiver} until" in shown.stdout
    assert f"gatehouse waiver show {waiver}" in shown.stdout
    found = office.olga.json("evaluation", "list", "loans", 1)["items"][0]
    assert (found["passed"], found["checks"]["accuracy"]["passed"]) == (False, False)
    assert found["checks"]["accuracy"]["waived_by"] == waiver
    assert office.olga.json("version", "show", "loans", 1)["tags"]["gate.accuracy.passed"] == "false"
    moved = [e for e in office.log("transition.granted") if e["model_name"] == "loans"]
    assert moved[0]["facts"]["waivers"] == {"accuracy": waiver}

    office.ben("waiver", "revoke", waiver, "--reason", "the segment stays")
    assert office.olga.json("waiver", "show", waiver)["state"] == "revoked"
    assert [w["state"] for w in office.olga.json("waiver", "list", "loans")["items"]] == ["revoked"]
    assert len(office.log("waiver.approved", "granted")) == 2
    assert len(office.log("waiver.approved", "refused")) == 1


def test_bad_requests_for_a_waiver_say_what_is_wrong(office: Office) -> None:
    office.model("cards", auc=0.999)
    ask_for = ["waiver", "request", "cards", 1]
    assert "--wait" in office.rita(*ask_for, "accuracy", "--days", 1, "--reason", "r", code=1).stderr
    office.rita("evaluate", "cards", 1, "--wait", code=2)
    for days in ("0", "91", str(2**62)):
        assert "1 to 90 days" in office.rita(*ask_for, "accuracy", "--days", days, "--reason", "r", code=1).stderr
    assert "needs a reason" in office.rita(*ask_for, "accuracy", "--days", 1, "--reason", " ", code=1).stderr
    assert "accuracy" in office.rita(*ask_for, "acuracy", "--days", 1, "--reason", "r", code=1).stderr
    office.quin(*ask_for, "accuracy", "--days", 1, "--reason", "r", code=4)
    for path, body in (("waivers/wv_0/approve", {}), ("waivers/wv_0/revoke", {"reason": "r"})):
        assert office.admin.call("POST", path, body)[0] == 404
    assert office.admin.call("POST", "models/cards/versions/1/waivers", {"check": "accuracy"})[0] == 400


def test_break_glass_takes_two_people_through_every_door(office: Office) -> None:
    office.model("fraud", auc=0.999)
    asked = office.olga.json(
        "break-glass", "request", "fraud", 1, "--incident", "INC-7", "--reason", "v0 is down", code=3
    )
    assert (asked["state"], asked["review"]) == ("requested", None)
    # One person, by every door there is.
    office.olga("break-glass", "second", asked["id"], code=4)
    office.olga("promote", "fraud", 1, "--to", "production", "--reason", "INC-7", code=2)
    office.olga("version", "stage", "fraud", 1, "production", "--reason", "INC-7", code=2)
    office.olga("rollback", "fraud", "--to", 1, "--reason", "INC-7", code=2)
    for stage in ({"stage": "Production"}, {"stage": "production", "archive_existing_versions": True}):
        status, _ = office.olga.mlflow("model-versions/transition-stage", name="fraud", version="1", **stage)
        assert status == 403
    status, _ = office.olga.mlflow("registered-models/alias", name="fraud", alias="champion", version="1")
    assert status == 403
    office.admin("break-glass", "second", asked["id"], code=4)  # a token is nobody
    office.oncall("break-glass", "second", asked["id"], code=4)
    assert office.olga.json("version", "show", "fraud", 1)["stage"] == "None"

    done = office.paul("break-glass", "second", asked["id"])
    assert "is in Production" in done.stdout and "past its gates" in done.stdout
    version = office.olga.json("version", "show", "fraud", 1)
    assert (version["stage"], version["aliases"]) == ("Production", ["champion"])
    (entry,) = office.log("break_glass.used", "granted")
    assert (entry["principal"], entry["people"]["seconded_by"]) == ("user:olga", "user:paul")
    assert (entry["reason"], entry["texts"]["incident"]) == ("v0 is down", "INC-7")
    assert len(office.log("break_glass.used", "refused")) == 3

    (listed,) = office.olga.json("break-glass", "list", "fraud", "--open")["items"]
    review = listed["review"]["id"]
    for name in ("olga", "paul"):
        getattr(office, name)("after-review", "close", review, "--finding", "fine", code=4)
    office.admin("after-review", "close", review, "--finding", "fine", code=4)
    assert office.ben.json("after-review", "close", review, "--finding", "it was right")["state"] == "closed"
    assert office.olga.json("break-glass", "list", "fraud", "--open")["items"] == []


def test_break_glass_names_everything_that_is_missing(office: Office) -> None:
    office.model("churn", auc=0.5)
    refused = office.olga("break-glass", "request", "churn", 1, code=2)
    assert "missing: a reason" in refused.stderr and "missing: an incident reference" in refused.stderr
    token = office.admin("break-glass", "request", "churn", 1, "--incident", "I", "--reason", "r", code=2)
    assert "missing: a person" in token.stderr


def test_a_rollback_is_one_command_again_and_again(office: Office) -> None:
    office.model("limits", auc=0.5, versions=3)
    for number in (1, 2, 3):
        asked = office.olga.json(
            "break-glass", "request", "limits", number, "--incident", "I", "--reason", "r", code=3
        )
        office.paul("break-glass", "second", asked["id"])
    office.ben("rollback", "limits", "--reason", "r", code=4)
    key = ["--idempotency-key", "page-1"]
    first = office.oncall.json("rollback", "limits", "--reason", "declines tripled", *key)
    assert (first["model_version"], first["previous_version"], first["kind"]) == (2, 3, "rollback")
    assert office.oncall.json("rollback", "limits", "--reason", "declines tripled", *key) == first
    shown = office.oncall("rollback", "limits", "--reason", "still")
    assert "limits v1 is active in limits/production/default/champion, in place of v2" in shown.stdout
    assert "nothing to return to" in office.oncall("rollback", "limits", "--reason", "still", code=1).stderr
    stages = {v["version"]: v["stage"] for v in office.olga.json("version", "list", "limits")["items"]}
    assert stages == {1: "Production", 2: "Archived", 3: "Archived"}
    history = office.olga.json("history", "limits")["items"]
    assert [item["version"] for item in history] == [1, 2, 3, 2, 1]
    assert [item["until"] for item in history] == [None] + [item["from"] for item in history[:-1]]
    assert [item["how"] for item in history[:2]] == ["rollback.performed"] * 2
    # MLflow's clients roll back as well, and it opens the same review.
    back = {"name": "limits", "version": "3", "stage": "Production", "archive_existing_versions": False}
    status, _ = office.olga.mlflow("model-versions/transition-stage", **back)
    assert status == 403, "a rollback takes a reason, which MLflow's call has no place for"
    reviews = office.olga.json("after-review", "list", "limits", "--open")["items"]
    assert [review["kind"] for review in reviews[:2]] == ["rollback", "rollback"]


def test_an_edit_of_a_high_stakes_policy_waits_for_a_second_person(office: Office) -> None:
    office.model("mortgage", auc=0.9, stakes="high")
    proposed = office.quin.json("policy", "apply", office.policy("mortgage", 0.5, "high"), code=3)
    assert (proposed["version"], proposed["applied_by"]) == (None, None)
    proposal = proposed["proposal"]
    shown = office.pia("policy", "proposal", proposal)
    assert "looser" in shown.stdout and "gates.accuracy.min_absolute_auc" in shown.stdout
    approve = ["policy", "approve", proposal, "--digest"]
    office.quin(*approve, proposed["digest"], code=4)
    office.admin(*approve, proposed["digest"], code=4)
    office.ben(*approve, proposed["digest"], code=4)
    office.pia(*approve, "sha256:" + "0" * 64, code=1)
    assert office.pia.json("policy", "show", "mortgage")["version"] == 1
    applied = office.pia.json(*approve, proposed["digest"])
    assert (applied["version"], applied["applied_by"], applied["proposal"]) == (2, "user:quin", None)
    office.pia(*approve, proposed["digest"], code=1)
    office.quin("policy", "apply", office.policy("mortgage", 0.5), code=3)  # lowering the stakes is an edit, too
    (waiting,) = office.quin.json("policy", "proposals", "mortgage", "--open")["items"]
    office.pia("policy", "withdraw", waiting["id"])
    assert office.quin.json("policy", "proposals", "mortgage", "--open")["items"] == []
    assert {e["people"]["approved_by"] for e in office.log("policy.applied") if e["facts"]["four_eyes"]} == {"user:pia"}


def test_a_stale_policy_warns_or_blocks_until_it_is_confirmed(office: Office) -> None:
    for stale, code in (("warn", 0), ("block", 2)):
        model = f"stale-{stale}"
        policy = office.policy(model, 0.5, more=f"review_by: 2020-01-01\nstale: {stale}\n")
        office.quin("policy", "apply", policy)
        office.rita("version", "create", model, "--model", office.models / "v1")
        promoted = office.olga("promote", model, 1, "--wait", code=code)
        assert "is stale: review_by 2020-01-01T00:00:00.000Z has passed" in promoted.stdout + promoted.stderr
        assert "gatehouse policy confirm" in office.olga("policy", "show", model).stderr
        office.ben("policy", "confirm", model, "--reason", "r", code=4)
        office.quin("policy", "confirm", model, "--reason", "r", "--until", "2020-01-02", code=1)
        assert office.quin.json("policy", "confirm", model, "--reason", "holds")["policy"] == f"{model}@1"
        assert office.olga.json("policy", "show", model)["stale"] == []
        assert office.olga.json("promote", model, 1, "--wait")["warnings"] == []


def test_a_backtest_says_what_would_have_been_and_what_nobody_can_tell(office: Office) -> None:
    office.model("tested", auc=0.5, versions=3)
    for number in (1, 2, 3):
        office.rita("evaluate", "tested", number, "--wait")
    kept = {}
    for item in (office.rita.json("evaluation", "list", "tested", n)["items"][0] for n in (1, 2, 3)):
        measured = {m["metric"]: m["value"] for m in item["checks"]["accuracy"]["measurements"]}
        kept[item["model_version"]] = measured["auc_roc"]
    limit = sorted(kept.values())[1]
    found = office.olga.json("policy", "backtest", office.policy("tested", limit))
    outcomes = {v["version"]: v["outcome"] for v in found["versions"]}
    assert outcomes == {number: "pass" if auc >= limit else "fail" for number, auc in kept.items()}
    assert all(v["passed"] for v in found["versions"])
    draft = office.policy("tested", 0.5, more="  latency: {mode: sequential}\n")
    told = office.olga("policy", "backtest", draft).stdout
    assert told.count("undecided") == 3 and "latency not measured (no check of this name was run)" in told
    office.olga("policy", "backtest", office.policy("tested-*", 0.5), code=1)
    assert len(office.olga.json("policy", "backtest", draft, "--limit", 1)["versions"]) == 1
    assert office.rita.json("version", "show", "tested", 1)["stage"] == "None"


def test_the_same_thresholds_applied_again_after_measuring_are_refused(office: Office) -> None:
    office.model("order", auc=0.5)
    office.rita("evaluate", "order", 1, "--wait")
    office.quin("policy", "apply", office.policy("order", 0.9999))
    office.quin("policy", "apply", office.policy("order", 0.5))
    refused = office.olga("version", "stage", "order", 1, "staging", code=2)
    assert "thresholds come first" in refused.stderr
    assert office.olga.json("promote", "order", 1, "--wait")["approved"] is True
