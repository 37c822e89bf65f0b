"""Artifact uploads on a server that is killed: what was acknowledged is whole, what was not is whole or not there."""

import hashlib
import http.client
import random
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from artifacts import FILES, ArtifactServer
from mortal_server import MortalServer

ROUNDS = 8
CLIENTS = 4
KILL_AFTER_SECONDS = (0.05, 0.4)
FILE_BYTES_MAX = 3_000_000
WAIT_SECONDS_MAX = 120


def upload_until_it_dies(server: ArtifactServer, seed: int, acknowledged: dict[str, bytes]) -> None:
    chance = random.Random(seed)
    for number in range(1000):
        content = chance.randbytes(chance.randrange(FILE_BYTES_MAX))
        path = f"1/r{seed}/artifacts/f{number}"
        try:
            if server.put(path, content).status == 200:
                acknowledged[path] = hashlib.sha256(content).digest()
        except (OSError, http.client.HTTPException):
            return


def upload_that_waits(server: ArtifactServer) -> socket.socket:
    """One of which the second half never comes, so that every kill comes in the middle of it."""
    line = socket.create_connection(("127.0.0.1", server.port))
    head = f"PUT {FILES}/1/waits/artifacts/f HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token}\r\n"
    line.sendall(f"{head}Content-Length: 400000\r\n\r\n".encode() + b"x" * 200_000)
    return line


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_killing_the_server_during_uploads_loses_nothing_that_was_acknowledged(gatehouse: Path, tmp_path: Path) -> None:
    mortal = MortalServer(gatehouse, tmp_path)
    acknowledged: dict[str, bytes] = {}
    chance = random.Random(11)
    incoming = mortal.data / "artifacts" / "incoming"
    left_by_a_kill = 0
    try:
        mortal.start()
        for turn in range(ROUNDS):
            server = ArtifactServer(mortal.port, mortal.token)
            begun, before = upload_that_waits(server), len(acknowledged)
            until(lambda: list(incoming.iterdir()))
            seeds = [turn * CLIENTS + client for client in range(CLIENTS)]
            threads = [
                threading.Thread(target=upload_until_it_dies, args=(server, seed, acknowledged)) for seed in seeds
            ]
            for thread in threads:
                thread.start()
            until(lambda: len(acknowledged) > before + 1)
            time.sleep(chance.uniform(*KILL_AFTER_SECONDS))
            mortal.kill()
            begun.close()
            for thread in threads:
                thread.join()
            left_by_a_kill += len(list(incoming.iterdir()))
            mortal.start()
            assert list(incoming.iterdir()) == []
        server = ArtifactServer(mortal.port, mortal.token)
        assert len(acknowledged) > ROUNDS
        assert left_by_a_kill >= ROUNDS, "not every kill came in the middle of an upload"
        for path, digest in acknowledged.items():
            reply = server.get(path)
            assert reply.status == 200 and hashlib.sha256(reply.body).digest() == digest, path
        for run in server.list("1"):
            for name, size in server.list(f"1/{run}/artifacts").items():
                assert len(server.get(f"1/{run}/artifacts/{name}").body) == size
        assert mortal.stop() == 0
    finally:
        if mortal.process and mortal.process.poll() is None:
            mortal.kill()
    for blob in (mortal.data / "artifacts" / "blobs" / "sha256").glob("*/*"):
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
