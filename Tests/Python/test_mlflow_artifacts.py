"""Artifacts as MLflow's clients move them: any bytes, any path that is safe, sealed with their version, collected, scrubbed."""

import hashlib
import http.client
import os
import random
import re
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifacts import FILES, ROOT, ArtifactServer
from conftest import Client, Server, started_server

MEGABYTE = 1_000_000
LARGE_BYTES = 300 * MEGABYTE
MEMORY_GROWTH_BYTES_MAX = 100 * MEGABYTE
EXAMPLES_MAX = 60
ANSWER_IS_NO = 2
RACES, RACES_TRIED_MAX = 5, 60


def port(server: Server) -> int:
    return urllib.parse.urlsplit(server.url).port


@pytest.fixture(scope="module")
def shared(gatehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArtifactServer]:
    """One server for all that leaves no trace on others."""
    with started_server(gatehouse, tmp_path_factory.mktemp("artifacts") / "data") as server:
        yield ArtifactServer(port(server), server.token)


@pytest.fixture
def own(server: Server) -> ArtifactServer:
    """A fresh server, whose files may be spoilt."""
    return ArtifactServer(port(server), server.token)


# Up and down


@pytest.mark.parametrize("content", [b"", b"x", b"hello world", bytes(range(256)) * 5000], ids=len)
@pytest.mark.parametrize("is_chunked", [False, True])
def test_what_was_put_comes_back(shared: ArtifactServer, content: bytes, is_chunked: bool) -> None:
    path = f"1/r{len(content)}{is_chunked}/artifacts/file.bin"
    reply = shared.put(path, iter([content[:3], content[3:]]) if is_chunked and content else content)
    assert (reply.status, reply.body) == (200, b"")
    got = shared.get(path)
    assert (got.status, got.body) == (200, content)
    assert got.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert got.headers["accept-ranges"] == "bytes"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert int(got.headers["content-length"]) == len(content)
    head = shared.call("HEAD", f"{FILES}/{path}")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert shared.get(path, If_None_Match=got.headers["etag"]).status == 304
    assert shared.get(path, If_None_Match='"other"').status == 200


# The right-hand side is what `mlflow server` 3.17 answered.
@pytest.mark.parametrize(
    ("name", "kind", "disposition"),
    [
        ("a.txt", "text/plain", "attachment; filename=a.txt"),
        ("MLmodel", "text/plain", "attachment; filename=MLmodel"),
        ("conda.yaml", "text/plain", "attachment; filename=conda.yaml"),
        ("p.html", "text/html", "attachment; filename=p.html"),
        ("x.tar.gz", "application/x-tar", "attachment; filename=x.tar.gz"),
        ("empty", "application/octet-stream", "attachment; filename=empty"),
        ("model.skops", "application/octet-stream", "attachment; filename=model.skops"),
        ("with space;,", "application/octet-stream", 'attachment; filename="with space;,"'),
        ("100%.txt", "text/plain", "attachment; filename=100%.txt"),
        (
            "grün é日.csv",
            "text/plain",
            "attachment; filename=\"grun e.csv\"; filename*=UTF-8''gr%C3%BCn%20%C3%A9%E6%97%A5.csv",
        ),
        ("日", "application/octet-stream", "attachment; filename=download; filename*=UTF-8''%E6%97%A5"),
    ],
)
def test_a_file_is_sent_as_an_attachment_of_its_name_and_kind(
    shared: ArtifactServer, name: str, kind: str, disposition: str
) -> None:
    path = "1/named/artifacts/" + urllib.parse.quote(name)
    assert shared.put(path, b"q").status == 200
    got = shared.get(path)
    assert (got.headers["content-type"], got.headers["content-disposition"]) == (kind, disposition)
    assert name in shared.list("1/named/artifacts")


def expected_range(header: str, size: int) -> range | None:
    """RFC 9110, section 14: the bytes of a single range; None when none of them exists. Anything else: the whole file."""
    if match := re.fullmatch(r"bytes=(\d+)-(\d*)", header):
        first, last = int(match[1]), int(match[2]) if match[2] else size - 1
        if match[2] and last < first:
            return range(size)
        return range(first, min(last, size - 1) + 1) if first < size else None
    if match := re.fullmatch(r"bytes=-(\d+)", header):
        return range(max(0, size - int(match[1])), size) if int(match[1]) and size else None
    return range(size)


