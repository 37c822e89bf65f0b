"""Whatever is handed in: an exit code that tells broken from refused, a message that says what, where and what to do,
and a server that answers 4xx, never 5xx."""

import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Client, Server, started_server, unused_port

JUDGED, FAILED, ANSWER_IS_NO, UNDECIDED, NOT_ALLOWED, UNREACHABLE, USAGE = 0, 1, 2, 3, 4, 5, 64
REFUSED_SECONDS_MAX = 10
SPARSE_BYTES = 600 * 1024 * 1024

POLICY = """\
model: {name}
evaluation: {{dataset: holdout, label: defaulted, groups: [business_size]}}
gates:
  accuracy: {{min_absolute_auc: {least_auc}}}
"""


def assert_explained(said: str) -> None:
    for trace in ["Traceback", "Fatal error", "Stack dump", "Swift/", "GatehouseError(", "Optional("]:
        assert trace not in said, said


# MARK: Evaluation rows


def evaluate(run: Callable, folder: Path, rows: str, *options: str) -> tuple[int, dict[str, dict]]:
    """Judges a CSV of score s, label y and group g: the exit code and the checks by name."""
    data = folder / "rows.csv"
    data.write_text(rows)
    finished = run(
        "evaluate", "--scores", "s", "--data", data, "--label", "y", "--groups", "g", *options, "--json", check=False
    )
    assert_explained(finished.stdout + finished.stderr)
    return finished.returncode, json.loads(finished.stdout)["checks"]


def csv(*rows: str) -> str:
    return "s,y,g\n" + "".join(row + "\n" for row in rows)


# Every score and label once in each group: ranked perfectly and treated alike.
GOOD = csv(*[f"0.{i:02},{int(i >= 50)},{group}" for i in range(100) for group in "ab"])


def test_good_rows_pass_so_that_the_bad_ones_below_are_what_fails(run: Callable, tmp_path: Path) -> None:
    code, checks = evaluate(run, tmp_path, GOOD)
    assert (code, checks["accuracy"]["verdict"], checks["fairness"]["verdict"]) == (JUDGED, "pass", "pass")


@pytest.mark.parametrize(
    ("rows", "complaints"),
    [
        pytest.param(GOOD.replace("s,y,g", "s,truth,g", 1), ["rows.csv has no column 'y'", "Did you mean"], id="no label column"),
        pytest.param(csv("0.1,0,a", "0.2,2,b"), ["1 label is not 0 or 1", "row 2"], id="label 2"),
        pytest.param(csv("0.1,0,a", "0.2,0.5,b"), ["not 0 or 1", "row 2"], id="label one half"),
        pytest.param(csv("0.1,no,a", "0.2,yes,b"), ["'y'", "'no'", "1 for the event"], id="label in words"),
        pytest.param(csv("0.1,0,a", "0.2,,b"), ["Row 2", "'y'"], id="no label in a row"),
        pytest.param(csv("0.1,0,a", "NaN,1,b"), ["'s'", "row 2"], id="score NaN"),
        pytest.param(csv("0.1,0,a", ",1,b"), ["'s'", "row 2"], id="no score in a row"),
        pytest.param(csv("0.1,0,a", "inf,1,b"), ["row 2 (line 3)", "'s'", "not a finite number"], id="infinite"),
        pytest.param(csv("0.1,0,a", "1e999,1,b"), ["row 2 (line 3)", "'s'"], id="score too large"),
        pytest.param(csv("0.1,0,a", "high,1,b"), ["row 2 (line 3)", "'s'", "'high'"], id="score in words"),
        pytest.param(csv("high,0,a", "low,1,b"), ["'s'", "predictions are numbers"], id="scores in words"),
        pytest.param(csv("0.1,0,a", "0.2,1"), ["row 2 (line 3)"], id="short row"),
        pytest.param("", ["rows.csv is empty", "right file"], id="empty file"),
        pytest.param("s,y,g\n", ["rows.csv", "no rows"], id="header only"),
        pytest.param("s,s,y,g\n1,1,1,1\n", ["'s'"], id="column twice"),
        pytest.param(csv('0.1,0,"a'), ["rows.csv"], id="open quote"),
        pytest.param("\x00\x01\x02", ["rows.csv"], id="no text"),
        pytest.param(GOOD.replace("s,y,g", "s,y,segment", 1), ["rows.csv has no column 'g'", "Did you mean"], id="no group column"),
    ],
)
def test_rows_that_cannot_be_measured_are_an_error(
    rows: str, complaints: list[str], run: Callable, tmp_path: Path
) -> None:
    code, checks = evaluate(run, tmp_path, rows)
    assert code == FAILED
    for check in checks.values():
        assert check["verdict"] == "error"
        assert check["passed"] is False
        for complaint in complaints:
            assert complaint in check["reason"]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        pytest.param(GOOD + "0.9,1,c\n0.1,0,c\n", "c (n = 2): too_small (n < 30)", id="small group"),
        pytest.param(GOOD + "0.49,1,c\n0.51,1,c\n" * 20, "c (n = 40): single_class", id="one-class group"),
        pytest.param(GOOD.replace(",b\n", ",a\n"), "fewer than two groups", id="one group"),
    ],
)
def test_groups_too_thin_to_judge_are_inconclusive_and_said_so(
    rows: str, complaint: str, run: Callable, tmp_path: Path
) -> None:
    code, checks = evaluate(run, tmp_path, rows)
    assert checks["accuracy"]["verdict"] == "pass"
    assert checks["fairness"]["verdict"] == "inconclusive"
    assert complaint in checks["fairness"]["reason"]
    assert code == UNDECIDED


