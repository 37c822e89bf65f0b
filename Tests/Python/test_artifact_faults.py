"""Artifact uploads on a server that is killed: what was acknowledged is whole, what was not is whole or not there."""

import hashlib
import http.client
import random
import threading
import time
from pathlib import Path

from artifacts import ArtifactServer
from mortal_server import MortalServer

ROUNDS = 8
CLIENTS = 4
KILL_AFTER_SECONDS = (0.05, 0.4)
FILE_BYTES_MAX = 3_000_000


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
            seeds = [turn * CLIENTS + client for client in range(CLIENTS)]
            threads = [
                threading.Thread(target=upload_until_it_dies, args=(server, seed, acknowledged)) for seed in seeds
            ]
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(*KILL_AFTER_SECONDS))
            mortal.kill()
            for thread in threads:
                thread.join()
            left_by_a_kill += len(list(incoming.iterdir()))
            mortal.start()
            assert list(incoming.iterdir()) == []
        server = ArtifactServer(mortal.port, mortal.token)
        assert len(acknowledged) > ROUNDS
        assert left_by_a_kill > 0, "no kill came in the middle of an upload"
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
