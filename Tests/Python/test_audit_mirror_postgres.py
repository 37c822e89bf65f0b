"""The mirror of the audit log in PostgreSQL: a real one, started for these tests."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from postgres_cluster import Cluster, cluster, programs
from tile_log import TileLog, leaf

# A name that would break out of any quotes that are not doubled.
ROLE = "mirror\"r'; DROP TABLE x; --"
PASSWORD = "writer-s3cret"
NASTY = [
    b"",
    b"\0\0",
    b"'); DROP TABLE gatehouse_audit.entry; --",
    bytes(range(256)),
    "é\U0001f980".encode(),
    b"\\x00",
    b"$1",
]


def entries(count: int) -> list[bytes]:
    return [NASTY[at] if at < len(NASTY) else b'{"sequence":%d}' % at for at in range(count)]


@pytest.fixture(scope="module")
def running(gatehouse: Path) -> Iterator[Cluster]:
    bin = programs()
    if bin is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with cluster(bin) as started:
        yield started


@pytest.fixture
def postgres(running: Cluster, run: Callable) -> Cluster:
    """With fresh tables, made by the printed statements."""
    running.sql("DROP SCHEMA IF EXISTS gatehouse_audit CASCADE")
    running.sql(run("audit", "mirror-ddl", "--role", ROLE).stdout)
    quoted = ROLE.replace('"', '""')
    running.sql(f"ALTER ROLE \"{quoted}\" PASSWORD '{PASSWORD}'")
    return running


def url(postgres: Cluster, password: str = PASSWORD) -> str:
    return postgres.url(ROLE.replace('"', "%22").replace("'", "%27").replace(";", "%3B").replace(" ", "%20"), password)


@pytest.fixture
def mirror(run: Callable, postgres: Cluster, tmp_path: Path) -> Callable:
    """Writes a log with these entries and mirrors it: the exit code and what was printed."""

    def mirror(log: TileLog, *options: str) -> tuple[int, dict]:
        folder = log.write(tmp_path / f"log-{len(list(tmp_path.iterdir()))}")
        done = run("audit", "mirror", folder, url(postgres), "--json", *options, check=False)
        assert PASSWORD not in done.stdout + done.stderr
        return done.returncode, json.loads(done.stdout)

    return mirror


def rows(postgres: Cluster) -> list[tuple[int, bytes, bytes]]:
    text = postgres.sql(
        "SELECT sequence, encode(body, 'hex'), encode(leaf_hash, 'hex') FROM gatehouse_audit.entry ORDER BY sequence"
    ).stdout
    parts = [line.split("|") for line in text.splitlines()]
    return [(int(number), bytes.fromhex(body), bytes.fromhex(hash)) for number, body, hash in parts]


def change(postgres: Cluster, statement: str) -> None:
    """What somebody with all rights could do."""
    triggers = ["entry", "checkpoint"]
    off = "".join(f"ALTER TABLE gatehouse_audit.{table} DISABLE TRIGGER ALL; " for table in triggers)
    on = "".join(
        f"ALTER TABLE gatehouse_audit.{table} ENABLE ALWAYS TRIGGER {name}; "
        for table in triggers
        for name in ["refuse_change", "refuse_truncate"]
    )
    postgres.sql(off + statement + "; " + on)


def test_bytes_are_exact_and_a_second_delivery_changes_nothing(mirror: Callable, postgres: Cluster) -> None:
    log = TileLog(entries(700))
    code, finding = mirror(log)
    assert (code, finding["held"], finding["warnings"]) == (0, 700, [])
    expected = [(at + 1, entry, leaf(entry)) for at, entry in enumerate(log.entries)]
    assert rows(postgres) == expected
    before = postgres.sql("SELECT sequence, written_at FROM gatehouse_audit.entry ORDER BY 1").stdout
    assert mirror(log)[0] == 0
    assert postgres.sql("SELECT sequence, written_at FROM gatehouse_audit.entry ORDER BY 1").stdout == before
    assert postgres.sql("SELECT size, note FROM gatehouse_audit.checkpoint").stdout == f"700|{log.checkpoint}\n"
    assert mirror(TileLog(entries(900)))[1]["held"] == 900


# What somebody with the writer's password may try.
ATTEMPTS = [
    "UPDATE gatehouse_audit.entry SET body = body",
    "DELETE FROM gatehouse_audit.entry",
    "TRUNCATE gatehouse_audit.entry",
    "UPDATE gatehouse_audit.checkpoint SET note = ''",
    "DELETE FROM gatehouse_audit.checkpoint",
    "ALTER TABLE gatehouse_audit.entry DISABLE TRIGGER ALL",
    "DROP TABLE gatehouse_audit.entry",
    "DROP SCHEMA gatehouse_audit CASCADE",
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION gatehouse_audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN OLD; END$$",
    "INSERT INTO gatehouse_audit.entry (sequence, body, leaf_hash, written_at) VALUES (99, '', '', now())",
    "INSERT INTO gatehouse_audit.entry (sequence, body, leaf_hash) VALUES (99, 'a', sha256('a'))",
    "INSERT INTO gatehouse_audit.entry (sequence, body, leaf_hash) SELECT sequence, body, leaf_hash "  # noqa: ISC004
    "FROM gatehouse_audit.entry ON CONFLICT (sequence) DO UPDATE SET body = 'a'",
    "GRANT UPDATE ON gatehouse_audit.entry TO PUBLIC; UPDATE gatehouse_audit.entry SET body = body",
]


def test_the_writer_can_change_nothing(mirror: Callable, postgres: Cluster) -> None:
    mirror(TileLog(entries(20)))
    before = rows(postgres)
    for statement in ATTEMPTS:
        assert postgres.sql(statement, url(postgres), check=False).returncode != 0, statement
    assert rows(postgres) == before


def test_the_owner_is_kept_from_mistakes_also_as_a_replica(mirror: Callable, postgres: Cluster) -> None:
    mirror(TileLog(entries(20)))
    for statement in ["UPDATE {} SET written_at = now()", "DELETE FROM {}", "TRUNCATE {}"]:
        for table in ["gatehouse_audit.entry", "gatehouse_audit.checkpoint"]:
            for setting in ["origin", "replica"]:
                text = f"SET session_replication_role = {setting}; {statement.format(table)}"
                assert f"{table} is append-only" in postgres.sql(text, check=False).stderr


def test_every_way_of_disagreeing_is_named_and_nothing_is_written(mirror: Callable, postgres: Cluster) -> None:
    other = "sha256(decode('00', 'hex') || 'other'::bytea)"
    cases = [
        (
            f"UPDATE gatehouse_audit.entry SET body = 'other', leaf_hash = {other} WHERE sequence = 12",
            "entry_differs",
            "12",
        ),
        ("DELETE FROM gatehouse_audit.entry WHERE sequence = 5", "entry_missing", "5"),
        ("DELETE FROM gatehouse_audit.entry WHERE sequence = 1", "entry_missing", "1"),
        ("DELETE FROM gatehouse_audit.entry WHERE sequence > 15", "entry_missing", "16"),
        ("TRUNCATE gatehouse_audit.entry", "entry_missing", "1"),
        (f"INSERT INTO gatehouse_audit.entry VALUES (21, 'other', {other})", "entry_differs", "21"),
        (f"INSERT INTO gatehouse_audit.entry VALUES (24, 'other', {other})", "entry_missing", "21"),
        (f"INSERT INTO gatehouse_audit.entry VALUES (40, 'other', {other})", "mirror_ahead", "40"),
    ]
    for statement, alarm, number in cases:
        change(postgres, "TRUNCATE gatehouse_audit.entry; TRUNCATE gatehouse_audit.checkpoint")
        assert mirror(TileLog(entries(20)))[0] == 0
        change(postgres, statement)
        before = rows(postgres)
        code, finding = mirror(TileLog(entries(30)))
        assert (code, finding["alarm"], finding["held"]) == (2, alarm, None), statement
        assert number in finding["message"]
        assert rows(postgres) == before


def test_a_log_that_went_on_another_way_is_found(mirror: Callable, postgres: Cluster) -> None:
    mirror(TileLog(entries(20)))
    assert mirror(TileLog(entries(12)))[1]["alarm"] == "mirror_ahead"
    forked = [*entries(19), b"another end", *entries(30)[20:]]
    code, finding = mirror(TileLog(forked))
    assert (code, finding["alarm"]) == (2, "entry_differs")
    assert "entry 20 " in finding["message"]


def test_rights_that_weaken_the_mirror_are_said(
    mirror: Callable, postgres: Cluster, run: Callable, tmp_path: Path
) -> None:
    folder = TileLog(entries(3)).write(tmp_path / "log")
    owner = postgres.url("owner", "owner-password")
    warnings = json.loads(run("audit", "mirror", folder, owner, "--json").stdout)["warnings"]
    assert any("superuser" in warning for warning in warnings)
    postgres.sql("ALTER TABLE gatehouse_audit.entry DISABLE TRIGGER refuse_change")
    postgres.sql("GRANT DELETE ON gatehouse_audit.entry TO PUBLIC")
    warnings = mirror(TileLog(entries(3)))[1]["warnings"]
    assert any("may change or delete" in warning for warning in warnings)
    assert any("triggers" in warning for warning in warnings)


def test_what_keeps_it_from_connecting_is_said_without_the_password(
    run: Callable, postgres: Cluster, tmp_path: Path
) -> None:
    folder = TileLog(entries(3)).write(tmp_path / "log")
    for address, code, words in [
        (url(postgres, "wr0ng-s3cret"), 4, "password authentication failed"),
        (f"postgres://w:{PASSWORD}@127.0.0.1:1/postgres", 5, "127.0.0.1:1"),
        (url(postgres) + "x", 4, "does not exist"),
        (f"postgres://w:{PASSWORD}@/postgres?port=1&nonsense=2", 1, "is not understood by libpq"),
    ]:
        done = run("audit", "mirror", folder, address, check=False)
        assert done.returncode == code, done.stderr
        assert words in done.stderr
        assert "s3cret" not in done.stdout + done.stderr
    postgres.sql("DROP SCHEMA gatehouse_audit CASCADE")
    done = run("audit", "mirror", folder, url(postgres), check=False)
    assert done.returncode == 1
    assert "gatehouse_audit" in done.stderr


def test_killed_within_a_catch_up_it_goes_on_where_it_was(
    gatehouse: Path, mirror: Callable, postgres: Cluster, tmp_path: Path
) -> None:
    log = TileLog(entries(20_000))
    folder = log.write(tmp_path / "long")
    for wanted in [1, 3000, 9000]:
        process = subprocess.Popen([gatehouse, "audit", "mirror", folder, url(postgres)], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while len(rows(postgres)) < wanted and process.poll() is None:
            assert time.monotonic() < deadline, f"{wanted} entries did not arrive"
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # Whole batches or nothing, without a hole. Read once: what the killed one had sent may be committed after its end.
        held = rows(postgres)
        assert [row[0] for row in held] == list(range(1, len(held) + 1))
    code, finding = mirror(log)
    assert (code, finding["held"]) == (0, 20_000)
    assert [row[1] for row in rows(postgres)] == log.entries