@settings(max_examples=EXAMPLES_MAX, derandomize=True, deadline=None)
@given(
    size=st.sampled_from([0, 1, 11, 262_143, 262_144, 262_145, 700_000]),
    first=st.one_of(st.just(""), st.integers(0, 800_000), st.just(10**30)),
    last=st.one_of(st.just(""), st.integers(0, 800_000), st.just(10**30)),
    unit=st.sampled_from(["bytes", "bytes", "bytes", "lines", ""]),
)
def test_a_range_is_what_rfc_9110_says(
    shared: ArtifactServer, size: int, first: object, last: object, unit: str
) -> None:
    content = random.Random(size).randbytes(size)
    path = f"1/ranges/artifacts/{size}.bin"
    assert shared.put(path, content).status == 200
    header = f"{unit}={first}-{last}"
    got = shared.get(path, Range=header)
    wanted = expected_range(header, size)
    if wanted is None:
        assert (got.status, got.headers["content-range"]) == (416, f"bytes */{size}")
        return
    assert got.body == content[wanted.start : wanted.stop]
    is_part = unit == "bytes" and (str(first) or str(last)) and got.status == 206
    if is_part:
        assert got.headers["content-range"] == f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    else:
        assert got.status == 200 and len(got.body) == size


@pytest.mark.parametrize(
    "header", ["bytes=0-1,3-4", "bytes=a-b", "bytes", "bytes=", "bytes=-", "bytes=1-2-3", "bytes=+1-2"]
)
def test_a_range_that_is_none_counts_as_no_range(shared: ArtifactServer, header: str) -> None:
    shared.put("1/ranges/artifacts/a.txt", b"hello world")
    assert (reply := shared.get("1/ranges/artifacts/a.txt", Range=header)).status == 200, reply
    assert reply.body == b"hello world"


def test_a_range_of_a_file_that_changed_is_the_whole_file(shared: ArtifactServer) -> None:
    shared.put("1/ranges/artifacts/c.txt", b"first")
    tag = shared.get("1/ranges/artifacts/c.txt").headers["etag"]
    assert shared.get("1/ranges/artifacts/c.txt", Range="bytes=1-2", If_Range=tag).body == b"ir"
    shared.put("1/ranges/artifacts/c.txt", b"second")
    assert shared.get("1/ranges/artifacts/c.txt", Range="bytes=1-2", If_Range=tag).body == b"second"


def test_a_folder_lists_names_and_sizes_and_leaves_out_what_mlflow_leaves_out(shared: ArtifactServer) -> None:
    for name, content in {"b.txt": b"12", "a/x": b"1", "empty": b""}.items():
        shared.put(f"1/list/artifacts/{name}", content)
    reply = shared.call("GET", f"{FILES}?path=1/list/artifacts")
    assert reply.json == {
        "files": [
            {"path": "a", "is_dir": True},
            {"path": "b.txt", "is_dir": False, "file_size": 2},
            {"path": "empty", "is_dir": False},
        ]
    }
    for path in ["1/list/artifacts/b.txt", "none", "1/list/none"]:
        assert shared.call("GET", f"{FILES}?path={path}").json == {}
    for same in ["1/list/artifacts/", "1/list/./artifacts", "1//list/artifacts"]:
        assert shared.list(same) == shared.list("1/list/artifacts")
    assert "1" in shared.list("")


def test_deleting_removes_a_file_or_a_folder_and_nothing_else(shared: ArtifactServer) -> None:
    for name in ["d/a", "d/e/b", "d2/a", "f"]:
        shared.put(f"1/delete/artifacts/{name}", b"x")
    for path in ["d", "f", "none"]:
        assert (reply := shared.delete(f"1/delete/artifacts/{path}")).status == 200, reply
        assert reply.json == {}
    assert shared.list("1/delete/artifacts") == {"d2": None}
    assert shared.get("1/delete/artifacts/d/e/b").status == 404


# Paths


BAD_PATHS = [
    "../x", "a/../b", "a/..", "%2e%2e/x", "%2e%2e%2fx", "%252e%252e/x", "%25252e%25252e/x", "/etc/passwd", "%2fetc/passwd",
    "a%23b", "a%5cb", "..%5cx", "C:/x", "c%3a/x", "a%00b", "a%0ab", "a%0d%0ab", "a%7fb", "%ff", "%c3%28", "%" + "25" * 20 + "2e",
    "a" * 256, "a/" * 600 + "b", "file:///etc/x", "%F0%9F%92", "..", "%2e%2e",
]  # fmt: skip


