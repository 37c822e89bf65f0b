"""What is sent to a server, or changed behind its back: refused with 4xx and a way on, never 5xx, without a trace."""

import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import Client, Server, started_server, unused_port

FAILED, ANSWER_IS_NO, NOT_ALLOWED, UNREACHABLE, USAGE = 1, 2, 4, 5, 64
# A command that bears with a server that restarts gives up after 30 s.
REFUSED_SECONDS_MAX = 20

POLICY = """\
model: credit
evaluation: {dataset: holdout, label: defaulted, groups: [business_size]}
gates:
  accuracy: {min_absolute_auc: 0.5}
"""


def assert_no_trace(said: str) -> None:
    for trace in ["Traceback", "Fatal error", "Stack dump", "Swift/", "GatehouseError(", "Optional("]:
        assert trace not in said, said


@pytest.fixture(scope="module")
def registered(
    gatehouse: Path, example: Path, holdout: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """One server for everything that must be refused without a trace: the data set `holdout`, version 1 of `credit`."""
    folder = tmp_path_factory.mktemp("registered")
    with started_server(gatehouse, folder / "data") as server:
        yield stocked(Client(gatehouse, server), example, holdout)


@pytest.fixture
def own(client: Client, example: Path, holdout: Path) -> Client:
    """The same on a server whose files may be spoilt."""
    return stocked(client, example, holdout)


def stocked(client: Client, example: Path, holdout: Path) -> Client:
    policy = client.server.log.parent / "credit.yaml"
    policy.write_text(POLICY)
    client("dataset", "add", "holdout", holdout)
    client("policy", "apply", policy)
    client("version", "create", "credit", "--model", example / "models" / "v1")
    return client


def blob(server: Server, digest: str) -> Path:
    bare = digest.removeprefix("sha256:")
    return server.data_dir / "artifacts" / "blobs" / "sha256" / bare[:2] / bare


def overwrite(file: Path, edit: Callable[[bytes], bytes]) -> None:
    """What somebody with the rights of the server could do behind its back: stored bytes are read-only."""
    assert stat.S_IMODE(file.stat().st_mode) == 0o444
    file.chmod(0o644)
    file.write_bytes(edit(file.read_bytes()))


def test_a_dataset_changed_on_disk_is_noticed(own: Client) -> None:
    digest = own.json("dataset", "show", "holdout")["digest"]
    # One label flipped: the same length, still a sound table.
    overwrite(blob(own.server, digest), lambda data: data[:-2] + (b"1\n" if data[-2:] == b"0\n" else b"0\n"))
    answer = own.json("evaluate", "credit", 1, "--wait", code=FAILED)
    accuracy = answer["checks"]["accuracy"]
    assert accuracy["verdict"] == "error"
    assert "holdout@1 changed on disk" in accuracy["reason"]
    assert digest.removeprefix("sha256:")[:8] in accuracy["reason"]
    promotion = own.json("promote", "credit", 1, "--wait", code=ANSWER_IS_NO)
    assert promotion["approved"] is False
    assert own.json("version", "show", "credit", 1)["stage"] == "None"


def test_a_model_changed_on_disk_is_noticed(own: Client) -> None:
    files = own.json("version", "show", "credit", 1)["files"]
    model = next(file for file in files if file["path"] == "model.json")
    overwrite(blob(own.server, model["digest"]), lambda data: data.replace(b'"tree_depth"', b'"tree-depth"') + b" ")
    answer = own.json("evaluate", "credit", 1, "--wait", code=FAILED)
    assert (answer["state"], answer["passed"]) == ("failed", None)
    assert "changed on disk" in answer["reason"]
    own.json("promote", "credit", 1, "--wait", code=ANSWER_IS_NO)
    assert own.json("version", "show", "credit", 1)["stage"] == "None"


def test_a_missing_blob_is_noticed(own: Client) -> None:
    blob(own.server, own.json("dataset", "show", "holdout")["digest"]).unlink()
    answer = own.json("evaluate", "credit", 1, "--wait", code=FAILED)
    assert "holdout@1 are not in the store any more" in answer["checks"]["accuracy"]["reason"]


def upload(client: Client, content: bytes) -> dict:
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    status, answer = client.call("PUT", f"blobs/{digest}", content)
    assert status == 201
    return answer


def register(client: Client, *files: tuple[str, dict], **more: object) -> tuple[int, dict]:
    entries = [{"path": path, "digest": blob["digest"], "bytes": blob["bytes"]} for path, blob in files]
    return client.call("POST", "models/credit/versions", {"files": entries, "tags": {}, **more})


def assert_refused(answer: tuple[int, dict], status: int, *complaints: str) -> None:
    assert answer[0] == status, answer
    assert answer[1]["error_code"]
    assert answer[1]["hint"], answer
    for complaint in complaints:
        assert complaint in answer[1]["message"]


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "..\\x",
        "a\\b",
        "a\x00b",
        "a/./b",
        "a//b",
        "a/",
        "",
        ".",
        "..",
        "a\nb",
        "x" * 256,
        "a/" * 600,
    ],
)
def test_an_artifact_path_that_could_leave_its_folder_is_refused(path: str, registered: Client) -> None:
    assert_refused(register(registered, (path, upload(registered, b"x"))), 400, "artifact path")
    assert len(registered.json("version", "list", "credit")["items"]) == 1


