"""The manifests in Examples/ci, played as Flagger and Argo Rollouts play them, against a real server in every state."""

import base64
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from conftest import REPOSITORY, Client, started_server
from web import ask, bearer

EXAMPLES = REPOSITORY / "Examples" / "ci"
# Flagger: pkg/controller/webhook.go takes every status above 202 for a refusal.
FLAGGER_STATUS_MAX = 202
POLICY = """\
model: credit-risk
enforcement: warn
gates:
  custom: [{name: legal, kind: attestation}]
rollout: {steps: [5, 100], step_min_duration: 60s, step_min_requests: 10, step_max_duration: 1h, bake: 60s,
  rollback_on: {error_rate: 0.05}}
"""
# Nobody has to answer there: no gateway runs.
ENDPOINT = "endpoint: credit\nmodel: credit-risk\nupstream: http://127.0.0.1:9/{version}\nunit: {header: x-customer}\n"


@dataclass
class Flagger:
    """Calls a Canary's webhooks as Flagger's controller does."""

    client: Client
    token: str
    manifest: dict = field(default_factory=lambda: yaml.safe_load((EXAMPLES / "flagger-canary.yaml").read_text()))
    said: dict[str, dict] = field(default_factory=dict)

    @property
    def webhooks(self) -> list[dict]:
        return self.manifest["spec"]["analysis"]["webhooks"]

    def call(self, kind: str, **metadata: str) -> bool:
        """Whether the hook of this type lets Flagger go on; what it said is kept."""
        hook = next(hook for hook in self.webhooks if hook["type"] == kind)
        return self.post(hook["url"].replace("${gatehouse_token}", self.token), {**hook["metadata"], **metadata}, kind)

    def post(self, url: str, metadata: dict[str, str], kind: str = "") -> bool:
        payload = {
            "name": self.manifest["metadata"]["name"],
            "namespace": self.manifest["metadata"]["namespace"],
            "phase": "Progressing",
            "checksum": "85d557f47b",
            "metadata": metadata,
        }
        place = urllib.parse.urlsplit(url)
        # Go's net/http makes Basic credentials of what stands before the host.
        basic = base64.b64encode(f"{place.username}:{place.password}".encode()).decode()
        answer = ask(self.client.server.url, place.path, "POST", headers={"Authorization": f"Basic {basic}"}, body=payload)
        self.said[kind] = {"status": answer.status, **answer.json()}
        return 200 <= answer.status <= FLAGGER_STATUS_MAX

    def verdicts(self, **metadata: str) -> dict[str, bool]:
        return {hook["type"]: self.call(hook["type"], **metadata) for hook in self.webhooks}


GO = {"confirm-rollout": True, "confirm-traffic-increase": True, "confirm-promotion": True, "rollback": False}
WAIT = dict.fromkeys(GO, False)
BACK = {**WAIT, "rollback": True}


@dataclass
class Argo:
    """Measures a template's metrics as Argo Rollouts does."""

    client: Client
    token: str
    manifest: dict = field(default_factory=lambda: yaml.safe_load((EXAMPLES / "argo-analysis-template.yaml").read_text()))

    def measure(self, name: str, **given: str) -> str:
        """`Successful`, `Failed`, `Inconclusive` or `Error`."""
        arguments = {one["name"]: one.get("value") for one in self.manifest["spec"]["args"]}
        arguments |= {"token": self.token, **given}
        metric = next(one for one in self.manifest["spec"]["metrics"] if one["name"] == name)
        web = metric["provider"]["web"]
        address = urllib.parse.urlsplit(self.filled(web["url"], arguments))
        headers = {one["key"]: self.filled(one["value"], arguments) for one in web["headers"]}
        answer = ask(self.client.server.url, f"{address.path}?{address.query}", headers=headers)
        if not 200 <= answer.status < 300:
            return "Error"
        result = answer.json()
        for key in re.fullmatch(r"\{\$\.([\w.]+)\}", web["jsonPath"])[1].split("."):
            if key not in result:
                return "Error"
            result = result[key]
        success, failure = (self.holds(metric[name], result) for name in ("successCondition", "failureCondition"))
        # utils/evaluate: what fails wins, and neither is inconclusive.
        return "Failed" if failure else "Successful" if success else "Inconclusive"

    @staticmethod
    def filled(text: str, arguments: dict[str, str]) -> str:
        return re.sub(r"\{\{args\.([\w-]+)\}\}", lambda found: arguments[found[1]], text)

    @staticmethod
    def holds(condition: str, result: object) -> bool:
        return result == re.fullmatch(r'result == "(\w+)"', condition)[1]


@dataclass
class Tools:
    client: Client
    flagger: Flagger
    argo: Argo


@pytest.fixture(scope="module")
def server_for_tools(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory, example: Path) -> Iterator[Tools]:
    """Version 1 is in Production, version 2 in Staging; both tools have a token that may only read."""
    folder = tmp_path_factory.mktemp("gates")
    with started_server(gatehouse, folder / "data", "--default-policy", "warn") as server:
        client = Client(gatehouse, server)
        client("model", "create", "credit-risk")
        for version in ("v1", "v2"):
            client("version", "create", "credit-risk", "--model", example / "models" / version)
        move(client, 1, "Production")
        move(client, 2, "Staging")
        for name, text in (("endpoint", ENDPOINT), ("policy", POLICY)):
            file = folder / f"{name}.yaml"
            file.write_text(text)
            client(name, "apply", file)
        token = client.json("token", "create", "tools", "--grant", "viewer")["token"]
        yield Tools(client, Flagger(client, token), Argo(client, token))