@pytest.mark.parametrize("path", BAD_PATHS, ids=lambda path: path[:24])
def test_a_path_trick_is_a_400_for_every_verb(shared: ArtifactServer, path: str) -> None:
    before = shared.list("")
    replies = [shared.put(path, b"x"), shared.get(path), shared.delete(path)]
    replies.append(shared.call("GET", f"{FILES}?path={path}"))
    for reply in replies:
        assert reply.status == 400, reply
        assert reply.json["error_code"] == "INVALID_PARAMETER_VALUE"
        assert reply.json["message"].startswith(("Invalid path", "The query is not percent-encoded UTF-8")), reply
    assert shared.call("HEAD", f"{FILES}/{path}").status == 400
    assert shared.list("") == before


@settings(max_examples=EXAMPLES_MAX * 3, derandomize=True, deadline=None)
@given(
    path=st.text(
        st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="?#"), min_size=1, max_size=40
    )
)
def test_no_path_ever_makes_the_server_fail(shared: ArtifactServer, path: str) -> None:
    put = shared.put(f"9/{path}", b"x")
    assert put.status in (200, 400), put
    assert shared.get(f"9/{path}").status in ((200,) if put.status == 200 else (400, 404))


def test_a_file_is_no_folder_and_a_folder_no_file(shared: ArtifactServer) -> None:
    shared.put("1/kinds/artifacts/dir/a.txt", b"x")
    shared.put("1/kinds/artifacts/file", b"x")
    for path in ["dir", "file/under", "file/under/deep"]:
        reply = shared.put(f"1/kinds/artifacts/{path}", b"x")
        assert reply.status == 400 and reply.json["message"].startswith("Invalid path"), reply
    for path in ["new/", "new%2f", ""]:
        reply = shared.put(f"1/kinds/artifacts/{path}", b"x")
        assert "must include a filename" in reply.json["message"] and reply.status == 400
    reply = shared.get("1/kinds/artifacts/dir")
    assert reply.status == 400 and "directory, not a file: '1/kinds/artifacts/dir'" in reply.json["message"]
    reply = shared.get("1/kinds/artifacts/none")
    assert (reply.status, reply.json["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert reply.json["message"] == "No such artifact: '1/kinds/artifacts/none'"


def test_nothing_is_moved_without_a_token(shared: ArtifactServer) -> None:
    stranger = ArtifactServer(shared.port)
    shared.put("1/secret/artifacts/f", b"secret")
    for method, path in [("GET", "f"), ("HEAD", "f"), ("PUT", "f"), ("DELETE", "f"), ("GET", "none"), ("PUT", "../x")]:
        reply = stranger.call(method, f"{FILES}/1/secret/artifacts/{path}", b"x" if method == "PUT" else None)
        assert reply.status == 401, reply
    assert stranger.call("GET", f"{FILES}?path=1").status == 401
    assert shared.get("1/secret/artifacts/f").body == b"secret"


# Size


def resident_bytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


def server_process(data_dir: Path) -> int:
    """The process that serves a data folder."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(data_dir) in arguments and b"serve" in arguments:
            return int(entry.name)
    raise AssertionError(f"no process serves {data_dir}")


def pieces(size: int) -> Iterator[bytes]:
    piece = random.Random(1).randbytes(MEGABYTE)
    for number in range(size // MEGABYTE):
        yield number.to_bytes(8) + piece[8:]


def test_a_large_file_goes_up_and_down_in_constant_memory(own: ArtifactServer, server: Server) -> None:
    own.put("1/warm/artifacts/up", b"x" * MEGABYTE)
    process = server_process(server.data_dir)
    before, seen, is_done = resident_bytes(process), [], threading.Event()

    def watch() -> None:
        while not is_done.wait(0.02):
            seen.append(resident_bytes(process))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        up, down = hashlib.sha256(), hashlib.sha256()
        assert (
            own.put("1/large/artifacts/model.bin", (up.update(piece) or piece for piece in pieces(LARGE_BYTES))).status
            == 200
        )
        connection = http.client.HTTPConnection("127.0.0.1", own.port, timeout=120)
        connection.request(
            "GET", f"{FILES}/1/large/artifacts/model.bin", headers={"Authorization": f"Bearer {own.token}"}
        )
        answer = connection.getresponse()
        while piece := answer.read(MEGABYTE):
            down.update(piece)
    finally:
        is_done.set()
        watcher.join()
    assert down.hexdigest() == up.hexdigest()
    assert own.list("1/large/artifacts") == {"model.bin": LARGE_BYTES}
    assert max(seen) - before < MEMORY_GROWTH_BYTES_MAX


def test_a_client_that_leaves_in_the_middle_leaves_nothing(own: ArtifactServer, server: Server) -> None:
    incoming = server.data_dir / "artifacts" / "incoming"
    with socket.create_connection(("127.0.0.1", own.port)) as line:
        head = f"PUT {FILES}/1/gone/artifacts/f HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {own.token}\r\n"
        line.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + b"x" * 200_000)
        wait_until(lambda: list(incoming.iterdir()))
        assert own.list("1/gone/artifacts") == {}
    wait_until(lambda: not list(incoming.iterdir()))
    assert own.list("") == {}
    assert not list((server.data_dir / "artifacts" / "blobs").rglob("*/*/*"))


def wait_until(condition: object, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# Sealing


def test_the_files_of_a_version_are_sealed_with_it(own: ArtifactServer, server: Server) -> None:
    for name in ["MLmodel", "data/model.txt"]:
        own.put(f"1/models/m-1/artifacts/{name}", name.encode())
    version = own.register("credit", "mlflow-artifacts:/1/models/m-1/artifacts")
    assert version.status == 201, version
    digests = {file["path"]: file["digest"] for file in version.json["files"]}
    assert digests == {
        name: "sha256:" + hashlib.sha256(name.encode()).hexdigest() for name in ["MLmodel", "data/model.txt"]
    }
    for verb, path in [
        ("PUT", "1/models/m-1/artifacts/MLmodel"),
        ("PUT", "1/models/m-1/artifacts/new/file"),
        ("DELETE", "1/models/m-1/artifacts/MLmodel"),
        ("DELETE", "1/models/m-1/artifacts"),
        ("DELETE", "1"),
    ]:
        reply = own.call(verb, f"{FILES}/{path}", b"other" if verb == "PUT" else None)
        assert (reply.status, reply.json["error_code"]) == (409, "RESOURCE_CONFLICT"), reply
        assert "credit/1" in reply.json["message"]
    got = own.call("GET", "/model-versions/get-artifact?name=credit&version=1&path=data/model.txt")
    assert (got.status, got.body) == (200, b"data/model.txt")
    assert own.call("GET", "/model-versions/get-artifact?name=credit&version=1&path=none").status == 404
    assert own.call("GET", "/model-versions/get-artifact?name=credit&version=9&path=MLmodel").status == 404
    copy = own.register("copied", "models:/credit/1")
    assert copy.json["artifact_digest"] == version.json["artifact_digest"]


def test_without_policies_files_are_replaced_as_mlflow_does_and_the_version_keeps_its_own(
    gatehouse: Path, tmp_path: Path
) -> None:
    with started_server(gatehouse, tmp_path / "data", "--default-policy", "off") as server:
        own = ArtifactServer(port(server), server.token)
        own.put("1/models/m-1/artifacts/MLmodel", b"first")
        version = own.register("credit", "mlflow-artifacts:/1/models/m-1/artifacts").json
        assert own.put("1/models/m-1/artifacts/MLmodel", b"second").status == 200
        assert own.get("1/models/m-1/artifacts/MLmodel").body == b"second"
        assert own.native("GET", "models/credit/versions/1").json["artifact_digest"] == version["artifact_digest"]
        got = own.call("GET", "/model-versions/get-artifact?name=credit&version=1&path=MLmodel")
        assert got.body == b"first"
        assert own.delete("1/models/m-1").status == 200


@pytest.mark.parametrize("source", ["s3://bucket/m", "mlflow-artifacts:/none", "http://elsewhere/m", "models:/other/9"])
def test_a_source_without_files_here_stays_unpinned(shared: ArtifactServer, source: str) -> None:
    version = shared.register("unpinned", source)
    assert (version.status, version.json["artifact_digest"]) == (201, None), version


def test_an_upload_that_races_a_sealing_is_in_the_manifest_or_refused(own: ArtifactServer) -> None:
    own.native("POST", "models", {"name": "raced"})
    races = 0
    for turn in range(RACES_TRIED_MAX):
        folder = f"1/models/m-{turn}/artifacts"
        own.put(f"{folder}/first", b"first")

        def upload(number: int, folder: str = folder) -> tuple[str, int]:
            return f"f{number}", own.put(f"{folder}/f{number}", str(number).encode()).status

        with ThreadPoolExecutor(8) as pool:
            uploads = [pool.submit(upload, number) for number in range(24)]
            version = own.native("POST", "models/raced/versions", {"source": f"mlflow-artifacts:/{folder}", "tags": {}})
            statuses = dict(job.result() for job in uploads)
        assert set(statuses.values()) <= {200, 409}
        if version.status == 409:
            assert "kept changing" in version.json["message"] and set(statuses.values()) == {200}
            continue
        assert version.status == 201, version
        sealed = {file["path"] for file in version.json["files"]}
        assert sealed == {"first"} | {name for name, status in statuses.items() if status == 200}
        assert set(own.list(folder)) == sealed
        races += len(set(statuses.values())) == 2
        if races == RACES:
            return
    raise AssertionError(f"only {races} of {RACES_TRIED_MAX} turns were races")


# By run, logged model and version


def mlflow(server: ArtifactServer, method: str, path: str, body: dict | None = None) -> dict:
    reply = server.call(method, f"/api/2.0/mlflow/{path}", body)
    assert reply.status == 200, reply
    return reply.json


@pytest.fixture(scope="module")
def run_id(shared: ArtifactServer) -> str:
    run = mlflow(shared, "POST", "runs/create", {"experiment_id": "0"})["run"]["info"]
    assert shared.put(f"0/{run['run_id']}/artifacts/dir/a.txt", b"hello").status == 200
    assert run["artifact_uri"] == f"mlflow-artifacts:/0/{run['run_id']}/artifacts"
    return run["run_id"]


@pytest.fixture(scope="module")
def model_id(shared: ArtifactServer) -> str:
    model = mlflow(shared, "POST", "logged-models", {"experiment_id": "0", "name": "m"})["model"]["info"]
    assert shared.put(f"0/models/{model['model_id']}/artifacts/MLmodel", b"flavors: {}").status == 200
    return model["model_id"]


def test_a_runs_artifacts_are_listed_and_sent_by_its_id(shared: ArtifactServer, run_id: str) -> None:
    root = f"mlflow-artifacts:/0/{run_id}/artifacts"
    assert mlflow(shared, "GET", f"artifacts/list?run_id={run_id}&path=dir") == {
        "root_uri": root,
        "files": [{"path": "dir/a.txt", "is_dir": False, "file_size": 5}],
    }
    assert mlflow(shared, "GET", f"artifacts/list?run_uuid={run_id}&path=none") == {"root_uri": root}
    got = shared.call("GET", f"/get-artifact?run_id={run_id}&path=dir/a.txt")
    assert (got.status, got.body) == (200, b"hello")
    assert got.headers["content-disposition"] == "attachment; filename=a.txt"
    part = shared.call("GET", f"/get-artifact?run_uuid={run_id}&path=dir/a.txt", headers={"Range": "bytes=1-2"})
    assert (part.status, part.body) == (206, b"el")
    assert shared.call("HEAD", f"/get-artifact?run_id={run_id}&path=dir/a.txt").headers["content-length"] == "5"
    for path, status in [
        ("/api/2.0/mlflow/artifacts/list?run_id=none", 404),
        ("/api/2.0/mlflow/artifacts/list", 400),
        (f"/api/2.0/mlflow/artifacts/list?run_id={run_id}&path=../x", 400),
        (f"/get-artifact?run_id={run_id}&path=none", 404),
        (f"/get-artifact?run_id={run_id}&path=dir", 400),
        (f"/get-artifact?run_id={run_id}&path=../x", 400),
        (f"/get-artifact?run_id={run_id}", 400),
        ("/get-artifact?run_id=none&path=x", 404),
    ]:
        assert shared.call("GET", path).status == status, path


def test_a_logged_models_artifacts_are_listed_and_sent_by_its_id(shared: ArtifactServer, model_id: str) -> None:
    assert mlflow(shared, "GET", f"logged-models/{model_id}/artifacts/directories") == {
        "root_uri": f"mlflow-artifacts:/0/models/{model_id}/artifacts",
        "files": [{"path": "MLmodel", "is_dir": False, "file_size": 11}],
    }
    files = f"/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files"
    assert shared.call("GET", f"{files}?artifact_file_path=MLmodel").body == b"flavors: {}"
    assert shared.call("GET", f"{files}?artifact_file_path=none").status == 404
    assert shared.call("GET", files).status == 400
    assert shared.call("GET", "/api/2.0/mlflow/logged-models/m-none/artifacts/directories").status == 404


def test_a_small_file_is_dropped_onto_a_run(shared: ArtifactServer, run_id: str) -> None:
    url = "/ajax-api/2.0/mlflow/upload-artifact"
    assert shared.call("POST", f"{url}?run_uuid={run_id}&path=up/l.txt", b"data").status == 200
    assert shared.get(f"0/{run_id}/artifacts/up/l.txt").body == b"data"
    for query, body, status in [
        (f"run_uuid={run_id}", b"d", 400),
        ("path=x", b"d", 400),
        (f"run_uuid={run_id}&path=x", b"", 400),
        (f"run_uuid={run_id}&path=x", b"x" * (10 * 1024 * 1024 + 1), 400),
        (f"run_uuid={run_id}&path=../x", b"d", 400),
        ("run_uuid=none&path=x", b"d", 404),
    ]:
        assert shared.call("POST", f"{url}?{query}", body).status == status, query


def test_presigned_urls_are_refused_as_mlflow_refuses_them(shared: ArtifactServer, run_id: str) -> None:
    for word in ["upload", "download"]:
        url = f"/api/2.0/mlflow/artifacts/presigned-{word}-url"
        reply = shared.call("POST", url, {"run_id": run_id, "path": "x"})
        assert reply.status == 400 and reply.json["message"].startswith(f"Presigned {word} is not supported for "), (
            reply
        )
        assert shared.call("POST", url, {"run_id": "none", "path": "x"}).status == 404
        assert shared.call("POST", url, {"run_id": run_id}).status == 400
        assert shared.call("POST", url, {"path": "x"}).status == 400


def test_versions_made_of_runs_and_logged_models_are_sealed(shared: ArtifactServer, run_id: str, model_id: str) -> None:
    for source, file in [
        (f"runs:/{run_id}/dir", f"0/{run_id}/artifacts/dir/a.txt"),
        (f"models:/{model_id}", f"0/models/{model_id}/artifacts/MLmodel"),
    ]:
        version = shared.register("by-reference", source)
        assert version.status == 201 and version.json["artifact_digest"], version
        reply = shared.put(file, b"other")
        assert reply.status == 409 and f"by-reference/{version.json['version']}" in reply.json["message"], reply


# Parts


def begin(server: ArtifactServer, folder: str, name: str, parts: int) -> dict:
    reply = server.call("POST", f"{ROOT}/mpu/create/{folder}", {"path": name, "num_parts": parts})
    assert reply.status == 200, reply
    return reply.json


def send(server: ArtifactServer, credential: dict, content: bytes) -> dict:
    """As MLflow's client does: to the URL as it is, with its headers and no others."""
    path = urllib.parse.urlsplit(credential["url"]).path
    reply = ArtifactServer(server.port).call("PUT", path, content, credential["headers"])
    assert reply.status == 200, reply
    return {"part_number": credential["part_number"], "etag": reply.headers["etag"]}


def test_a_file_that_comes_in_parts_is_one_file(shared: ArtifactServer) -> None:
    content = random.Random(3).randbytes(2_500_000)
    upload = begin(shared, "1/parts/artifacts", "/somewhere/else/big.bin", 3)
    chunks = [content[:MEGABYTE], content[MEGABYTE : 2 * MEGABYTE], content[2 * MEGABYTE :]]
    assert [credential["part_number"] for credential in upload["credentials"]] == [1, 2, 3]
    parts = [
        send(shared, credential, chunk)
        for credential, chunk in reversed(list(zip(upload["credentials"], chunks, strict=True)))
    ]
    assert shared.list("1/parts/artifacts") == {}
    call = {"path": "/somewhere/else/big.bin", "upload_id": upload["upload_id"], "parts": parts}
    reply = shared.call("POST", f"{ROOT}/mpu/complete/1/parts/artifacts", call)
    assert (reply.status, reply.json) == (200, {})
    assert shared.get("1/parts/artifacts/big.bin").body == content
    assert shared.call("POST", f"{ROOT}/mpu/complete/1/parts/artifacts", call).status == 404


def test_parts_that_are_not_those_of_the_upload_are_refused(shared: ArtifactServer) -> None:
    upload = begin(shared, "1/parts/artifacts", "bad.bin", 2)
    first = send(shared, upload["credentials"][0], b"one")
    base = {"path": "bad.bin", "upload_id": upload["upload_id"]}
    stranger = ArtifactServer(shared.port)
    path = urllib.parse.urlsplit(upload["credentials"][1]["url"]).path
    assert stranger.call("PUT", path, b"x").status == 401
    assert stranger.call("PUT", path, b"x", {"X-Gatehouse-Upload": "guess"}).status == 403
    headers = upload["credentials"][1]["headers"]
    assert stranger.call("PUT", path.rsplit("/", 1)[0] + "/3", b"x", headers).status == 400
    assert stranger.call("PUT", path.rsplit("/", 1)[0] + "/x", b"x", headers).status in (400, 401)
    for parts in [[first], [], [first, {"part_number": 2, "etag": '"00"'}], [first, first]]:
        reply = shared.call("POST", f"{ROOT}/mpu/complete/1/parts/artifacts", {**base, "parts": parts})
        assert reply.status == 400, reply
    assert shared.call("POST", f"{ROOT}/mpu/complete/1/elsewhere", {**base, "parts": [first]}).status == 400
    for count in [0, -1, 10_001]:
        reply = shared.call("POST", f"{ROOT}/mpu/create/1/parts/artifacts", {"path": "a", "num_parts": count})
        assert reply.status == 400, reply
    assert shared.call("POST", f"{ROOT}/mpu/create/1/parts", {"path": "..", "num_parts": 1}).status == 400
    assert shared.call("POST", f"{ROOT}/mpu/abort/1/parts/artifacts", base).status == 200
    assert shared.call("POST", f"{ROOT}/mpu/abort/1/parts/artifacts", base).status == 404
    assert stranger.call("PUT", path, b"x", headers).status == 404


def test_presigned_downloads_are_not_there_and_say_so(shared: ArtifactServer) -> None:
    reply = shared.call("GET", f"{ROOT}/presigned/1/r/artifacts/f")
    assert (reply.status, reply.json["error_code"]) == (501, "NOT_IMPLEMENTED")
    # By this beginning of the message MLflow's client knows that it must go another way.
    assert reply.json["message"].startswith("Multipart download is not supported for the current artifact repository")


# Collecting and scrubbing


def blob_file(server: Server, content: bytes) -> Path:
    name = hashlib.sha256(content).hexdigest()
    return server.data_dir / "artifacts" / "blobs" / "sha256" / name[:2] / name


def grow_old(file: Path) -> None:
    day_before_yesterday = time.time() - 2 * 86_400
    os.utime(file, (day_before_yesterday, day_before_yesterday))


def test_only_bytes_that_nobody_refers_to_are_collected(client: Client, own: ArtifactServer, tmp_path: Path) -> None:
    kept = {"file": b"in the tree", "sealed": b"sealed and deleted later", "young": b"young"}
    own.put("1/r/artifacts/file", kept["file"])
    own.put("1/models/m-1/artifacts/MLmodel", kept["sealed"])
    assert own.register("credit", "mlflow-artifacts:/1/models/m-1/artifacts").status == 201
    assert own.native("DELETE", "models/credit/versions/1").status == 204
    assert own.delete("1/models/m-1").status == 200
    table = tmp_path / "rows.csv"
    table.write_text("a,b\n1,2\n")
    client("dataset", "add", "rows", table)
    part = begin(own, "1/r/artifacts", "parts.bin", 2)
    send(own, part["credentials"][0], b"a part")
    for name in ["dropped", "replaced"]:
        own.put(f"1/r/artifacts/{name}", name.encode())
    own.delete("1/r/artifacts/dropped")
    own.put("1/r/artifacts/replaced", kept["file"])
    own.put("1/r/artifacts/youngest", kept["young"])
    own.delete("1/r/artifacts/youngest")
    contents = [kept["file"], kept["sealed"], table.read_bytes(), b"a part", b"dropped", b"replaced"]
    for content in contents:
        grow_old(blob_file(client.server, content))
    planned = client.json("gc", "--dry-run")
    assert (planned["collected"], planned["collected_bytes"], planned["young"]) == (2, 15, 1)
    assert blob_file(client.server, b"dropped").exists()
    assert client.json("gc")["collected"] == 2
    assert [blob_file(client.server, content).exists() for content in contents] == [True] * 4 + [False] * 2
    assert blob_file(client.server, kept["young"]).exists()
    assert client.json("gc")["collected"] == 0
    entries = [entry for entry in client.json("audit", "log")["items"] if entry["action"] == "blobs.collected"]
    assert len(entries) == 1 and entries[0]["facts"]["blobs"] == 2
    assert hashlib.sha256(b"dropped").hexdigest() in entries[0]["facts"]["digests"]
    assert "5m" in client("gc", "--min-age", "10s", code=1).stderr
    assert "duration" in client("gc", "--min-age", "soon", code=1).stderr


def test_bytes_that_were_just_asked_for_are_not_collected(client: Client, own: ArtifactServer) -> None:
    own.put("1/r/artifacts/f", b"wanted")
    own.delete("1/r/artifacts/f")
    grow_old(blob_file(client.server, b"wanted"))
    digest = "sha256:" + hashlib.sha256(b"wanted").hexdigest()
    assert own.native("HEAD", f"blobs/{digest}").status == 200
    assert client.json("gc")["collected"] == 0


def test_a_scrub_names_what_is_damaged_or_missing_and_who_would_miss_it(client: Client, own: ArtifactServer) -> None:
    own.put("1/models/m-1/artifacts/MLmodel", b"a model")
    own.put("1/models/m-1/artifacts/weights", b"weights")
    own.put("1/r/artifacts/plain", b"plain")
    own.register("credit", "mlflow-artifacts:/1/models/m-1/artifacts")
    assert client.json("scrub") | {"bytes": 0} == {"checked": 3, "bytes": 0, "damages": [], "next": None}
    damaged, missing = blob_file(client.server, b"a model"), blob_file(client.server, b"plain")
    damaged.chmod(0o644)
    damaged.write_bytes(b"a Model")
    missing.unlink()
    found = client.json("scrub", code=ANSWER_IS_NO)
    assert {(entry["kind"], tuple(entry["used_by"])) for entry in found["damages"]} == {
        ("damaged", ("version credit/1", "artifact 1/models/m-1/artifacts/MLmodel")),
        ("missing", ("artifact 1/r/artifacts/plain",)),
    }
    assert "credit/1" in client("scrub", code=ANSWER_IS_NO).stdout
    # Nobody gets damaged bytes as if they were sound.
    for path in ["1/models/m-1/artifacts/MLmodel", "1/r/artifacts/plain"]:
        assert own.get(path).status == 409
    digest = "sha256:" + hashlib.sha256(b"a model").hexdigest()
    assert own.native("HEAD", f"blobs/{digest}").status == 404
    assert own.put("1/r/artifacts/again", b"a model").status == 200
    assert own.put("1/r/artifacts/plain", b"plain").status == 200
    assert client.json("scrub")["damages"] == []
    assert own.get("1/models/m-1/artifacts/MLmodel").body == b"a model"


def test_a_stopped_server_is_scrubbed_from_its_folder(gatehouse: Path, run: object, tmp_path: Path) -> None:
    with started_server(gatehouse, tmp_path / "data") as server:
        ArtifactServer(port(server), server.token).put("1/r/artifacts/f", b"content")
        busy = run("scrub", "--data-dir", server.data_dir, check=False)
        assert busy.returncode == 1 and "Another Gatehouse" in busy.stderr
    assert "1 blobs" in run("scrub", "--data-dir", tmp_path / "data").stdout
    blob_file(server, b"content").unlink()
    gone = run("scrub", "--data-dir", tmp_path / "data", "--limit-rate", 100, check=False)
    assert gone.returncode == ANSWER_IS_NO and "1/r/artifacts/f" in gone.stdout
    assert run("scrub", "--data-dir", tmp_path / "none", check=False).returncode == 1
    assert run("scrub", "--limit-rate", 0, check=False).returncode == 64