@pytest.mark.parametrize(
    ("paths", "complaint"),
    [
        (["model.txt", "model.txt"], "twice"),
        (["model", "model/weights"], "both a file and a folder"),
        (["Model.txt", "model.txt"], "letter case"),
    ],
)
def test_artifact_paths_that_collide_are_refused(paths: list[str], complaint: str, registered: Client) -> None:
    stored = upload(registered, b"x")
    assert_refused(register(registered, *[(path, stored) for path in paths]), 400, complaint)


def test_bytes_that_do_not_match_their_digest_are_refused(registered: Client) -> None:
    digest = "sha256:" + hashlib.sha256(b"what was meant").hexdigest()
    assert_refused(registered.call("PUT", f"blobs/{digest}", b"what arrived"), 409, digest)
    assert registered.call("HEAD", f"blobs/{digest}")[0] == 404
    assert list((registered.server.data_dir / "artifacts" / "incoming").iterdir()) == []
    never_sent = {"digest": digest, "bytes": 14}
    assert_refused(register(registered, ("model.txt", never_sent)), 404, "not been uploaded")


@pytest.mark.parametrize("digest", ["sha256:zz", "md5:" + "a" * 32, "sha256:" + "A" * 64, "sha256:" + "a" * 65])
def test_what_is_no_digest_is_refused(digest: str, registered: Client) -> None:
    assert_refused(registered.call("PUT", f"blobs/{digest}", b"x"), 400, "not a SHA-256 digest")


def test_a_wrong_size_is_refused(registered: Client) -> None:
    stored = upload(registered, b"four")
    assert_refused(register(registered, ("model.txt", {**stored, "bytes": 5})), 400, "4 bytes, not 5")
    assert_refused(register(registered, ("model.txt", {**stored, "bytes": -1})), 400)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"files": 3}',
        b'{"files": [{"path": 1}]}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"\xff\xfe",
        b'{"files": [], "tags": {"a": 1}}',
    ],
)
def test_a_body_that_is_not_the_calls_is_refused(body: bytes, registered: Client) -> None:
    assert_refused(registered.call("POST", "models/credit/versions", body), 400)
    registered.json("model", "list")


def test_an_oversized_body_is_refused(registered: Client) -> None:
    body = json.dumps({"files": [], "tags": {"note": "x" * (9 * 1024 * 1024)}}).encode()
    try:
        assert registered.call("POST", "models/credit/versions", body)[0] == 413
    except (BrokenPipeError, ConnectionError, OSError):
        # The server may close before it has read everything; what matters is that it lives and took nothing.
        pass
    assert len(registered.json("version", "list", "credit")["items"]) == 1


@pytest.mark.parametrize(
    "path",
    [
        "models/nobody",
        "models/credit/versions/99",
        "models/credit/versions/0",
        "models/credit/versions/1e3",
        "models/credit/versions/99999999999999999999",
        "models/%00",
        "models/%FF",
        "models/..%2F..%2Fetc",
        "evaluations/none",
        "promotions/none",
        "datasets/none",
        "datasets/holdout@x",
        "models?limit=0",
        "models?limit=abc",
        "audit?after=-1",
        "nowhere",
        "models/credit/history?at=yesterday",
    ],
)
def test_what_does_not_exist_or_is_no_name_is_refused(path: str, registered: Client) -> None:
    status, answer = registered.call("GET", path)
    assert status in (400, 404)
    assert answer["message"]
    assert_no_trace(answer["message"])


def test_an_unknown_token_is_not_allowed(registered: Client, run: Callable, tmp_path: Path) -> None:
    status, answer = registered.call("GET", "models", token="gh_" + "0" * 64)
    assert (status, answer["error_code"]) == (401, "UNAUTHENTICATED")
    token = tmp_path / "token"
    token.write_text("gh_wrong\n")
    plain = {k: v for k, v in os.environ.items() if k not in ("GATEHOUSE_TOKEN", "MLFLOW_TRACKING_TOKEN")}
    for options in [["--token-file", token], []]:
        finished = run("model", "list", "--server", registered.server.url, *options, check=False, env=plain)
        assert finished.returncode == NOT_ALLOWED
        assert "token" in finished.stderr
        assert "fix:" in finished.stderr


def test_an_unreachable_server_is_told_apart(run: Callable) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    start = time.monotonic()
    finished = run("model", "list", "--server", url, check=False)
    assert finished.returncode == UNREACHABLE
    assert url in finished.stderr
    assert "gatehouse serve" in finished.stderr
    assert time.monotonic() - start < REFUSED_SECONDS_MAX


@pytest.mark.parametrize(
    "arguments",
    [
        ["promote"],
        ["promote", "m", "one"],
        ["evaluate"],
        ["evaluate", "m"],
        ["nonsense"],
        ["model", "list", "--nonsense"],
        ["serve", "--port", "70000"],
        ["policy", "diff", "one.yaml"],
        ["version", "create", "m"],
    ],
)
def test_wrong_usage_has_an_exit_code_of_its_own(arguments: list[str], run: Callable) -> None:
    finished = run(*arguments, check=False)
    assert finished.returncode == USAGE
    assert "--help" in finished.stderr