def test_labels_of_one_class_are_inconclusive(run: Callable, tmp_path: Path) -> None:
    code, checks = evaluate(run, tmp_path, csv(*[f"0.{i},1,{'ab'[i % 2]}" for i in range(100, 180)]))
    assert checks["accuracy"]["verdict"] == "inconclusive"
    assert "do not hold every class" in checks["accuracy"]["reason"]
    assert code == UNDECIDED


def test_a_model_that_is_not_good_enough_is_refused(run: Callable, tmp_path: Path) -> None:
    code, checks = evaluate(run, tmp_path, csv(*[f"0.{i * 37 % 100:02},{i % 2},{'ab'[i // 2 % 2]}" for i in range(100)]))
    assert checks["accuracy"]["verdict"] == "fail"
    assert code == ANSWER_IS_NO


def test_no_champion_is_no_obstacle_and_said_so(run: Callable, tmp_path: Path) -> None:
    code, checks = evaluate(run, tmp_path, GOOD)
    assert code == JUDGED
    assert "there is no champion yet" in checks["accuracy"]["reason"]


# MARK: Policies


@pytest.mark.parametrize(
    ("gates", "complaints"),
    [
        ("acuracy: {}", ["policy.yaml:3:3", "unknown gate 'acuracy'", "'accuracy'"]),
        ("accuracy: {min_absolut_auc: 0.8}", ["policy.yaml:3:14", "unknown key", "'min_absolute_auc'"]),
        ("accuracy: {min_absolute_auc: high}", ["policy.yaml:3:32", "expected a number"]),
        ("accuracy: {min_absolute_auc: 80%}", ["policy.yaml:3:32", "Write 0.8"]),
        ("accuracy: {min_absolute_auc: 1.2}", ["policy.yaml:3:32", "out of range"]),
        ("accuracy: {min_absolute_auc: .nan}", ["policy.yaml:3:32", "number"]),
    ],
)
def test_a_policy_with_a_mistake_judges_nothing(
    gates: str, complaints: list[str], run: Callable, tmp_path: Path
) -> None:
    policy, data = tmp_path / "policy.yaml", tmp_path / "rows.csv"
    policy.write_text(f"model: m\ngates:\n  {gates}\n")
    data.write_text(GOOD)
    finished = run("evaluate", "--scores", "s", "--data", data, "--policy", policy, check=False)
    assert finished.returncode == FAILED
    assert_explained(finished.stderr)
    for complaint in complaints:
        assert complaint in finished.stderr
    assert "fix:" in finished.stderr or "Write" in finished.stderr or "Did you mean" in finished.stderr


# MARK: Model files


