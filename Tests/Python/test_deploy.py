"""`gatehouse deploy` with a real Git, a real registry and a small server as what was deployed."""

import dataclasses
import http.server
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from conftest import REPOSITORY, Client, Server, started_server
from model_server import served
from mortal_server import MortalServer
from test_gateway import SECONDS_MAX, gateway_options, started_gateway

EXAMPLES = REPOSITORY / "Examples" / "ci"
VALUES = """\
# Where models are pinned; the comments have to survive.
credit:
  image: registry.internal/scorer:1.4   # not ours
  model:
    version: 2          # the pinned version
    digest: 'sha256:0'

apps: {a: "0", b: "0", c: "0", d: "0"}
"""
PINS = ("--set", "credit.model.version={version}", "--set", "credit.model.digest={digest}")
IDENTITY = {
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@example.com",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}
# A run inside a pipeline would name its own jobs otherwise.
CI_VARIABLES = ("CI_JOB_ID", "CI_JOB_URL", "CI_COMMIT_SHA", "GITHUB_RUN_ID")


def git(folder: Path, *arguments: object) -> str:
    environment = {**os.environ, **IDENTITY}
    return subprocess.run(
        ["git", *map(str, arguments)], cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout


@dataclasses.dataclass
class Scorer:
    """What was deployed: answers with a number that tests set, and does something first where a test wants it to."""

    url: str
    prediction: float = 0.25
    healthy: bool = True
    says: str = '{"version": "3"}'
    asked: int = 0
    # Before a request of health is answered, and before one for predictions is.
    before_health: Callable[[], None] = lambda: None
    before: Callable[[], None] = lambda: None


@pytest.fixture
def scorer() -> Iterator[Scorer]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self, status: int, body: object) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            running.asked += 1
            running.before_health()
            self.answer(200 if running.healthy else 503, json.loads(running.says))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            running.before()
            self.answer(200, {"predictions": [running.prediction], "model": "credit"})

        def log_message(self, *_: object) -> None:
            pass

    running = Scorer("")
    with served(Handler) as port:
        running.url = f"http://127.0.0.1:{port}"
        yield running


@dataclasses.dataclass(frozen=True)
class Repository:
    bare: Path
    work: Path

    def text(self, revision: str = "main") -> str:
        return git(self.bare, "show", f"{revision}:credit/values.yaml")

    def log(self) -> list[str]:
        """Titles, newest first."""
        return git(self.bare, "log", "--format=%s", "main").splitlines()

    def push(self, change: Callable[[str], str]) -> None:
        git(self.work, "pull", "--quiet")
        file = self.work / "credit" / "values.yaml"
        file.write_text(change(file.read_text()))
        git(self.work, "commit", "--quiet", "--all", "--message", "by hand")
        git(self.work, "push", "--quiet", "origin", "main")

    def options(self) -> tuple[object, ...]:
        return ("--git", self.bare, "--file", "credit/values.yaml")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    bare, work = tmp_path / "serving.git", tmp_path / "work"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", bare)
    git(tmp_path, "clone", "--quiet", bare, work)
    (work / "credit").mkdir()
    (work / "credit" / "values.yaml").write_text(VALUES)
    git(work, "checkout", "--quiet", "-B", "main")
    git(work, "add", ".")
    git(work, "commit", "--quiet", "--message", "the beginning")
    git(work, "push", "--quiet", "origin", "main")
    return Repository(bare, work)


class Deployer(Client):
    """A client outside of any pipeline, so that every call is a job of its own."""

    @property
    def environment(self) -> dict[str, str]:
        inherited = {key: value for key, value in super().environment.items() if key not in CI_VARIABLES}
        return {**inherited, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}

    def promote(self, version: int) -> None:
        path = f"models/credit-risk/versions/{version}/transitions"
        status, answer = self.call("POST", path, {"to": "Production", "reason": "test"})
        assert status == 200, answer

    def digest(self, version: int) -> str:
        return self.json("version", "show", "credit-risk", version)["artifact_digest"]


@pytest.fixture(scope="module")
def registry(gatehouse: Path, example: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployer]:
    """Version 3 is in production, 2 was before."""
    folder = tmp_path_factory.mktemp("deploy")
    with started_server(gatehouse, folder / "data", "--default-policy", "warn") as server:
        client = Deployer(gatehouse, server)
        client("model", "create", "credit-risk")
        for version in ("v1", "v2", "v3"):
            client("version", "create", "credit-risk", "--model", example / "models" / version)
        client.promote(2)
        client.promote(3)
        yield client


@pytest.fixture
def golden(tmp_path: Path, scorer: Scorer) -> tuple[object, ...]:
    file = tmp_path / "golden.jsonl"
    row = {"dataframe_split": {"columns": ["x"], "data": [[1.0]]}}
    lines = [{"name": "a usual applicant", "request": row, "expected": {"predictions": [0.25]}, "tolerance": 1e-6}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return ("--golden", file, "--endpoint", f"{scorer.url}/invocations")


def test_a_bare_repository_gets_the_commit_that_pins_the_slots_version(
    registry: Deployer, repository: Repository, scorer: Scorer, golden: tuple
) -> None:
    options = ("--health", f"{scorer.url}/health", "--health-contains", '"{version}"', *golden)
    done = registry.json("deploy", "credit-risk", *repository.options(), *PINS, *options, "--job", "first")
    digest = registry.digest(3)
    # Nothing but the two values: comments, quotes and spaces are as they were.
    expected = VALUES.replace("version: 2 ", "version: 3 ").replace("sha256:0", digest)
    assert repository.text() == expected
    assert (done["outcome"], done["model_version"], done["digest"], done["is_active"]) == ("succeeded", 3, digest, True)
    assert done["pins"][0] == {"path": "credit.model.version", "before": "2", "after": "3"}
    assert done["health"]["state"] == "passed" and done["health"]["saw_version"] is True
    assert (done["golden"]["state"], done["golden"]["asked"], done["golden"]["passed"]) == ("passed", 1, 1)
    # The double names no digest: that it was this version is not claimed.
    assert done["golden"].get("saw_version") is None
    assert done["revision"] == git(repository.bare, "rev-parse", "main").strip()
    message = git(repository.bare, "log", "-1", "--format=%B", "main")
    assert message.startswith("Pin credit-risk v3 in production/default\n")
    assert f"Gatehouse-Digest: {digest}" in message and f"Gatehouse-Deployment: {done['id']}" in message

    again = registry.json("deploy", "credit-risk", *repository.options(), *PINS, "--job", "second")
    assert (again["outcome"], again["previous_version"]) == ("unchanged", 3)
    assert (again["health"]["state"], again["golden"]["state"]) == ("none", "none")
    assert repository.log() == ["Pin credit-risk v3 in production/default", "the beginning"]
    # The same job again is the same deployment.
    assert registry.json("deploy", "credit-risk", *repository.options(), *PINS, "--job", "second")["id"] == again["id"]

    listed = registry.json("deploy", "list", "credit-risk", 3, "--target", done["target"])["items"]
    assert [one["id"] for one in listed] == [again["id"], done["id"]]
    assert "unchanged  git " in registry("version", "show", "credit-risk", 3).stdout
    assert "deployment.reported" in registry("audit", "why", "credit-risk", 3).stdout


def test_pushers_at_the_same_time_lose_nothing(registry: Deployer, repository: Repository) -> None:
    running = [
        registry.start("deploy", "credit-risk", *repository.options(), "--set", f"apps.{app}={{version}}")
        for app in "abcd"
    ]
    for pushed in range(3):
        for attempt in range(20):
            try:
                repository.push(lambda text, pushed=pushed: text + f"# {pushed}\n")
                break
            except subprocess.CalledProcessError:
                git(repository.work, "fetch", "--quiet")
                git(repository.work, "reset", "--quiet", "--hard", "origin/main")
        else:
            pytest.fail("the tests' own pushes never came through")
    for process in running:
        said = process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == 0, said
    expected = VALUES.replace('{a: "0", b: "0", c: "0", d: "0"}', '{a: "3", b: "3", c: "3", d: "3"}')
    assert repository.text() == expected + "# 0\n# 1\n# 2\n"
    assert len(repository.log()) == 8


def test_a_push_that_is_refused_changes_nothing_and_says_why(registry: Deployer, repository: Repository) -> None:
    hook = repository.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'the branch is frozen' >&2\nexit 1\n")
    hook.chmod(0o755)
    failed = registry.json("deploy", "credit-risk", *repository.options(), *PINS, code=1)
    assert failed["outcome"] == "failed"
    assert "the branch is frozen" in failed["reason"]
    assert repository.text() == VALUES


def test_a_failing_golden_request_takes_the_commit_back(
    registry: Deployer, repository: Repository, scorer: Scorer, golden: tuple
) -> None:
    scorer.prediction = 0.75
    done = registry.json("deploy", "credit-risk", *repository.options(), *PINS, *golden, code=2)
    assert done["outcome"] == "rolled_back"
    assert done["golden"]["failures"] == [
        {"name": "a usual applicant", "reason": "predictions[0]: 0.75 where 0.25 ± 1e-06 was expected"}
    ]
    assert repository.text() == VALUES
    pinned, taken_back = repository.log()[1], repository.log()[0]
    assert (pinned, taken_back) == (
        "Pin credit-risk v3 in production/default",
        "Take back credit-risk v3 in production/default",
    )
    reverted = git(repository.bare, "rev-parse", "main~1").strip()
    assert f"This reverts commit {reverted}." in git(repository.bare, "log", "-1", "--format=%B", "main")
    assert registry.json("deploy", "list", "credit-risk", "--limit", 1)["items"][0]["outcome"] == "rolled_back"


def test_every_golden_request_is_asked_also_after_one_has_failed(
    registry: Deployer, scorer: Scorer, tmp_path: Path
) -> None:
    manifest = tmp_path / "model.yaml"
    manifest.write_text("version: 2\n")
    scorer.prediction = 0.21
    done = registry.json(
        *("deploy", "credit-risk", "--manifest", manifest, "--set", "version={version}"),
        *("--golden", EXAMPLES / "golden.jsonl", "--endpoint", scorer.url),
        code=2,
    )
    assert (done["golden"]["asked"], done["golden"]["passed"], len(done["golden"]["failures"])) == (2, 1, 1)
    assert done["golden"]["failures"][0]["name"] == "a usual applicant"


def test_the_deploy_job_of_the_gitlab_pipeline_deploys(
    gatehouse: Path, registry: Deployer, repository: Repository, scorer: Scorer, golden: tuple, tmp_path: Path
) -> None:
    values = (EXAMPLES / "manifests" / "values.yaml").read_text()
    repository.push(lambda _: values)
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "gatehouse").symlink_to(gatehouse)
    (folder / "golden.jsonl").write_text(golden[1].read_text())
    scorer.says = json.dumps({"digest": registry.digest(3)})
    variables = {
        "MODEL": "credit-risk",
        "MODEL_VERSION": "3",
        "SERVING_REPOSITORY": str(repository.bare),
        "SCORING_URL": scorer.url,
        "CI_JOB_ID": "4711",
        "PATH": f"{folder}:{os.environ['PATH']}",
    }
    script = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())["deploy"]["script"][0]
    ran = subprocess.run(
        ["bash", "-ec", script], cwd=folder, env={**registry.environment, **variables}, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran
    assert "credit-risk v3 is deployed to git" in ran.stdout
    pinned = yaml.safe_load(repository.text())
    assert pinned["model"] == {"name": "credit-risk", "version": 3, "digest": registry.digest(3)}
    assert registry.json("deploy", "list", "credit-risk", "--limit", 1)["items"][0]["job"] == "gitlab-4711"


def test_what_somebody_else_pinned_meanwhile_is_not_taken_back(
    registry: Deployer, repository: Repository, scorer: Scorer, golden: tuple
) -> None:
    scorer.prediction = 0.75
    scorer.before = lambda: repository.push(lambda text: text.replace("version: 3 ", "version: 1 "))
    stuck = registry.json("deploy", "credit-risk", *repository.options(), *PINS, *golden, code=1)
    assert stuck["outcome"] == "rollback_failed"
    assert "was '3' and is now '1': somebody else changed it" in stuck["reason"]
    assert "version: 1 " in repository.text()


def test_a_job_that_was_killed_goes_on_where_it_was_and_still_knows_the_way_back(
    registry: Deployer, repository: Repository, scorer: Scorer, golden: tuple
) -> None:
    scorer.healthy = False
    options = ("--health", f"{scorer.url}/health", "--job", "killed", *golden)
    process = registry.start("deploy", "credit-risk", *repository.options(), *PINS, *options)
    wait_for(lambda: scorer.asked > 0)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert "version: 3 " in repository.text()
    assert registry.json("deploy", "list", "credit-risk", "--limit", 1)["items"][0]["outcome"] == "running"

    scorer.healthy, scorer.prediction = True, 0.75
    done = registry.json("deploy", "credit-risk", *repository.options(), *PINS, *options, code=2)
    assert (done["outcome"], done["pins"][0]["before"]) == ("rolled_back", "2")
    assert repository.text() == VALUES


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_job_that_is_asked_to_end_takes_back_what_it_did_and_reports(
    registry: Deployer, repository: Repository, scorer: Scorer, sent: signal.Signals
) -> None:
    scorer.healthy = False
    health = ("--health", f"{scorer.url}/health", "--job", f"ended-{sent.name}")
    process = registry.start("deploy", "credit-risk", *repository.options(), *PINS, *health)
    wait_for(lambda: scorer.asked > 0)
    assert "version: 3 " in repository.text()
    process.send_signal(sent)
    said = process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 2, said
    last = registry.json("deploy", "list", "credit-risk", "--limit", 1)["items"][0]
    assert (last["outcome"], last["reason"], last["job"]) == ("rolled_back", f"interrupted by {sent.name}", health[-1])
    assert (last["health"]["state"], last["golden"]["state"]) == ("none", "none")
    assert repository.text() == VALUES


def test_what_was_there_before_an_interrupted_job_stays(
    registry: Deployer, repository: Repository, scorer: Scorer
) -> None:
    repository.push(lambda text: text.replace("version: 2 ", "version: 3 ").replace("sha256:0", registry.digest(3)))
    scorer.healthy = False
    process = registry.start(
        "deploy", "credit-risk", *repository.options(), *PINS, "--health", f"{scorer.url}/health", "--job", "was-there"
    )
    wait_for(lambda: scorer.asked > 0)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 1
    assert registry.json("deploy", "list", "credit-risk", "--limit", 1)["items"][0]["outcome"] == "failed"
    assert "version: 3 " in repository.text()


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_registry_that_is_away_at_the_last_report_is_waited_for(
    gatehouse: Path, example: Path, repository: Repository, scorer: Scorer, tmp_path: Path
) -> None:
    """It goes away while the scorer is asked. The first job finds it back in time, the second does not and says so."""
    server = MortalServer(gatehouse, tmp_path, options=("--default-policy", "warn"), keeps_port=True)
    server.start()
    url, log = f"http://127.0.0.1:{server.port}", tmp_path / "serve.log"
    registry = Deployer(gatehouse, Server(url, server.token, server.data, log, server.process))
    registry("model", "create", "credit-risk")
    registry("version", "create", "credit-risk", "--model", example / "models" / "v1")
    registry.promote(1)
    # Whoever hears that all is well finds nobody to report it to.
    scorer.before_health = server.kill
    options = (*repository.options(), *PINS, "--health", f"{scorer.url}/health", "--deadline", "120s")
    process = registry.start("deploy", "credit-risk", *options, "--job", "patient", "--json")
    wait_for(lambda: scorer.asked > 0 and server.process.poll() is not None)
    time.sleep(0.5)
    scorer.before_health = lambda: None
    server.start()
    output, errors = process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 0, errors
    assert json.loads(output)["outcome"] == "succeeded"

    repository.push(lambda text: text.replace("version: 1 ", "version: 0 "))
    scorer.before_health = server.kill
    process = registry.start("deploy", "credit-risk", *options[:-1], "3s", "--job", "too-late")
    output, errors = process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 5, (output, errors)
    assert "ended as 'succeeded', but this could not be reported" in errors and "--job too-late" in errors
    scorer.before_health = lambda: None
    server.start()
    assert registry.json("deploy", "list", "credit-risk", "--limit", 1)["items"][0]["outcome"] == "running"
    done = registry.json("deploy", "credit-risk", *options, "--job", "too-late")
    assert done["outcome"] == "succeeded" and done["pins"][0]["before"] == "0"
    server.stop()


def test_a_version_that_is_not_the_slots_active_one_is_refused_on_record(
    registry: Deployer, repository: Repository
) -> None:
    refused = registry("deploy", "credit-risk", 2, *repository.options(), *PINS, code=2)
    assert "v3 is active in credit-risk/production/default/champion, not v2" in refused.stderr
    assert repository.text() == VALUES
    entries = registry.json(
        "audit", "log", "--model", "credit-risk", "--action", "deployment.reported", "--newest-first"
    )
    entry = entries["items"][0]
    assert (entry["outcome"], entry["version"]) == ("refused", 2)
    # Targets and jobs may name people: they are words of the entry, and no facts.
    assert set(entry["texts"]) == {"target", "job"}
    assert str(repository.bare) not in json.dumps(entry["facts"])

    allowed = registry.json("deploy", "credit-risk", 2, *repository.options(), *PINS, "--allow-unpromoted")
    assert (allowed["outcome"], allowed["is_active"]) == ("succeeded", False)
    nobody = registry("deploy", "credit-risk", "--environment", "test", *repository.options(), *PINS, code=2)
    assert "No version of credit-risk is active in test/default" in nobody.stderr


def test_who_may_not_deploy_changes_nothing(registry: Deployer, repository: Repository) -> None:
    for role in ("viewer", "operator", "production-manager:*:test"):
        token = registry.json("token", "create", f"deploy-{role.replace(':', '-').replace('*', 'x')}", "--grant", role)
        mine = dataclasses.replace(registry, server=dataclasses.replace(registry.server, token=token["token"]))
        refused = mine("deploy", "credit-risk", *repository.options(), *PINS, code=4)
        assert "may not change how credit-risk is served" in refused.stderr, role
    assert repository.text() == VALUES


def test_a_report_is_one_deployment_however_often_it_is_sent(registry: Deployer) -> None:
    path = "models/credit-risk/versions/3/deployments"
    begin = {"target": "elsewhere", "job": "api", "outcome": "running"}
    status, first = registry.call("POST", path, begin)
    assert status == 200, first
    assert registry.call("POST", path, begin)[1]["id"] == first["id"]
    wrong = {**begin, "outcome": "succeeded", "golden": {"state": "passed", "asked": 2, "passed": 1, "failures": []}}
    for bad, what in [
        (wrong, "1 of 2 passed"),
        ({**begin, "outcome": "succeeded", "health": {"state": "failed"}}, "failed checks"),
        ({**begin, "outcome": "succeeded", "health": {"state": "fine"}}, "passed, failed or none"),
        ({**begin, "outcome": "done"}, "no outcome 'done'"),
        ({**begin, "target": "a\nb"}, "'target' is a line"),
        ({**begin, "job": ""}, "'job' is a line"),
        ({**begin, "environment": "a/b"}, "environment"),
        ({"target": "x", "job": "y"}, "'outcome' is missing"),
    ]:
        status, answer = registry.call("POST", path, bad)
        assert status == 400 and what in answer["message"], (bad, answer)
    status, answer = registry.call("POST", path, {**begin, "reason": "x" * 40_000})
    assert status == 413, answer
    end = {**begin, "outcome": "failed", "reason": "no disk"}
    status, ended = registry.call("POST", path, end)
    assert (status, ended["id"], ended["outcome"], ended["reason"]) == (200, first["id"], "failed", "no disk")
    assert registry.call("POST", path, end)[1] == ended
    assert registry.call("POST", path, begin)[1] == ended
    assert registry.call("POST", path, {**end, "outcome": "unchanged"})[0] == 409
    assert registry.call("POST", "models/credit-risk/versions/99/deployments", begin)[0] == 404
    assert registry.call("GET", "models/none/deployments")[0] == 404


def test_gitlab_and_github_tell_which_job_it_is(gatehouse: Path, registry: Deployer, tmp_path: Path) -> None:
    manifest = tmp_path / "model.yaml"
    for variables, job, url in [
        (
            {"CI_JOB_ID": "77", "CI_JOB_URL": "https://gitlab.example.com/a/-/jobs/77", "CI_COMMIT_SHA": "abc"},
            "gitlab-77",
            "https://gitlab.example.com/a/-/jobs/77",
        ),
        (
            {
                "GITHUB_RUN_ID": "88",
                "GITHUB_RUN_ATTEMPT": "2",
                "GITHUB_JOB": "deploy",
                "GITHUB_SERVER_URL": "https://github.example.com",
                "GITHUB_REPOSITORY": "a/b",
                "GITHUB_SHA": "abc",
            },
            "github-88-2-deploy",
            "https://github.example.com/a/b/actions/runs/88",
        ),
    ]:
        manifest.write_text("version: 2\n")
        finished = subprocess.run(
            [gatehouse, "deploy", "credit-risk", "--manifest", manifest, "--set", "version={version}", "--json"],
            env={**registry.environment, **variables},
            capture_output=True,
            text=True,
        )
        assert finished.returncode == 0, finished
        done = json.loads(finished.stdout)
        assert (done["job"], done["job_url"], done["commit"], done["outcome"]) == (job, url, "abc", "succeeded")
        assert manifest.read_text() == "version: 3\n"


def test_links_out_of_the_repository_are_not_followed(
    registry: Deployer, repository: Repository, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("version: 2\n")
    (repository.work / "link.yaml").symlink_to(outside)
    (repository.work / "credit" / ".values.yaml.gatehouse").symlink_to(outside)
    git(repository.work, "add", ".")
    git(repository.work, "commit", "--quiet", "--message", "a link")
    git(repository.work, "push", "--quiet", "origin", "main")
    for file in ("link.yaml", "../outside.yaml", "/etc/passwd", ".git/config", "absent.yaml"):
        failed = registry("deploy", "credit-risk", "--git", repository.bare, "--file", file, *PINS, code=1)
        assert "Fatal" not in failed.stderr and "error:" in failed.stderr, failed
    # A link where a file is written before it takes the other one's place, too.
    assert registry.json("deploy", "credit-risk", *repository.options(), *PINS)["outcome"] == "succeeded"
    assert outside.read_text() == "version: 2\n"


def test_wrong_usage_is_said_before_anything_is_asked(run: Callable, tmp_path: Path) -> None:
    for options in [
        (),
        ("--manifest", "a", "--gateway", "b"),
        ("--git", "u", "--set", "a=b"),
        ("--manifest", "a"),
        ("--gateway", "credit", "--set", "a=b"),
        ("--manifest", "a", "--set", "noequals"),
        ("--manifest", "a", "--set", "a=b", "--namespace", "n"),
        ("--manifest", "a", "--set", "a=b", "--golden", "g"),
        ("--manifest", "a", "--set", "a=b", "--deadline", "soon"),
        ("--manifest", "a", "--set", "a=b", "--header", "nocolon"),
        ("--manifest", "a", "--set", "a=b", "--render"),
    ]:
        assert run("deploy", "credit-risk", *options, check=False).returncode == 64, options


def test_golden_requests_come_from_the_versions_own_files(
    registry: Deployer, scorer: Scorer, example: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for file in (example / "models" / "v1").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "golden.json").write_text('[{"request": {"x": 1}, "expected": {"predictions": [0.25]}}]')
    made = registry.json("version", "create", "golden-model", "--model", folder)
    manifest = tmp_path / "model.yaml"
    manifest.write_text("uri: s3://models/0\n")
    done = registry.json(
        *("deploy", "golden-model", made["version"], "--allow-unpromoted", "--manifest", manifest),
        *("--set", "uri=s3://models/{version}", "--golden", "artifact:golden.json", "--endpoint", scorer.url),
    )
    assert (done["golden"]["asked"], done["golden"]["passed"]) == (1, 1)
    entry = next(file for file in made["files"] if file["path"] == "golden.json")
    assert done["golden"]["digest"] == entry["digest"]
    absent = registry(
        *("deploy", "golden-model", made["version"], "--allow-unpromoted", "--manifest", manifest),
        *("--set", "uri=x", "--golden", "artifact:other.json", "--endpoint", scorer.url),
        code=1,
    )
    assert "has no file 'other.json'" in absent.stderr
    assert manifest.read_text() == f"uri: s3://models/{made['version']}\n"


def test_a_gateway_serves_what_its_slot_says_and_golden_requests_know_the_version(
    gatehouse: Path, registry: Deployer, tmp_path: Path
) -> None:
    file = tmp_path / "endpoint.yaml"
    file.write_text("endpoint: credit\nmodel: credit-risk\nupstream: native\n")
    registry("endpoint", "apply", file)
    schema = registry.json("version", "show", "credit-risk", 3)["signature"]["inputs"]
    body = {"dataframe_split": {"columns": [column["name"] for column in schema], "data": [[1 for _ in schema]]}}
    with started_gateway(gatehouse, tmp_path, *gateway_options(registry, tmp_path)) as gateway:
        first = registry.json("deploy", "credit-risk", "--gateway", "credit", "--job", "waits")
        # Whether it had to wait depends on how fast the gateway read the model in.
        assert first["outcome"] in ("succeeded", "unchanged")
        assert (first["health"]["how"], first["health"]["saw_version"]) == ("inventory of gateways", True)
        answer = gateway.score(body=body)
        assert answer.status == 200, answer
        golden = tmp_path / "golden.json"
        golden.write_text(json.dumps([{"request": body, "expected": answer.json(), "tolerance": 1e-12}]))
        checks = ("--golden", golden, "--endpoint", f"{gateway.url}/endpoints/credit/invocations")
        done = registry.json("deploy", "credit-risk", "--gateway", "credit", *checks)
        assert done["outcome"] == "unchanged"
        assert (done["health"]["saw_version"], done["golden"]["saw_version"]) == (True, 1)
        # An answer of other bytes is no answer of this version, however right it is.
        manifest = tmp_path / "m.yaml"
        manifest.write_text("version: 0\n")
        wrong = registry.json(
            *("deploy", "credit-risk", 2, "--allow-unpromoted", "--manifest", manifest, "--set", "version={version}"),
            *checks,
            code=2,
        )
        assert f"answered by {registry.digest(3)}" in wrong["golden"]["failures"][0]["reason"]
        assert manifest.read_text() == "version: 0\n"
        late = registry.json(
            *("deploy", "credit-risk", 2, "--allow-unpromoted", "--gateway", "credit", "--deadline", "1s"), code=1
        )
        assert late["outcome"] == "failed" and "has v3 (ready)" in late["reason"]
