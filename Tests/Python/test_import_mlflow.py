"""`gatehouse import mlflow` from MLflow's own server and from its database, compared through MLflow's own client.

The records are made and shown by mlflow_records.py in an interpreter with that client. Without
GATEHOUSE_MLFLOW_PYTHONS and GATEHOUSE_MLFLOW_SERVER the tests are skipped; with GATEHOUSE_MLFLOW_2_SERVER the older
server is read as well.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Client, Server, started_server, unused_port

RECORDS = Path(__file__).parent / "mlflow_records.py"
START_SECONDS_MAX = 180
RECORDS_SECONDS_MAX = 300
LEFT_OUT = 3
# The kinds of records, as the report counts them.
KINDS = ["experiment", "run", "logged_model", "model", "version", "alias", "file"]


def setting(name: str) -> str:
    value = os.environ.get(name, "").split(":")[0]
    if not value:
        pytest.skip(f"{name} is not set: see the head of test_mlflow_wire.py")
    return value


def client_python(is_older: bool) -> str:
    """The interpreter with MLflow's client: the newer one comes first in the list, the older one second."""
    pythons = setting("GATEHOUSE_MLFLOW_PYTHONS") and os.environ["GATEHOUSE_MLFLOW_PYTHONS"].split(":")
    if is_older and len(pythons) < 2:
        pytest.skip("GATEHOUSE_MLFLOW_PYTHONS names no interpreter with MLflow 2")
    return pythons[1 if is_older else 0]


