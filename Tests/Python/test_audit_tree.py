"""The tamper-evident log from outside: checked by the Go project's own implementation, and by ours against every attack."""

import base64
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import COMMAND_SECONDS_MAX, Client, started_server
from mortal_server import Interrupted, MortalServer


def fill(client: Client, first: int, last: int) -> None:
    """One audit entry for each number."""

    def one(number: int) -> None:
        status, answer = client.call("POST", "models", {"name": f"model-{number}"})
        assert status == 201, answer

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(first, last)))


def fetch(client: Client, path: str, token: str | None = None) -> tuple[int, bytes, dict]:
    request = urllib.request.Request(f"{client.server.url}/api/gatehouse/v1/{path}")
    request.add_header("Authorization", f"Bearer {token or client.server.token}")
    try:
        with urllib.request.urlopen(request, timeout=COMMAND_SECONDS_MAX) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read(), dict(refusal.headers)


@pytest.fixture(scope="module")
def log(gatehouse, run, tmp_path_factory):
    """The data folder of a stopped server with some 280 entries, its public key, its token, and a receipt."""
    folder = tmp_path_factory.mktemp("log")
    data = folder / "data"
    with started_server(gatehouse, data, "--audit-origin", "test.example/log") as server:
        client = Client(gatehouse, server)
        fill(client, 0, 280)
        key = client("audit", "key").stdout.strip()
        client("audit", "receipt", "--entry", 17, "-o", folder / "17.tlog-proof")
        token = server.token
    return {"data": data, "key": key, "receipt": folder / "17.tlog-proof", "token": token}


@pytest.fixture
def copy(log, tmp_path):
    """The folder as an attacker would get it."""
    shutil.copytree(log["data"], tmp_path / "data")
    return tmp_path / "data"


