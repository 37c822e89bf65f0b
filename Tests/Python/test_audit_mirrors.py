"""Mirrors and witnesses of a running server's audit log, checked by readers that know only the specifications."""

import base64
import http.client
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import COMMAND_SECONDS_MAX, Client, started_server
from postgres_cluster import cluster, programs
from tile_log import TileLog, is_signed, read_checkpoint, read_entries

SECONDS_MAX = 120


def eventually(look: Callable[[], object]) -> object:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    pytest.fail(f"nothing was found within {SECONDS_MAX} s")


def in_step(client: Client) -> dict | None:
    """The mirrors' state, once all of them hold the whole log."""
    status, answer = client.call("GET", "audit/mirrors")
    assert status == 200
    return answer if all(mirror["lag_entries"] == 0 for mirror in answer["mirrors"]) else None


def test_a_folder_holds_a_copy_that_others_can_check(gatehouse: Path, tmp_path: Path) -> None:
    copy = tmp_path / "volume"
    copy.mkdir()
    with started_server(gatehouse, tmp_path / "data", "--audit-mirror", str(copy)) as server:
        client = Client(gatehouse, server)
        client("model", "create", "credit-risk")
        answer = eventually(lambda: in_step(client))
        vkey = client("audit", "key").stdout.strip()
        assert answer["entries"] == answer["mirrors"][0]["held"] == len(read_entries(copy))
        assert answer["mirrors"][0]["kind"] == "directory"
        assert is_signed((copy / "checkpoint").read_text(), vkey)
        assert b"credit-risk" in b"".join(read_entries(copy))
        shown = client.json("audit", "mirrors")
        assert shown["mirrors"][0]["state"] == "in_step"
        assert shown["mirrors"][0]["reason"] is None
    assert not list(copy.rglob("*.new"))


def test_an_outage_costs_nothing_and_is_caught_up_with(gatehouse: Path, tmp_path: Path) -> None:
    bin = programs()
    if bin is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    copy = tmp_path / "volume"
    with cluster(bin) as postgres:
        ddl = subprocess.run([gatehouse, "audit", "mirror-ddl"], capture_output=True, text=True, check=True).stdout
        postgres.sql(ddl + "\nALTER ROLE gatehouse_mirror PASSWORD 'writer-s3cret';")
        url = postgres.url("gatehouse_mirror", "writer-s3cret")
        options = ["--audit-mirror", str(copy), "--audit-mirror", url]
        with started_server(gatehouse, tmp_path / "data", *options) as server:
            client = Client(gatehouse, server)
            mirrors = client.json("audit", "mirrors", code=3)["mirrors"]
            # The folder is not there yet, as where a volume is not mounted.
            absent = eventually(
                lambda: [m for m in client.call("GET", "audit/mirrors")[1]["mirrors"] if m["state"] == "unreachable"]
            )
            assert "There is no folder" in absent[0]["message"]
            assert (absent[0]["lag_entries"], absent[0]["reason"]) == (None, "not_reached")
            assert len(mirrors) == 2
            copy.mkdir()
            eventually(lambda: in_step(client))
            postgres.stop()
            for number in range(30):
                client.call("POST", "models", {"name": f"model-{number}"})
            behind = eventually(
                lambda: [
                    m
                    for m in client.call("GET", "audit/mirrors")[1]["mirrors"]
                    if m["state"] == "unreachable" and (m["lag_entries"] or 0) >= 30
                ]
            )
            assert behind[0]["kind"] == "postgres"
            assert client("audit", "mirrors", code=3).stdout.count("gatehouse_mirror@127.0.0.1") == 1
            postgres.start()
            eventually(lambda: in_step(client))
            count = postgres.sql("SELECT COUNT(*) FROM gatehouse_audit.entry").stdout
            assert int(count) == len(read_entries(copy))
        assert "writer-s3cret" not in server.log.read_text()


def test_a_mirror_that_was_changed_is_an_alarm_and_an_entry(gatehouse: Path, tmp_path: Path) -> None:
    copy = tmp_path / "volume"
    copy.mkdir()
    foreign = TileLog([b"another log's entry"]).write(copy).joinpath("checkpoint").read_bytes()
    with started_server(gatehouse, tmp_path / "data", "--audit-mirror", str(copy)) as server:
        client = Client(gatehouse, server)
        mirror = eventually(lambda: [m for m in client.call("GET", "audit/mirrors")[1]["mirrors"] if m["alarm"]])[0]
        assert (mirror["state"], mirror["alarm"]) == ("alarmed", "checkpoint_differs")
        assert client("audit", "mirrors", code=2).stdout.count("checkpoint_differs") == 1
        alarms = eventually(
            lambda: [e for e in client.json("audit", "log")["items"] if e["action"] == "mirror.alarmed"]
        )
        assert alarms[0]["facts"]["alarm"] == "checkpoint_differs"
        # Nothing was written over.
        assert (copy / "checkpoint").read_bytes() == foreign
        assert {file.name for file in copy.rglob("*") if file.is_file()} == {"checkpoint", "1"}