def records(verb: str, url: str, *rest: object, token: str | None = None, is_older: bool = False) -> dict:
    """What mlflow_records.py prints; only `show` prints records."""
    settings = {"PYTHONWARNINGS": "ignore", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}
    if token:
        settings["MLFLOW_TRACKING_TOKEN"] = token
    finished = subprocess.run(
        [client_python(is_older), RECORDS, verb, url, *map(str, rest)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RECORDS_SECONDS_MAX,
        env={**os.environ, **settings},
    )
    assert finished.returncode == 0, finished.stderr[-4000:]
    return json.loads(finished.stdout) if verb == "show" else {}


@dataclass(frozen=True)
class Origin:
    """A filled server of MLflow's: its address, its files, and all that its client shows."""

    url: str
    database: Path
    artifacts: Path
    shown: dict


@contextmanager
def mlflow_server(program: str, folder: Path, *options: str) -> Iterator[str]:
    port = unused_port()
    settings = {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", *options]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "server", "--port", str(port), "--workers", "1", *store],
            cwd=folder,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not healthy(url):
            assert process.poll() is None and time.monotonic() < deadline, (folder / "serve.log").read_text()[-4000:]
            time.sleep(0.2)
        yield url
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def filled(program: str, folder: Path, is_older: bool = False) -> Iterator[Origin]:
    artifacts, scratch = folder / "artifacts", folder / "scratch"
    scratch.mkdir()
    with mlflow_server(program, folder, "--artifacts-destination", str(artifacts)) as url:
        records("fill", url, scratch, is_older=is_older)
        yield Origin(url, folder / "mlflow.db", artifacts, records("show", url, is_older=is_older))


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    yield from filled(setting("GATEHOUSE_MLFLOW_SERVER"), tmp_path_factory.mktemp("mlflow-3"))


@pytest.fixture(scope="module")
def older_origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    yield from filled(setting("GATEHOUSE_MLFLOW_2_SERVER"), tmp_path_factory.mktemp("mlflow-2"), is_older=True)


@pytest.fixture
def free(gatehouse: Path, tmp_path: Path) -> Iterator[Client]:
    """A server on which nothing is enforced, so that what came can be compared with all of MLflow."""
    with started_server(gatehouse, tmp_path / "data", "--default-policy", "off") as server:
        yield Client(gatehouse, server)


def shown(server: Server, is_older: bool = False) -> dict:
    return records("show", server.url, token=server.token, is_older=is_older)


def without_stages(seen: dict) -> dict:
    """Versions arrive in None, and a version's move is its last change."""
    versions = {
        name: {key: value for key, value in version.items() if key not in ("current_stage", "last_updated_timestamp")}
        for name, version in seen["versions"].items()
    }
    return {**seen, "versions": versions}


def assert_same(ours: dict, theirs: dict) -> None:
    for kind, objects in theirs.items():
        assert ours[kind].keys() == objects.keys()
        for name, value in objects.items():
            assert ours[kind][name] == value, f"{kind} {name}"


def came(report: dict) -> dict[str, int]:
    return {kind: report["counts"].get(kind, {}).get("added", 0) for kind in [*KINDS, "metrics"]}


def test_everything_on_a_server_is_there_under_its_own_id_and_equal(origin: Origin, free: Client):
    report = free.json("import", "mlflow", "--from", origin.url, code=LEFT_OUT)
    assert_same(without_stages(shown(free.server)), without_stages(origin.shown))
    assert report["different"] == []
    reasons = {(entry["kind"], entry["id"]): entry["why"] for entry in report["left_out"]}
    # Five stages that were not asked for, and the files of the one version that stands in a bucket.
    stages = [
        "credit-risk/1",
        "credit-risk/2",
        "credit-risk/4",
        "crowded/1",
        "crowded/2",
    ]
    assert sorted(reasons) == [
        *[("stage", one) for one in stages],
        ("version", "elsewhere/1"),
    ]
    assert "unpinned" in reasons["version", "elsewhere/1"][0]
    counts = report["counts"]
    assert counts["run"]["added"] == len(origin.shown["runs"])
    assert counts["version"]["added"] == len(origin.shown["versions"])
    points = sum(len(points) for run in origin.shown["runs"].values() for points in run["histories"].values())
    assert counts["metrics"]["added"] == points
    # The gap in the numbers stays one.
    status, _ = free.call("GET", "models/credit-risk/versions/3")
    assert status == 404
    # Sealed as at registration.
    version = free.call("GET", "models/credit-risk/versions/2")[1]
    assert version["artifact_digest"] and {file["path"] for file in version["files"]} >= {"MLmodel"}


def test_a_second_import_brings_nothing_and_changes_nothing(origin: Origin, free: Client):
    first = free.json("import", "mlflow", "--from", origin.url, code=LEFT_OUT)
    entries = free.json("audit", "log", "--limit", 1000)["items"]
    second = free.json("import", "mlflow", "--from", origin.url, code=LEFT_OUT)
    assert came(second) == dict.fromkeys(came(second), 0)
    assert second["different"] == [] and second["bytes"] == 0
    for kind in KINDS:
        there = second["counts"][kind]
        assert there["same"] + there["left_out"] >= first["counts"][kind]["added"], kind
    assert free.json("audit", "log", "--limit", 1000)["items"] == entries
    imported = [entry["action"] for entry in entries if entry["action"].endswith(".imported")]
    assert imported.count("model.imported") == len(origin.shown["models"])
    assert imported.count("version.imported") == len(origin.shown["versions"])


def test_the_database_gives_what_the_server_gives(origin: Origin, free: Client):
    source = f"sqlite:///{origin.database}"
    report = free.json(
        "import",
        "mlflow",
        "--from",
        source,
        "--artifacts",
        origin.artifacts,
        code=LEFT_OUT,
    )
    assert_same(without_stages(shown(free.server)), without_stages(origin.shown))
    assert report["different"] == []
    # What the server says is there already.
    second = free.json("import", "mlflow", "--from", origin.url, code=LEFT_OUT)
    assert came(second) == dict.fromkeys(came(second), 0)
    assert second["different"] == []


def test_a_killed_import_is_taken_up_where_it_ended(origin: Origin, free: Client):
    source = ["--from", f"sqlite:{origin.database}", "--artifacts", origin.artifacts]
    for _ in range(4):
        command = free.start("import", "mlflow", *source)
        time.sleep(0.15)
        command.kill()
        command.wait()
    report = free.json("import", "mlflow", *source, code=LEFT_OUT)
    assert report["different"] == []
    assert_same(without_stages(shown(free.server)), without_stages(origin.shown))


def test_stages_are_kept_when_asked_for_and_the_log_says_without_gates(origin: Origin, client: Client):
    report = client.json(
        "import",
        "mlflow",
        "--from",
        origin.url,
        "--keep-stages",
        "--reason",
        "moved from MLflow",
        code=LEFT_OUT,
    )
    stages = {
        number: client.call("GET", f"models/credit-risk/versions/{number}")[1]["stage"] for number in (1, 2, 4, 5)
    }
    assert stages == {1: "Archived", 2: "Production", 4: "Staging", 5: "None"}
    # The protected alias came with the version that was adopted; of two in Production none is chosen.
    aliases = client.call("GET", "models/credit-risk")[1]["aliases"]
    assert aliases == {"champion": 2, "shadow": 4}
    assert {entry["id"] for entry in report["left_out"] if entry["kind"] == "stage"} == {"crowded/1", "crowded/2"}
    history = client.json("history", "credit-risk")["items"]
    assert [(line["version"], line["how"]) for line in history] == [(2, "adopted without gates")]
    entries = client.json("audit", "log", "--limit", 1000)["items"]
    placed = [entry for entry in entries if entry["action"] in ("slot.adopted", "transition.granted")]
    assert {entry["reason"] for entry in placed} == {"moved from MLflow"}
    assert all(entry["facts"]["gates"] == "none" for entry in placed) and len(placed) == 3


def test_under_a_policy_champion_is_not_set_without_its_stage(origin: Origin, client: Client):
    report = client.json("import", "mlflow", "--from", origin.url, code=LEFT_OUT)
    assert client.call("GET", "models/credit-risk")[1]["aliases"] == {"shadow": 4}
    why = next(entry["why"] for entry in report["left_out"] if entry["id"] == "credit-risk@champion")
    assert "gatehouse adopt credit-risk 2" in why[0]


def test_what_was_changed_here_is_reported_and_stays(origin: Origin, free: Client):
    free.json("import", "mlflow", "--from", origin.url, code=LEFT_OUT)
    free.json("version", "tag", "credit-risk", 2, "n", "changed")
    report = free.json("import", "mlflow", "--from", origin.url, code=LEFT_OUT)
    assert report["different"] == [{"kind": "version", "id": "credit-risk/2", "why": ["tags"]}]
    assert free.call("GET", "models/credit-risk/versions/2")[1]["tags"]["n"] == "changed"


def test_a_dry_run_says_what_would_come_and_changes_nothing(origin: Origin, free: Client):
    report = free.json("import", "mlflow", "--from", origin.url, "--dry-run", code=LEFT_OUT)
    assert report["dry_run"] and report["counts"]["version"]["added"] == len(origin.shown["versions"])
    assert report["counts"]["file"]["added"] > 10
    assert free.json("model", "list")["items"] == []


def test_only_what_was_named_comes(origin: Origin, free: Client):
    report = free.json(
        "import",
        "mlflow",
        "--from",
        origin.url,
        "--experiments",
        "credit,nowhere",
        "--models",
        "empty one",
        code=LEFT_OUT,
    )
    seen = shown(free.server)
    assert {experiment["name"] for experiment in seen["experiments"].values()} == {
        "Default",
        "credit",
    }
    assert list(seen["models"]) == ["empty one"]
    assert ("experiment", "nowhere") in {(entry["kind"], entry["id"]) for entry in report["left_out"]}


def test_the_older_server_and_its_database_give_the_same(older_origin: Origin, free: Client):
    source = f"sqlite:{older_origin.database}"
    free.json(
        "import",
        "mlflow",
        "--from",
        source,
        "--artifacts",
        older_origin.artifacts,
        code=LEFT_OUT,
    )
    assert_same(without_stages(shown(free.server, is_older=True)), without_stages(older_origin.shown))
    second = free.json("import", "mlflow", "--from", older_origin.url, code=LEFT_OUT)
    assert came(second) == dict.fromkeys(came(second), 0)
    assert second["different"] == []


def test_files_of_a_local_disk_move_to_the_server(origin: Origin, free: Client, tmp_path: Path):
    """A database whose artifacts are paths on a disk, as `mlflow server --no-serve-artifacts` writes them."""
    database, artifacts = tmp_path / "local.db", tmp_path / "mlruns"
    shutil.copytree(origin.artifacts, artifacts)
    copy(origin.database, database)
    with sqlite3.connect(database) as connection:
        for table, column in [
            ("experiments", "artifact_location"),
            ("runs", "artifact_uri"),
            ("logged_models", "artifact_location"),
            ("model_versions", "source"),
            ("model_versions", "storage_location"),
        ]:
            connection.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, 18) WHERE {column} LIKE 'mlflow-artifacts:/%'",
                (f"file://{artifacts}",),
            )
    connection.close()
    source = ["--from", f"sqlite:{database}"]
    unread = free.json("import", "mlflow", *source, "--dry-run", code=LEFT_OUT)
    assert any("--artifacts" in entry["why"][0] for entry in unread["left_out"] if entry["kind"] == "file")
    free.json("import", "mlflow", *source, "--artifacts", artifacts, code=LEFT_OUT)
    assert_same(without_stages(shown(free.server)), without_stages(origin.shown))


