"""Entries as the server writes them, straight into its database: a million through the API would take minutes."""

import hashlib
import json
import sqlite3

PEOPLE = 20
# Every tenth entry has a reason, which lies beside the log under a commitment.
REASON_EVERY = 10


def digest(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def people():
    for number in range(PEOPLE):
        salt, name = bytes([number]) * 16, f"user:reviewer-{number}"
        yield "user#" + digest(salt, name.encode()).hex(), name, salt


def reason(sequence):
    return sequence.to_bytes(16, "big"), f"reason {sequence}"


def entries(first, last):
    references = [reference for reference, _, _ in people()]
    for sequence in range(first, last + 1):
        texts = {}
        if sequence % REASON_EVERY == 0:
            salt, text = reason(sequence)
            texts["reason"] = digest(salt, text.encode()).hex()
        body = {
            "action": "transition.granted", "facts": {"from": "None", "to": "Staging", "policy": f"sha256:{sequence:064x}"},
            "format": 2, "id": f"bench-{sequence}", "model": f"model-{sequence % 1000}", "outcome": "granted", "people": {},
            "principal": references[sequence % PEOPLE], "sequence": sequence, "texts": texts,
            "time": 1700000000000 + sequence, "version": sequence % 50 + 1,
        }  # fmt: skip
        text = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        yield (
            sequence, body["id"], body["time"], body["principal"], body["action"], body["outcome"], body["model"],
            body["version"], text, digest(b"\0", text),
        )  # fmt: skip


def fill(path, count):
    """Appends `count` entries behind those that are there. Returns the last one's sequence."""
    with sqlite3.connect(path) as database:
        first = database.execute("SELECT last FROM audit_counter").fetchone()[0] + 1
        last = first + count - 1
        database.executemany("INSERT INTO audit_person (reference, principal, salt) VALUES (?,?,?)", people())
        database.executemany("INSERT INTO audit_entry VALUES (?,?,?,?,?,?,?,?,?,?)", entries(first, last))
        database.executemany(
            "INSERT INTO audit_text (sequence, name, salt, text) VALUES (?,?,?,?)",
            ((n, "reason", *reason(n)) for n in range(first, last + 1) if n % REASON_EVERY == 0),
        )
        database.execute("UPDATE audit_counter SET last = ?", (last,))
    database.close()
    return last