def refused_model(run: Callable, model: Path, data: Path) -> str:
    finished = run("score", "--model", model, "--input", data, check=False)
    assert finished.returncode == FAILED
    assert finished.stdout == ""
    assert_explained(finished.stderr)
    assert finished.stderr.startswith("error: ")
    assert "\n  fix: " in finished.stderr, finished.stderr
    return finished.stderr


@pytest.mark.parametrize("kept", [0, 1, 100, 3000, 30_000])
@pytest.mark.parametrize("file", ["v1/model.json", "v2/model.lgb", "v3/model.ubj"])
def test_a_truncated_model_is_refused(
    file: str, kept: int, run: Callable, example: Path, holdout: Path, tmp_path: Path
) -> None:
    model = tmp_path / Path(file).name
    model.write_bytes((example / "models" / file).read_bytes()[:kept])
    assert model.name in refused_model(run, model, holdout)


def test_a_cyclic_tree_is_refused(run: Callable, example: Path, holdout: Path, tmp_path: Path) -> None:
    document = json.loads((example / "models" / "v1" / "model.json").read_text())
    tree = document["learner"]["gradient_booster"]["model"]["trees"][0]
    assert tree["left_children"][0] > 0, "the first tree splits at its root"
    tree["left_children"][tree["left_children"][0]] = 0
    model = tmp_path / "cyclic.json"
    model.write_text(json.dumps(document))
    assert "cyclic.json" in refused_model(run, model, holdout)


def test_an_oversized_model_is_refused_before_it_is_read(run: Callable, holdout: Path, tmp_path: Path) -> None:
    model = tmp_path / "huge.json"
    with model.open("wb") as file:
        file.truncate(SPARSE_BYTES)
    assert f"{SPARSE_BYTES} bytes" in refused_model(run, model, holdout)


def test_a_pickled_model_is_refused_with_the_way_out(run: Callable, holdout: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.pkl"
    model.write_bytes(b"\x80\x04\x95" + bytes(100))
    assert "could run code" in refused_model(run, model, holdout)


def test_a_model_that_is_not_there_is_named(run: Callable, holdout: Path, tmp_path: Path) -> None:
    assert "absent.txt" in refused_model(run, tmp_path / "absent.txt", holdout)


def test_a_feature_the_data_lack_is_named(run: Callable, example: Path, holdout: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("".join(",".join(line.split(",")[:5]) + "\n" for line in holdout.read_text().splitlines()))
    said = refused_model(run, example / "models" / "v1", few)
    assert "few.csv" in said
    assert "'inquiries_6m'" in said or "'late_payments_12m'" in said


# MARK: The server


@pytest.fixture(scope="module")
def registered(gatehouse: Path, example: Path, holdout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
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
    policy.write_text(POLICY.format(name="credit", least_auc=0.5))
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
    ["../x", "a/../../x", "/etc/passwd", "..\\x", "a\\b", "a\x00b", "a/./b", "a//b", "a/", "", ".", "..", "a\nb", "x" * 256, "a/" * 600],
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
    [b"", b"[]", b"nonsense", b'{"files": 3}', b'{"files": [{"path": 1}]}', b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b'{"files": [], "tags": {"a": 1}}'],
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
    ["models/nobody", "models/credit/versions/99", "models/credit/versions/0", "models/credit/versions/1e3",
     "models/credit/versions/99999999999999999999", "models/%00", "models/%FF", "models/..%2F..%2Fetc", "evaluations/none",
     "promotions/none", "datasets/none", "datasets/holdout@x", "models?limit=0", "models?limit=abc", "audit?after=-1", "nowhere",
     "models/credit/history?at=yesterday"],
)
def test_what_does_not_exist_or_is_no_name_is_refused(path: str, registered: Client) -> None:
    status, answer = registered.call("GET", path)
    assert status in (400, 404)
    assert answer["message"]
    assert_explained(answer["message"])


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
    [["promote"], ["promote", "m", "one"], ["evaluate"], ["evaluate", "m"], ["nonsense"], ["model", "list", "--nonsense"],
     ["serve", "--port", "70000"], ["policy", "diff", "one.yaml"], ["version", "create", "m"]],
)
def test_wrong_usage_has_an_exit_code_of_its_own(arguments: list[str], run: Callable) -> None:
    finished = run(*arguments, check=False)
    assert finished.returncode == USAGE
    assert "--help" in finished.stderr