def copy(database: Path, place: Path) -> None:
    source, target = sqlite3.connect(database), sqlite3.connect(place)
    source.backup(target)
    source.close()
    target.close()


def test_a_folder_outside_the_artifacts_is_never_read(free: Client, origin: Origin, tmp_path: Path):
    database, secret, artifacts = (
        tmp_path / "sly.db",
        tmp_path / "secret",
        tmp_path / "artifacts",
    )
    secret.mkdir()
    artifacts.mkdir()
    (secret / "key.pem").write_text("private")
    (artifacts / "link").symlink_to(secret)
    copy(origin.database, database)
    with sqlite3.connect(database) as connection:
        runs = [row[0] for row in connection.execute("SELECT run_uuid FROM runs ORDER BY run_uuid")]
        for run, place in zip(
            runs,
            [f"{secret}", f"file://{secret}", "mlflow-artifacts:/../secret"],
            strict=False,
        ):
            connection.execute("UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", (place, run))
        connection.execute(
            "UPDATE runs SET artifact_uri = 'mlflow-artifacts:/link' WHERE run_uuid = ?",
            (runs[3],),
        )
    connection.close()
    report = free.json(
        "import",
        "mlflow",
        "--from",
        f"sqlite:{database}",
        "--artifacts",
        artifacts,
        code=LEFT_OUT,
    )
    assert report["counts"].get("file", {}).get("added", 0) == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"no database at all, only words", b"SQLite format 3\0" + bytes(200)],
)
def test_a_file_that_is_no_database_of_mlflows_is_an_error(run: Callable, tmp_path: Path, content: bytes):
    file = tmp_path / "mlflow.db"
    file.write_bytes(content)
    for source in (f"sqlite:{file}", f"sqlite:{tmp_path}/missing.db"):
        finished = run("import", "mlflow", "--from", source, check=False)
        assert finished.returncode == 1
        assert finished.stderr.startswith("error: ")