def test_two_servers_witness_each_other(gatehouse: Path, auditcheck: Callable[..., str], tmp_path: Path) -> None:
    """A cosigns for B; B has its checkpoints cosigned. Whoever trusts A sees that B shows one history, and Go's own
    implementation of notes agrees."""
    ours = tmp_path / "logs.txt"
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    # The key of the log that will be witnessed is made by a first start.
    with started_server(gatehouse, two / "data", "--audit-origin", "two.example/audit") as server:
        vkey = Client(gatehouse, server)("audit", "key").stdout.strip()
        token = server.token
    ours.write_text(f"log {vkey}\nquorum none\n")
    options = ["--witness-for", str(ours), "--witness-name", "one.example/witness"]
    with started_server(gatehouse, one / "data", *options) as witness:
        witness_key = (one / "data/audit/witness.pub").read_text().strip()
        secret = one / "data/audit/witness.key"
        assert secret.stat().st_mode & 0o777 == 0o600
        policy = tmp_path / "witnesses.txt"
        policy.write_text(f"witness one {witness_key} {witness.url}/witness\nquorum one\n")
        with started_server(gatehouse, two / "data", "--audit-witnesses", str(policy), token=token) as server:
            client = Client(gatehouse, server)
            witnessed = two / "data/audit/checkpoint.witnessed"
            client("model", "create", "m1")
            answer = eventually(
                lambda: (found := client.call("GET", "audit/mirrors")[1])["witnessed_entries"] == found["entries"] and found
            )
            assert answer["witnesses"][0]["failure"] is None
            size = answer["entries"]
            assert size == client.json("audit", "log", "--newest-first", "--limit", 1)["items"][0]["sequence"]
            text = witnessed.read_text()
            assert is_signed(text, vkey)
            assert is_signed(text, witness_key)
            assert read_checkpoint(text)[1] == size
            said = auditcheck("cosignature", witnessed, witness_key, vkey).split()
            assert said[0] == "one.example/witness" and int(said[2]) == size
            assert abs(int(said[5]) - time.time()) < 3600, "the time that the witness signed"
            changed = tmp_path / "changed"
            lines = text.splitlines(keepends=True)
            cosigned = next(number for number, line in enumerate(lines) if line.startswith("— one.example/witness "))
            line = bytearray(base64.b64decode(lines[cosigned].split()[2]))
            for position in [4, 11, 12, len(line) - 1]:  # the time's ends, the signature's ends
                other = bytes(byte ^ (position == at) for at, byte in enumerate(line))
                lines[cosigned] = f"— one.example/witness {base64.b64encode(other).decode()}\n"
                changed.write_text("".join(lines))
                auditcheck("cosignature", changed, witness_key, vkey, code=1)
            # The same checkpoint again, as anybody may send it; then a smaller tree, which is told what is known.
            assert post(witness.url, f"old {size}\n\n{text}")[0] == 200
            status, kind, body = post(witness.url, f"old 0\n\n{text}")
            assert (status, kind, body) == (409, "text/x.tlog.size", f"{size}\n")
            assert post(witness.url, "old 0\n\n" + TileLog([b"x"]).checkpoint)[0] == 404
            assert post(witness.url, f"old {size}\n\n" + text.replace("— two", "— too"))[0] == 403
            assert post(witness.url, "nonsense")[0] == 400
            assert post(witness.url, "old 0\n" + "x" * 200_000)[0] == 400


def post(url: str, body: str) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    connection.request("POST", "/witness/add-checkpoint", body.encode())
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    return answer.status, answer.headers["Content-Type"], content


def test_wrong_places_are_refused_at_the_start(gatehouse: Path, tmp_path: Path) -> None:
    for option, value, words in [
        ("--audit-mirror", "s3://bucket/x?region=eu-central-1", "how long objects are locked"),
        ("--audit-mirror", "ftp://example.org", "no kind of mirror"),
        ("--audit-mirror", "postgres://w:s3cret@h/d?nonsense=1", "is not understood by libpq"),
        ("--audit-witnesses", str(tmp_path / "absent"), "no readable witness policy"),
    ]:
        done = subprocess.run(
            [gatehouse, "serve", "--port", "0", "--data-dir", tmp_path / "data", option, value],
            capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX, check=False,
        )  # fmt: skip
        assert done.returncode in (1, 4)
        assert words in done.stderr
        assert "s3cret" not in done.stderr
    assert not (tmp_path / "data").exists()
    bad = tmp_path / "policy.txt"
    bad.write_text("witness A nonsense\nquorum B\n")
    done = subprocess.run(
        [gatehouse, "serve", "--data-dir", tmp_path / "data", "--audit-witnesses", bad],
        capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX, check=False,
    )  # fmt: skip
    assert "line 1:" in done.stderr
    assert "line 2:" in done.stderr


def test_a_folder_is_mirrored_and_compared_without_a_server(run: Callable, tmp_path: Path) -> None:
    log = TileLog([b'{"sequence":%d}' % number for number in range(600)])
    folder, copy = log.write(tmp_path / "log"), tmp_path / "copy"
    copy.mkdir()
    for _ in range(2):
        assert json.loads(run("audit", "mirror", folder, copy, "--json").stdout)["held"] == 600
        assert read_entries(copy) == log.entries
    behind = run(
        "audit", "mirror", "--check", TileLog(log.entries[:500]).write(tmp_path / "old"), copy, "--json", check=False
    )
    assert behind.returncode == 2
    assert json.loads(behind.stdout)["alarm"] == "mirror_ahead"
