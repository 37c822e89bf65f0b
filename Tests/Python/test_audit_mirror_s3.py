"""The mirror of the audit log in a bucket with object lock. The server is moto, which imitates S3 and checks neither
signatures nor all of object lock: signatures are tested against Amazon's own examples (MirrorS3Tests), refusals against a
stand-in below. Tests on a real bucket would need an account."""

import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ports import unused_port
from tile_log import TileLog

START_SECONDS_MAX = 120
SECRET = "wJalr-s3cret"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET}


def entries(count: int) -> list[bytes]:
    return [b'{"sequence":%d}' % number for number in range(count)]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    program = os.environ.get("GATEHOUSE_S3_SERVER")
    if not program:
        pytest.skip("GATEHOUSE_S3_SERVER is not set: scripts/test installs moto and sets it")
    port = unused_port()
    process = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None and time.monotonic() < deadline, "the imitation of S3 did not start"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


class Bucket:
    def __init__(self, endpoint: str, name: str, is_locked: bool = True):
        self.endpoint, self.name = endpoint, name
        self.call("PUT", "", {"x-amz-bucket-object-lock-enabled": "true"} if is_locked else {})

    def call(
        self, method: str, key: str, headers: dict | None = None, body: bytes | None = None
    ) -> tuple[int, dict, bytes]:
        authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"
        request = urllib.request.Request(
            f"{self.endpoint}/{self.name}{'/' + key if key else ''}", body, {"Authorization": authorization, "Content-Type": "text/plain", **(headers or {})},
            method=method,
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def url(self, options: str = "retain=3650d") -> str:
        return f"s3://{self.name}/prod?{options}&endpoint={self.endpoint}"


@pytest.fixture
def bucket(endpoint: str, request: pytest.FixtureRequest) -> Bucket:
    return Bucket(endpoint, f"audit-{abs(hash(request.node.name)) % 10**9}")


@pytest.fixture
def mirror(run: Callable, tmp_path: Path) -> Callable:
    def mirror(log: TileLog, url: str, *options: str) -> tuple[int, dict | str]:
        folder = log.write(tmp_path / f"log-{len(list(tmp_path.iterdir()))}")
        environment = {**os.environ, **ENVIRONMENT}
        done = run("audit", "mirror", folder, url, "--json", *options, check=False, env=environment)
        assert SECRET not in done.stdout + done.stderr
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    return mirror


def test_tiles_and_checkpoints_are_there_byte_for_byte_and_locked(mirror: Callable, bucket: Bucket) -> None:
    log = TileLog(entries(300))
    assert mirror(log, bucket.url())[1]["held"] == 300
    for name, content in log.files().items():
        status, headers, body = bucket.call("GET", f"prod/{name}")
        headers = {key.lower(): value for key, value in headers.items()}
        assert (status, body) == (200, content), name
        assert headers["x-amz-object-lock-mode"] == "COMPLIANCE"
        years = int(headers["x-amz-object-lock-retain-until-date"][:4]) - time.gmtime().tm_year
        assert years in (9, 10)
        # Nobody takes a locked version away before its time.
        version = headers["x-amz-version-id"]
        assert bucket.call("DELETE", f"prod/{name}?versionId={version}")[0] == 403
    # Delivered again, nothing is put a second time, except that a checkpoint has its own versions.
    assert mirror(log, bucket.url())[0] == 0
    assert mirror(TileLog(entries(700)), bucket.url())[1]["held"] == 700
    listing = bucket.call("GET", "?versions&prefix=prod/")[2].decode()
    assert listing.count("<Key>prod/checkpoint</Key>") == 2
    assert listing.count("<Key>prod/tile/0/000</Key>") == 1


def test_a_delete_marker_is_noticed(mirror: Callable, bucket: Bucket) -> None:
    log = TileLog(entries(300))
    mirror(log, bucket.url())
    assert bucket.call("DELETE", "prod/tile/entries/000")[0] == 204
    code, finding = mirror(log, bucket.url())
    assert (code, finding["alarm"]) == (2, "file_deleted")
    assert "tile/entries/000" in finding["message"]


def test_a_deleted_checkpoint_is_noticed(mirror: Callable, bucket: Bucket) -> None:
    log = TileLog(entries(3))
    mirror(log, bucket.url())
    assert bucket.call("DELETE", "prod/checkpoint")[0] == 204
    assert mirror(log, bucket.url())[1]["alarm"] == "file_deleted"


def test_a_second_version_on_top_of_a_tile_is_noticed(mirror: Callable, bucket: Bucket) -> None:
    log = TileLog(entries(300))
    mirror(log, bucket.url())
    assert bucket.call("PUT", "prod/tile/0/000", body=b"forged")[0] == 200
    code, finding = mirror(log, bucket.url())
    assert (code, finding["alarm"]) == (2, "file_differs")


def test_a_mirror_ahead_of_the_log_or_of_another_history_is_not_touched(mirror: Callable, bucket: Bucket) -> None:
    mirror(TileLog(entries(300)), bucket.url())
    assert mirror(TileLog(entries(200)), bucket.url())[1]["alarm"] == "mirror_ahead"
    assert mirror(TileLog([*entries(299), b"x", b"y"]), bucket.url())[1]["alarm"] == "checkpoint_differs"


def test_a_file_that_somebody_put_there_before_is_not_replaced(mirror: Callable, bucket: Bucket) -> None:
    bucket.call("PUT", "prod/tile/entries/000", body=b"forged")
    code, finding = mirror(TileLog(entries(300)), bucket.url())
    assert (code, finding["alarm"]) == (2, "file_differs")
    assert bucket.call("GET", "prod/tile/entries/000")[2] == b"forged"
    assert bucket.call("GET", "prod/checkpoint")[0] == 404


def test_a_bucket_without_object_lock_is_refused(mirror: Callable, endpoint: str) -> None:
    open_bucket = Bucket(endpoint, "not-locked", is_locked=False)
    code, said = mirror(TileLog(entries(3)), open_bucket.url())
    assert code == 1
    assert "has no object lock" in said
    assert mirror(TileLog(entries(3)), Bucket.url(open_bucket).replace("not-locked", "absent-bucket"))[0] == 1


@pytest.mark.parametrize("refusal", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied"])
def test_refused_credentials_are_said_without_secrets(mirror: Callable, refusal: str) -> None:
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<Error><Code>{refusal}</Code><StringToSign>{SECRET}</StringToSign></Error>".encode()
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"s3://audit-bucket/prod?retain=1d&endpoint=http://127.0.0.1:{server.server_port}"
        code, said = mirror(TileLog(entries(3)), url)
        assert code == 4
        assert refusal in said
    finally:
        server.shutdown()
        server.server_close()
    code, said = mirror(TileLog(entries(3)), url)
    assert code == 5


def test_without_credentials_it_says_where_they_are_looked_for(run: Callable, tmp_path: Path) -> None:
    folder = TileLog(entries(3)).write(tmp_path / "log")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = run(
        "audit",
        "mirror",
        folder,
        "s3://audit-bucket?retain=1d&region=x",
        check=False,
        env={**environment, "HOME": str(tmp_path)},
    )
    assert done.returncode == 4
    assert "AWS_ACCESS_KEY_ID" in done.stderr