def test_wrong_usage_is_told(run: Callable):
    kept = run("import", "mlflow", "--from", "http://127.0.0.1:9", "--keep-stages", check=False)
    assert kept.returncode == 64 and "--reason" in kept.stderr
    secret = run("import", "mlflow", "--from", "http://anna:pass@127.0.0.1:9", check=False)
    assert secret.returncode == 1 and "GATEHOUSE_IMPORT_PASSWORD" in secret.stderr


def test_a_source_that_does_not_answer_is_told_from_a_server_that_does_not(
    free: Client,
):
    finished = free("import", "mlflow", "--from", f"http://127.0.0.1:{unused_port()}", code=5)
    assert "does not answer" in finished.stderr


def test_only_an_admin_imports_and_a_batch_has_limits(free: Client):
    free("token", "create", "reader", "--grant", "viewer")
    assert free.call("POST", "imports", {"origin": "x"})[0] == 200
    assert free.call("POST", "imports", {})[0] == 400
    assert free.call("POST", "imports", b"no json")[0] == 400
    assert free.call("POST", "imports", {"origin": "x", "runs": "all"})[0] == 400
    many = [{"key": "k", "value": 1, "timestamp": 1, "run_id": "r"}] * 20_001
    assert free.call("POST", "imports", {"origin": "x", "metrics": many})[0] == 413
    status, answer = free.call(
        "POST",
        "imports",
        {"origin": "x", "models": [{"name": "a/b"}, {"name": "fine"}]},
    )
    assert status == 200
    assert [finding["state"] for finding in answer["findings"]] == ["left_out", "added"]