def verify(run, path, *options: object, code: int = 0) -> dict:
    done = run("audit", "verify", path, *options, "--json", check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def change(data: Path, *statements: str) -> None:
    """What somebody with the database in their hands does."""
    with sqlite3.connect(data / "gatehouse.db") as database:
        for name in [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]:
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
    database.close()


# Another implementation


def test_go_accepts_checkpoint_entries_tiles_and_proofs_of_a_folder(log, auditcheck):
    said = auditcheck("log", log["data"] / "audit", log["key"])
    assert int(said.split()[2]) >= 280
    other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    auditcheck("log", log["data"] / "audit", other, code=1)


def test_go_accepts_a_receipt_and_no_changed_one(log, auditcheck, tmp_path):
    auditcheck("receipt", log["receipt"], log["key"])
    text = log["receipt"].read_bytes()
    changed = tmp_path / "changed.tlog-proof"
    for position in range(0, len(text), 37):
        # Go's base64 ignores the spare bits of the last character before the padding: there nothing changes for it.
        if text[position + 1 : position + 2] == b"=":
            continue
        changed.write_bytes(text[:position] + bytes([text[position] ^ 1]) + text[position + 1 :])
        auditcheck("receipt", changed, log["key"], code=1)


def test_go_accepts_what_the_server_answers(client, auditcheck, tmp_path):
    key = client.json("audit", "key")["key"]
    fill(client, 0, 20)
    client("audit", "receipt", "--entry", 15, "-o", tmp_path / "15")
    old, new, proof, entry = (tmp_path / name for name in ("old", "new", "proof", "entry"))
    old.write_bytes(fetch(client, "audit/checkpoint")[1])
    fill(client, 20, 300)
    client("audit", "receipt", "--entry", 290)
    new.write_bytes(fetch(client, "audit/checkpoint")[1])
    sizes = [int(path.read_text().split("\n")[1]) for path in (old, new)]
    assert sizes[0] < sizes[1]
    _, answer = client.call("GET", f"audit/proofs/consistency?from={sizes[0]}&to={sizes[1]}")
    proof.write_text("\n".join(answer["hashes"]))
    auditcheck("consistency", old, new, key, proof)
    auditcheck("consistency", new, old, key, proof, code=1)
    for index in (0, 255, 256, sizes[1] - 1):
        _, answer = client.call("GET", f"audit/proofs/inclusion?index={index}&size={sizes[1]}")
        proof.write_text("\n".join(answer["hashes"]))
        bundle, within = divmod(index, 256)
        width = min(256, sizes[1] - 256 * bundle)
        path = f"audit/tile/entries/{bundle:03}" + ("" if width == 256 else f".p/{width}")
        status, content, headers = fetch(client, path)
        assert status == 200, content
        assert ("immutable" in headers["Cache-Control"]) == (width == 256)
        for _ in range(within):
            content = content[2 + int.from_bytes(content[:2], "big") :]
        entry.write_bytes(content[2 : 2 + int.from_bytes(content[:2], "big")])
        auditcheck("inclusion", new, key, index, entry, proof)
        auditcheck("inclusion", new, key, (index + 1) % sizes[1], entry, proof, code=1)


# Reading over HTTP


def test_tiles_need_the_right_to_read_the_log_and_refuse_other_paths(client):
    for path in ("audit/checkpoint", "audit/tile/0/000.p/1", "audit/key", "audit/receipt?entry=1"):
        assert fetch(client, path, token="nobody")[0] == 401
    for path in (
        "audit/tile/0/999",
        "audit/tile/../key",
        "audit/tile/%2e%2e/key",
        "audit/tile/key",
        "audit/tile/9/000",
    ):
        assert fetch(client, path)[0] == 404
    assert fetch(client, "audit/proofs/inclusion?index=9000000000000000000")[0] == 400
    assert fetch(client, "audit/proofs/consistency?from=5&to=2")[0] == 400
    assert fetch(client, "audit/receipt?entry=999999")[0] == 409
    assert fetch(client, "audit/receipt")[0] == 400
    assert fetch(client, "audit/receipt?model=none&version=1")[0] == 404


# Verifying offline


def test_a_folder_as_it_was_written_verifies(run, log):
    found = verify(run, log["data"], "--key", log["key"])
    assert found["verified"] and found["entries"] >= 280 and found["unsigned"] == 0 and found["findings"] == []
    assert found["origin"] == "test.example/log"
    assert verify(run, log["data"] / "audit", "--key", log["key"])["verified"]
    # Without a key nothing says whose log it is.
    assert verify(run, log["data"])["key_source"] == "beside the log"
    assert run("audit", "receipt", "verify", log["receipt"], "--key", log["key"]).stdout.startswith("holds: entry 17")
    answer = json.loads(run("audit", "receipt", "verify", log["receipt"], "--key", log["key"], "--json").stdout)
    assert answer["verified"] and answer["entry"]["sequence"] == 17


def test_tiles_without_a_key_are_not_called_verified(run, log, tmp_path):
    shutil.copytree(log["data"] / "audit", tmp_path / "tiles", ignore=shutil.ignore_patterns("key*"))
    found = verify(run, tmp_path / "tiles", code=3)
    assert not found["verified"] and found["signature"] == "unchecked" and found["findings"] == []


@pytest.mark.parametrize(
    ("statement", "record"),
    [
        (
            "UPDATE audit_entry SET body = CAST(replace(CAST(body AS TEXT), 'model-', 'modem-') AS BLOB) WHERE sequence = 101",
            101,
        ),
        ("UPDATE audit_entry SET leaf_hash = zeroblob(32) WHERE sequence = 7", 7),
        ("UPDATE audit_entry SET outcome = 'granted' WHERE sequence = 8", 8),
        ("DELETE FROM audit_entry WHERE sequence = 50", 50),
        ("DELETE FROM audit_entry WHERE sequence > 270", 271),
    ],
)
def test_a_changed_database_is_noticed_and_the_record_named(run, log, copy, statement, record):
    change(copy, statement)
    found = verify(run, copy, "--key", log["key"], code=2)
    assert record in [finding["entry"] for finding in found["findings"]], found
    assert f"entry {record}" in run("audit", "verify", copy, "--key", log["key"], check=False).stdout


def test_a_flipped_bit_in_any_file_of_the_log_is_noticed(run, log, copy):
    audit = copy / "audit"
    for path in [path for path in audit.rglob("*") if path.is_file() and not path.name.startswith("key")]:
        original = path.read_bytes()
        for position in (0, len(original) // 2, len(original) - 1):
            path.write_bytes(original[:position] + bytes([original[position] ^ 4]) + original[position + 1 :])
            found = verify(run, copy, "--key", log["key"], code=2)
            named = [finding["record"] for finding in found["findings"]]
            name = str(path.relative_to(audit))
            assert name in named or name.startswith("tile/entries") and any(n.startswith("entry") for n in named), named
        path.write_bytes(original)
    assert verify(run, copy, "--key", log["key"])["verified"]


def test_a_receipt_with_a_changed_byte_is_refused_offline(run, log, tmp_path):
    text = log["receipt"].read_bytes()
    for position in range(0, len(text), 101):
        (tmp_path / "r").write_bytes(text[:position] + bytes([text[position] ^ 2]) + text[position + 1 :])
        done = run("audit", "receipt", "verify", tmp_path / "r", "--key", log["key"], "--json", check=False)
        assert done.returncode == 2 and json.loads(done.stdout)["verified"] is False
    forged = base64.b64decode(text.split(b"\n")[1].split(b" ")[1]).replace(b"model-", b"modem-")
    (tmp_path / "r").write_bytes(text.replace(text.split(b"\n")[1], b"extra " + base64.b64encode(forged)))
    assert run("audit", "verify", tmp_path / "r", "--key", log["key"], check=False).returncode == 2


def test_what_is_no_log_is_refused(run, tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        assert run("audit", "verify", path, "--key", "x", check=False).returncode == 1
    assert run("audit", "receipt", "verify", tmp_path / "missing", "--key", "x", check=False).returncode == 1


# Starting


def start_fails(gatehouse, data: Path) -> str:
    done = subprocess.run(
        [gatehouse, "serve", "--port", "0", "--data-dir", data],
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS_MAX,
    )
    assert done.returncode == 1, done
    return done.stderr


def test_a_restored_older_database_is_not_appended_to(gatehouse, log, copy, tmp_path):
    shutil.copytree(copy, tmp_path / "backup")
    with started_server(gatehouse, copy, token=log["token"]) as server:
        fill(Client(gatehouse, server), 1000, 1010)
    for file in copy.glob("gatehouse.db*"):
        file.unlink()
    shutil.copy(tmp_path / "backup" / "gatehouse.db", copy / "gatehouse.db")
    checkpoint = (copy / "audit" / "checkpoint").read_bytes()
    said = start_fails(gatehouse, copy)
    assert "table-behind-checkpoint" in said and "fix:" in said
    assert (copy / "audit" / "checkpoint").read_bytes() == checkpoint


def test_an_old_database_is_brought_in_step_on_demand_and_the_log_says_so(
    gatehouse, run, log, copy, tmp_path, auditcheck
):
    with sqlite3.connect(copy / "gatehouse.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    shutil.copy(copy / "gatehouse.db", tmp_path / "old.db")
    before = (copy / "audit" / "checkpoint").read_text()
    old = int(before.split("\n")[1])
    with started_server(gatehouse, copy, token=log["token"]) as server:
        fill(Client(gatehouse, server), 1000, 1010)
    for file in copy.glob("gatehouse.db*"):
        file.unlink()
    shutil.copy(tmp_path / "old.db", copy / "gatehouse.db")
    checkpoint = (copy / "audit" / "checkpoint").read_bytes()

    def recover(*options: str, code: int = 0) -> dict:
        done = run("audit", "recover", copy, *options, "--json", check=False)
        assert done.returncode == code, done
        return json.loads(done.stdout)

    said = recover(code=3)
    assert (said["case"], said["first"], said["last"], said["done"]) == (
        "table-behind-checkpoint",
        old + 1,
        old + 10,
        False,
    )
    assert {entry["model_name"] for entry in said["entries"]} == {f"model-{number}" for number in range(1000, 1010)}
    assert (copy / "audit" / "checkpoint").read_bytes() == checkpoint
    assert recover("--confirm")["audit_sequence"] == old + 11
    assert recover() == {"case": None, "done": False, "entries": [], "audit_sequence": None}
    with started_server(gatehouse, copy, token=log["token"]) as server:
        client = Client(gatehouse, server)
        last = client.json("audit", "log", "--newest-first", "--limit", 11)["items"]
        assert last[0]["action"] == "audit.recovered"
        assert last[0]["facts"] == {"case": "table-behind-checkpoint", "first": old + 1, "last": old + 10}
        assert all(entry["principal"].startswith("token:") for entry in last[1:])
        fill(client, 1000, 1002)
    assert verify(run, copy, "--key", log["key"])["entries"] == old + 13
    auditcheck("log", copy / "audit", log["key"])
    # Whoever kept a receipt from before sees one history.
    auditcheck("receipt", log["receipt"], log["key"])


def test_a_damaged_checkpoint_is_published_again_on_demand(gatehouse, run, log, copy):
    (copy / "audit" / "checkpoint").write_bytes(b"\xff\x00")
    assert "checkpoint-damaged" in start_fails(gatehouse, copy)
    done = run("audit", "recover", copy, check=False)
    assert done.returncode == 3 and "would be published again" in done.stdout
    assert "entry" in run("audit", "recover", copy, "--confirm").stdout
    assert verify(run, copy, "--key", log["key"])["verified"]


def test_a_changed_database_is_not_put_right(run, copy):
    change(
        copy, "DELETE FROM audit_entry WHERE sequence > 100", "UPDATE audit_entry SET version = 7 WHERE sequence = 99"
    )
    change(
        copy,
        "UPDATE audit_counter SET last = 100",
        "UPDATE audit_entry SET body = CAST('{}' AS BLOB) WHERE sequence = 5",
    )
    for options in [[], ["--confirm"]]:
        done = run("audit", "recover", copy, *options, check=False)
        assert done.returncode == 1 and "entries-differ" in done.stderr


def test_a_start_names_what_was_changed(gatehouse, copy):
    change(
        copy,
        "UPDATE audit_entry SET body = CAST(replace(CAST(body AS TEXT), 'model-', 'modem-') AS BLOB) WHERE sequence = 99",
    )
    said = start_fails(gatehouse, copy)
    assert "entries-differ" in said and "entry 99" in said
    (copy / "audit" / "key").unlink()
    assert "key-missing" in start_fails(gatehouse, copy)


def test_a_lost_audit_folder_is_written_again(gatehouse, run, log, copy):
    keys = {name: (copy / "audit" / name).read_bytes() for name in ("key", "key.pub")}
    shutil.rmtree(copy / "audit")
    (copy / "audit").mkdir()
    for name, text in keys.items():
        (copy / "audit" / name).write_bytes(text)
    with started_server(gatehouse, copy, token=log["token"]):
        pass
    assert verify(run, copy, "--key", log["key"])["entries"] >= 280


def test_a_changed_key_is_in_the_log_and_signs_from_then_on(gatehouse, run, log, copy, auditcheck):
    keys = json.loads(run("audit", "rotate-key", "--data-dir", copy, "--json").stdout)
    assert keys["old_key"] == log["key"]
    # One checkpoint carries both signatures.
    for key in keys.values():
        assert verify(run, copy, "--key", key)["verified"]
        auditcheck("log", copy / "audit", key)
    with started_server(gatehouse, copy, token=log["token"]) as server:
        client = Client(gatehouse, server)
        fill(client, 2000, 2001)
        assert client("audit", "key").stdout.strip() == keys["new_key"]
        client("audit", "receipt", "--entry", 282)
    assert verify(run, copy, "--key", keys["new_key"])["verified"]
    verify(run, copy, "--key", keys["old_key"], code=2)


def test_killed_servers_lose_no_entry_and_sign_no_second_history(gatehouse, run, tmp_path, auditcheck):
    server = MortalServer(gatehouse, tmp_path)
    checkpoints = []
    acknowledged = set()
    for turn in range(4):
        server.start()
        with ThreadPoolExecutor(4) as pool:
            names = [f"m-{turn}-{number}" for number in range(120)]

            def register(name: str) -> str | None:
                try:
                    server.call("POST", "models", body={"name": name})
                except Interrupted:
                    return None
                return name

            answers = [pool.submit(register, name) for name in names]
            while sum(answer.done() for answer in answers) < 30 * (turn + 1) - 20:
                time.sleep(0.001)
            server.kill()
            acknowledged |= {answer.result() for answer in answers} - {None}
        checkpoints.append((tmp_path / "data/audit/checkpoint").read_bytes())
    server.start()
    assert server.stop() == 0
    key = (tmp_path / "data/audit/key.pub").read_text().strip()
    found = verify(run, tmp_path / "data", "--key", key)
    assert found["verified"] and found["entries"] >= len(acknowledged) and found["unsigned"] == 0
    auditcheck("log", tmp_path / "data/audit", key)
    with sqlite3.connect(tmp_path / "data/gatehouse.db") as database:
        rows = {row[0] for row in database.execute("SELECT model FROM audit_entry WHERE action = 'model.created'")}
    assert acknowledged <= rows
    # Whatever was published before a kill is under the last root.
    sizes = [int(checkpoint.split(b"\n")[1]) for checkpoint in checkpoints]
    assert sizes == sorted(sizes)


SIGNER = """#!{python}
import base64, json, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
note = json.load(sys.stdin)["note"].encode()
print(json.dumps({{"signature": base64.b64encode(Ed25519PrivateKey.from_private_bytes(bytes(32)).sign(note)).decode()}}))
"""


def test_a_program_signs_where_the_key_is_kept_elsewhere(gatehouse, run, tmp_path, auditcheck):
    ed25519 = pytest.importorskip(
        "cryptography.hazmat.primitives.asymmetric.ed25519", reason="cryptography is not installed"
    )
    public = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    name = "elsewhere.example/log"
    identity = hashlib.sha256(name.encode() + b"\n\x01" + public).hexdigest()[:8]
    key = f"{name}+{identity}+{base64.b64encode(bytes([1]) + public).decode()}"
    signer = tmp_path / "signer"
    signer.write_text(SIGNER.format(python=sys.executable))
    signer.chmod(0o755)
    with started_server(gatehouse, tmp_path / "data", "--audit-signer", signer, "--audit-signer-key", key) as server:
        client = Client(gatehouse, server)
        fill(client, 0, 3)
        client("audit", "receipt", "--entry", 3, "-o", tmp_path / "receipt")
        assert client("audit", "key").stdout.strip() == key
    assert not (tmp_path / "data/audit/key").exists()
    assert verify(run, tmp_path / "data", "--key", key)["verified"]
    auditcheck("receipt", tmp_path / "receipt", key)