@pytest.fixture
def tools(server_for_tools: Tools) -> Tools:
    """As they come out of the box."""
    client, token = server_for_tools.client, server_for_tools.flagger.token
    return Tools(client, Flagger(client, token), Argo(client, token))


def move(client: Client, version: int, stage: str) -> None:
    status, answer = client.call("POST", f"models/credit-risk/versions/{version}/transitions", {"to": stage})
    assert status == 200, answer


def test_a_version_is_let_in_held_and_taken_back(tools: Tools) -> None:
    client, flagger, argo = tools.client, tools.flagger, tools.argo
    # Not approved: Flagger waits, and goes back should it be under way already.
    assert flagger.verdicts() == BACK
    said = flagger.said["confirm-rollout"]
    assert said["status"] == 403
    assert said["message"] == (
        "credit-risk v2 is in Staging and not active in credit-risk/production/default/champion; v1 is."
    )
    assert argo.measure("approved", version="2") == "Failed"
    assert flagger.verdicts(version="1") == GO and argo.measure("approved", version="1") == "Successful"

    rollout = client.json("rollout", "start", "credit-risk", 2, "--reason", "reviewed")["id"]
    assert flagger.verdicts() == GO
    assert "has 5 % of" in flagger.said["confirm-rollout"]["reason"]
    assert argo.measure("approved", version="2") == "Successful"

    client("rollout", "hold", "credit-risk")
    assert flagger.verdicts() == WAIT
    said = flagger.said["confirm-traffic-increase"]
    assert said["status"] == 409 and "is on hold" in said["message"] and rollout in said["hint"]
    assert argo.measure("approved", version="2") == "Inconclusive"

    client("rollout", "rollback", "credit-risk", "--reason", "it declines everybody")
    assert flagger.verdicts() == BACK
    assert "were rolled back there at" in flagger.said["confirm-rollout"]["message"]
    assert argo.measure("approved", version="2") == "Failed"
    assert flagger.verdicts(version="active") == GO


def test_no_data_is_no_success(tools: Tools) -> None:
    client, argo = tools.client, tools.argo
    assert argo.measure("evaluation", version="2") == "Inconclusive"
    client("evaluate", "credit-risk", 2, "--wait", code=3)
    assert argo.measure("evaluation", version="2") == "Inconclusive"
    client("attest", "credit-risk", 2, "legal", "--note", "seen")
    client("evaluate", "credit-risk", 2, "--wait")
    assert argo.measure("evaluation", version="2") == "Successful"
    path = "/api/gatehouse/v1/hooks/argo/evaluation?model=credit-risk&version=2"
    data = ask(client.server.url, path, headers=bearer(argo.token)).json()["data"]
    assert data["ok"] is True and data["measurements"]["legal"]["verdict"] == "pass"
    assert argo.measure("evaluation", version="1") == "Inconclusive"


def test_what_is_not_there_lets_nobody_in(tools: Tools) -> None:
    flagger, argo = tools.flagger, tools.argo
    assert flagger.verdicts(version="9") == WAIT and flagger.said["rollback"]["status"] == 404
    assert argo.measure("approved", version="9") == argo.measure("evaluation", version="9") == "Error"
    assert flagger.verdicts(model="nobody") == WAIT and argo.measure("approved", model="nobody", version="1") == "Error"
    # A name that was mistyped must not ask about something else.
    assert flagger.verdicts(verison="1") == WAIT
    assert flagger.said["rollback"] == {
        "status": 400,
        "code": "invalidArgument",
        "error_code": "INVALID_PARAMETER_VALUE",
        "message": "metadata has the unknown name 'verison'.",
        "hint": "Use: model, version, environment, segment, stage, digest",
        "details": [],
    }
    for version in ("", "0", "-1", "two", "99999999999999999999"):
        assert flagger.verdicts(version=version) == WAIT and argo.measure("approved", version=version) == "Error"
    for changed in ({"digest": "sha256:zz"}, {"stage": "Archived"}, {"stage": "x"}, {"segment": "a:b"}):
        assert flagger.verdicts(**changed) == WAIT and flagger.said["rollback"]["status"] == 400
    assert not flagger.post("http://u:p@h/api/gatehouse/v1/hooks/flagger/nothing", {"model": "credit-risk"})
    assert flagger.verdicts(version="1", digest="sha256:" + "0" * 64) == BACK


def test_a_token_is_asked_for_and_reading_is_enough(tools: Tools) -> None:
    client, flagger, argo = tools.client, tools.flagger, tools.argo
    known = client.json("token", "create", "gw", "--grant", "gateway")["token"]
    for token, status in (("gh_wrong", 401), (known, 403)):
        flagger.token = argo.token = token
        assert flagger.verdicts(version="1") == WAIT and flagger.said["rollback"]["status"] == status
        assert argo.measure("approved", version="1") == "Error"
    before = client.call("GET", "audit?limit=1000")[1]["items"]
    flagger.token = client.server.token
    assert flagger.verdicts(version="1") == GO
    # Asking every few seconds leaves nothing in the log.
    assert client.call("GET", "audit?limit=1000")[1]["items"] == before
